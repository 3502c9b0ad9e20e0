import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { deriveKeys, hmac, Secret } from '../../src/lib/crypto.ts';

const { box } = deriveKeys(Buffer.alloc(32, 1));
const sealed = box.seal(new Secret('hunter2'), 'mailbox support@desk.example imap');

describe('a stored secret', () => {
  test('opens in its place', () => {
    expect(box.open(sealed, 'mailbox support@desk.example imap').reveal()).toBe('hunter2');
  });
  test('opens nowhere else', () => {
    expect(() => box.open(sealed, 'mailbox other@desk.example imap')).toThrow();
  });
  test('says plainly that the key is another one', () => {
    const other = deriveKeys(Buffer.alloc(32, 2)).box;
    expect(() => other.open(sealed, 'mailbox support@desk.example imap')).toThrow('DESKBELL_KEY');
  });
  test('does not open when a bit was changed', () => {
    for (let at = 5; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed, 'mailbox support@desk.example imap')).toThrow();
    }
  });
  test('is another text each time it is sealed', () => {
    expect(box.seal(new Secret('hunter2'), 'mailbox support@desk.example imap').equals(sealed)).toBe(false);
  });
  test('prints as [secret]', () => {
    const secret = new Secret('hunter2');
    expect(`${String(secret)} ${inspect(secret)} ${JSON.stringify({ secret })}`).toBe(
      '[secret] [secret] {"secret":"[secret]"}',
    );
  });
});

test('two lists of parts never have the same HMAC by joining differently', () => {
  const key = Buffer.alloc(32);
  expect(hmac(key, ['ab', 'c']).equals(hmac(key, ['a', 'bc']))).toBe(false);
});
