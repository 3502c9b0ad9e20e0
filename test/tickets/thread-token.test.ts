import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { mintMessageId, readThreadToken } from '../../src/tickets/thread-token.ts';

const keys = deriveKeys(Buffer.alloc(32, 1));
const mail = {
  kind: 'ticket_opened',
  eventKey: Buffer.from('event'),
  recipient: 'ana@customer.example',
  replyDomain: 'desk.example',
};

describe('our Message-ID', () => {
  test('is the same for the same mail and another for anything else', () => {
    const { messageId } = mintMessageId(keys, mail);
    expect(mintMessageId(keys, mail).messageId).toBe(messageId);
    for (const other of [
      { kind: 'ticket_closed' },
      { eventKey: Buffer.from('other') },
      { recipient: 'bo@customer.example' },
    ]) {
      expect(mintMessageId(keys, { ...mail, ...other }).publicId).not.toBe(mintMessageId(keys, mail).publicId);
    }
  });

  test.each([
    ['as it was sent', (id: string) => id],
    ['in capitals, as some servers make it', (id: string) => id.toUpperCase()],
    ['without its angle brackets', (id: string) => id.slice(1, -1)],
    ['as the loop mark, without its right side', (id: string) => id.slice(1, id.indexOf('@'))],
    ['with another right side', (id: string) => id.replace('desk.example', 'gateway.example')],
  ])('is known again %s', (_, change) => {
    const { messageId, publicId } = mintMessageId(keys, mail);
    expect(readThreadToken(keys, change(messageId))).toEqual({ kind: 'ticket_opened', publicId });
  });

  test('made with another key is not ours', () => {
    const { messageId } = mintMessageId(deriveKeys(Buffer.alloc(32, 2)), mail);
    expect(readThreadToken(keys, messageId)).toBeNull();
  });

  test('is not known again when any character of it was changed', () => {
    const { loopMark } = mintMessageId(keys, mail);
    for (let at = 0; at < loopMark.length; at += 1) {
      const changed = `${loopMark.slice(0, at)}${loopMark[at] === 'a' ? 'b' : 'a'}${loopMark.slice(at + 1)}`;
      expect(readThreadToken(keys, `<${changed}@desk.example>`)).toBeNull();
    }
  });

  test('is read from anything without an exception', () => {
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => void readThreadToken(keys, `<v1.${text}@x>`)));
  });
});
