import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { generateLoad } from './load.ts';
import type { LoadMessage } from './load.ts';

const SHARES = { twins: 0.05, reusedMessageIds: 0.05, missingMessageIds: 0.05 };

function share(messages: readonly LoadMessage[], is: (message: LoadMessage) => boolean): number {
  return messages.filter(is).length / messages.length;
}

/** Without the fields that servers on the way write. */
function withoutTrace({ bytes }: LoadMessage): string {
  return bytes.subarray(bytes.indexOf('\r\nFrom: ')).toString('latin1');
}

test('the same seed gives the same mail, another seed other mail', () => {
  const bytesOf = (seed: number) =>
    Array.from(generateLoad({ ...SHARES, seed, count: 200 }), (message) => message.bytes.toString('latin1'));
  expect(bytesOf(7)).toEqual(bytesOf(7));
  expect(new Set([...bytesOf(7), ...bytesOf(8)]).size).toBe(400);
});

test('the shares are those of LIMITS', () => {
  const messages = [...generateLoad({ count: 2_000 })];
  expect(messages).toHaveLength(2_000);
  expect(share(messages, (m) => m.kind === 'new')).toBeCloseTo(0.6, 1);
  expect(share(messages, (m) => m.kind === 'reply')).toBeCloseTo(0.4, 1);
  expect(share(messages, (m) => m.shape === 'alternative')).toBeCloseTo(0.7, 1);
  expect(share(messages, (m) => m.shape === 'plain')).toBeCloseTo(0.2, 1);
  expect(share(messages, (m) => m.shape === 'attachment')).toBeCloseTo(0.1, 1);
  const sizes = messages.filter((m) => m.shape === 'alternative').map((m) => m.bytes.length);
  expect(
    share(messages, (m) => m.shape === 'alternative' && m.bytes.length > 4_000 && m.bytes.length < 8_000),
  ).toBeGreaterThan(0.65);
  expect(Math.max(...sizes)).toBeLessThan(9_000);
  expect(new Set(messages.map((m) => m.from)).size).toBeGreaterThan(700);
  expect(new Set(messages.map((m) => m.messageId)).size).toBe(2_000);
});

test('what must be there in the end can be counted', () => {
  const messages = [...generateLoad({ ...SHARES, count: 2_000 })];
  const ids = new Map<string, LoadMessage[]>();
  for (const message of messages) {
    expect(message.expects).toBe(message.kind === 'twin' ? 'duplicate' : 'entry');
    const original = message.twinOf === null ? null : messages[message.twinOf];
    if (original !== null) {
      expect(original?.kind).not.toBe('twin');
      expect(original && withoutTrace(original)).toBe(withoutTrace(message));
      expect(original?.bytes.equals(message.bytes)).toBe(false);
    } else if (message.messageId !== null) {
      const others = ids.get(message.messageId) ?? [];
      expect(others.length > 0).toBe(message.kind === 'reused');
      ids.set(message.messageId, [...others, message]);
    }
    expect(message.messageId === null).toBe(message.bytes.indexOf('\r\nMessage-ID: ') === -1);
  }
  for (const kind of ['twin', 'reused', 'no_id']) expect(share(messages, (m) => m.kind === kind)).toBeCloseTo(0.05, 1);
});

test('a reply is by the same person and names a mail of its conversation that came before', () => {
  const messages = [...generateLoad({ ...SHARES, count: 1_000 })];
  for (const message of messages.filter((m) => m.kind === 'reply')) {
    const answered = /\r\nIn-Reply-To: (\S+)\r\n/.exec(message.bytes.toString('latin1', 0, 4_000))?.[1];
    const earlier = messages.slice(0, message.index).filter((m) => m.messageId === answered && m.kind !== 'twin');
    expect(earlier).toHaveLength(1);
    expect(earlier[0]).toMatchObject({ from: message.from, thread: message.thread });
  }
});

test('the mail is well formed: the parts say the same, and the attachment has 200 KB', async () => {
  for (const message of generateLoad({ count: 60, seed: 3 })) {
    const parsed = await simpleParser(message.bytes, { skipTextToHtml: true, skipHtmlToText: true });
    expect(parsed.subject).toBe(message.subject);
    expect(parsed.from?.value[0]?.address).toBe(message.from);
    const words = (text: string) =>
      text
        .replace(/<[^>]*>/g, ' ')
        .split(/\s+/)
        .filter(Boolean)
        .join(' ');
    const html = typeof parsed.html === 'string' ? words(parsed.html) : null;
    expect(html).toBe(message.shape === 'plain' ? null : words(parsed.text ?? ''));
    expect(parsed.attachments.map((a) => Math.round(a.size / 1024))).toEqual(
      message.shape === 'attachment' ? [200] : [],
    );
    expect(message.bytes.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]/);
    expect(
      Math.max(
        ...message.bytes
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(200);
  }
});
