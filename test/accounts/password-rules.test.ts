import { expect, test } from 'vitest';
import { whyNotPassword } from '../../src/accounts/password-rules.ts';

const ana = { userName: 'ana.peralta', address: 'ana@lantern.example' };

test.each<[string, string, RegExp | null]>([
  ['nothing', '', /too short/],
  ['eleven characters', 'quay lantern'.slice(0, 11), /too short/],
  ['twelve characters', 'quay lantern', null],
  ['twelve characters of another script', 'きしのあかりがななつある', null],
  ['six faces, which are twelve units', '🙂🙃🙂🙃😀😃', /too short/],
  ['a thousand characters', 'abcde fghij klmn'.repeat(63).slice(0, 1_000), null],
  ['a thousand and one', 'abcde fghij klmn'.repeat(63).slice(0, 1_001), /too long/],
  ['their user name and a little', 'Ana.Peralta 1', /which others know/],
  ['their address', 'ANA@lantern.example', /which others know/],
  ['their address in wide letters', 'ａｎａ@lantern.example', /which others know/],
  ['their user name in a sentence', 'ana.peralta keeps seven lamps', null],
  ['one letter again and again', 'aaaaaaaaaaaaaaaa', /tried first/],
  ['the commonest word and a year', 'Password2030', /tried first/],
  ['the commonest word twice', 'passwordpassword', /tried first/],
  ['the row of numbers', '123456789012', /tried first/],
  ['a row of keys', 'qwertyuiop12', /tried first/],
  ['the commonest word in a sentence', 'the password of the harbour master', null],
])('%s', (_, password, says) => {
  const why = whyNotPassword(password, ana);
  if (says === null) expect(why).toBeNull();
  else expect(why).toMatch(says);
});

test('a short local part forbids no letters', () => {
  expect(whyNotPassword('a lamp on the quay', { userName: null, address: 'a@x.example' })).toBeNull();
});
