import { expect, test } from 'vitest';
import { rareTerms } from '../../src/mail/rare-terms.ts';

test.each([
  ['a number', 'Parcel 00340434 is in Leipzig.', ['00340434']],
  ['an identifier, however it is divided', 'See LX-48213/b, or lx48213B.', ['lx48213b', 'lx48213b']],
  ['a password with a digit', 'it is "Xk9!qq2".', ['xk9qq2']],
  ['an address', 'Write to <Mia.Private@mail.example>, please.', ['miaprivatemailexample']],
  ['an amount', 'They paid 12,400.00 EUR.', ['1240000']],
  [
    'a number in groups',
    'IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111.',
    ['de89370400440532013000', '4111111111111111'],
  ],
  ['letters of scripts without spaces beside it', '订单号123456已发货', ['123456']],
  ['dates and times', 'On 2026-11-22, 22.11.2026 (11/22/26), 2026-11-22T10:30:00Z at 10:30:00, season 2025/26.', []],
  ['what is short', 'Version 10.2 of A4, 1,200 EUR, 64 bit, in room 17.', []],
  ['words', 'the well-known gate, see https://gate.example/a/b0123456', []],
  ['an at sign alone', 'two @ 12 each, @gate', []],
  ['nothing', '', []],
])('what a text names as nothing else is named: %s', (_, text, keys) =>
  expect(rareTerms(text).map(({ key }) => key)).toEqual(keys),
);

test('where each stands, without the punctuation around it', () => {
  const text = 'code: (4711-9920), card 4111 1111 1111.';
  expect(rareTerms(text).map(({ start, end }) => text.slice(start, end))).toEqual(['4711-9920', '4111 1111 1111']);
});

test('a hostile text takes a time that grows with its length', () => {
  for (const part of ['a', '1-', '@a', '(', '12 ', '12:30-'])
    expect(rareTerms(part.repeat(200_000)).length).toBeLessThan(2);
});
