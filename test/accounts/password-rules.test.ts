import { expect, test } from 'vitest';
import type { PasswordProblem } from '../../src/accounts/password-rules.ts';
import { whyNotPassword } from '../../src/accounts/password-rules.ts';

const ana = { userName: 'ana.peralta', address: 'ana@lantern.example' };

test.each<[string, string, PasswordProblem | null]>([
  ['nothing', '', 'too_short'],
  ['eleven characters', 'quay lantern'.slice(0, 11), 'too_short'],
  ['twelve characters', 'quay lantern', null],
  ['twelve characters of another script', 'きしのあかりがななつある', null],
  ['six faces, which are twelve units', '🙂🙃🙂🙃😀😃', 'too_short'],
  ['a thousand characters', 'abcde fghij klmn'.repeat(63).slice(0, 1_000), null],
  ['a thousand and one', 'abcde fghij klmn'.repeat(63).slice(0, 1_001), 'too_long'],
  ['their user name and a little', 'Ana.Peralta 1', 'names_owner'],
  ['their address', 'ANA@lantern.example', 'names_owner'],
  ['their address in wide letters', 'ａｎａ@lantern.example', 'names_owner'],
  ['their user name in a sentence', 'ana.peralta keeps seven lamps', null],
  ['one letter again and again', 'aaaaaaaaaaaaaaaa', 'common'],
  ['the commonest word and a year', 'Password2030', 'common'],
  ['the commonest word twice', 'passwordpassword', 'common'],
  ['the row of numbers', '123456789012', 'common'],
  ['a row of keys', 'qwertyuiop12', 'common'],
  ['the commonest word in a sentence', 'the password of the harbour master', null],
])('%s', (_, password, problem) => expect(whyNotPassword(password, ana)).toBe(problem));

test('a short local part forbids no letters', () => {
  expect(whyNotPassword('a lamp on the quay', { userName: null, address: 'a@x.example' })).toBeNull();
});
