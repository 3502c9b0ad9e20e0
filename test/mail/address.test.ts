import { describe, expect, test } from 'vitest';
import { domainOf, isDaemon, isNoReply, parseAddress, rateLimitKey } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';

const address = (raw: string): EmailAddress => {
  const parsed = parseAddress(raw);
  if (parsed === null) throw new Error(`not an address: ${raw}`);
  return parsed;
};

describe('an address is read by one strict grammar', () => {
  test.each([
    ['case is folded in both halves', 'Ana.Lima@Sales.Example', 'ana.lima@sales.example'],
    ['a tag and dots stay: they are identity', 'a.b+desk@gmail.com', 'a.b+desk@gmail.com'],
    ['a name in letters becomes A-labels', 'ana@MÜNCHEN.example', 'ana@xn--mnchen-3ya.example'],
    ['sharp s is kept apart from ss', 'ana@straße.example', 'ana@xn--strae-oqa.example'],
    ['A-labels stay', 'ana@XN--mnchen-3ya.example', 'ana@xn--mnchen-3ya.example'],
    ['a host without a dot is one', 'root@localhost', 'root@localhost'],
  ])('%s', (_, raw, canonical) => expect(parseAddress(raw)).toBe(canonical));

  test.each([
    ['nothing', ''],
    ['no domain', 'ana@'],
    ['no local part', '@x.example'],
    ['two @', 'a@b@x.example'],
    ['a space', 'a b@x.example'],
    ['a space around', ' a@x.example'],
    ['a line end', 'a@x.example\n'],
    ['a quoted local part', '"a"@x.example'],
    ['a comment', 'a(b)@x.example'],
    ['a literal', 'a@[192.0.2.1]'],
    ['an IPv4 address for a name', 'a@192.0.2.1'],
    ['a trailing dot', 'a@x.example.'],
    ['two dots', 'a..b@x.example'],
    ['a label that begins with a hyphen', 'a@-x.example'],
    ['an encoded-word', '=?utf-8?q?a?=@x.example'],
    ['a local part in other letters', 'änne@x.example'],
    ['a local part of 65', `${'a'.repeat(65)}@x.example`],
    ['more than 254 characters', `a@${`${'x'.repeat(60)}.`.repeat(4)}example.example`],
    ['full-width letters', 'a@ｘ.example'],
    ['the Kelvin sign', 'a@ban\u212a.example'],
    ['a soft hyphen', 'a@x\u00ad.example'],
    ['a zero-width joiner', 'a@x\u200d.example'],
    ['a direction mark', 'a@x\u202e.example'],
    ['a ligature', 'a@ﬁ.example'],
    ['an ideographic full stop', 'a@x。example'],
    ['a broken A-label', 'a@xn--a.example'],
    ['percent signs', 'a@%65.example'],
    ['NUL', 'a\0@x.example'],
  ])('%s is refused', (_, raw) => expect(parseAddress(raw)).toBeNull());
});

test('a budget counts the spellings of one mailbox together', () => {
  expect(rateLimitKey(address('a.b+1@gmail.com'))).toBe('ab@gmail.com');
  expect(rateLimitKey(address('a.b+2@googlemail.com'))).toBe('ab@gmail.com');
  expect(rateLimitKey(address('a.b+2@x.example'))).toBe('a.b@x.example');
  expect(rateLimitKey(address('+2@x.example'))).toBe('+2@x.example');
  expect(domainOf(address('a@X.example'))).toBe('x.example');
});

test.each([
  ['noreply', true],
  ['no-reply+77', true],
  ['acme.do_not_reply', true],
  ['nicht-antworten', true],
  ['ne-pas-repondre', true],
  ['casinoreply', false],
  ['noreplying', false],
  ['ana', false],
])('%s@ is read by nobody: %s', (local, expected) => expect(isNoReply(address(`${local}@x.example`))).toBe(expected));

test.each([
  ['mailer-daemon', true],
  ['MAILER-DAEMON', true],
  ['postmaster', true],
  ['bounces-7', true],
  ['microsoftexchange329e71ec88ae4615bbc36ab6ce41109e', true],
  ['postmasters', false],
  ['ana', false],
])('%s@ is a mail system: %s', (local, expected) => expect(isDaemon(address(`${local}@x.example`))).toBe(expected));
