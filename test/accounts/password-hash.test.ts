import { expect, test } from 'vitest';
import { hashPassword, isPassword } from '../../src/accounts/password-hash.ts';
import { makePassword } from '../../src/accounts/token.ts';
import { Secret } from '../../src/lib/crypto.ts';

/** Of the tests of argon2's reference implementation: 64 MiB, two rounds, one lane. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test.each([
  ['password', true],
  ['Password', false],
  ['', false],
])('of the reference’s hash %j is the password: %s', async (password, isIt) => {
  expect(await isPassword(REFERENCE, new Secret(password))).toBe(isIt);
});

test('a hash says how it was made, and is another each time', async () => {
  const password = new Secret('seven lamps on a quay');
  const [one, other] = await Promise.all([hashPassword(password), hashPassword(password)]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(other).not.toBe(one);
  expect(await isPassword(one, password)).toBe(true);
});

test('the same letters are the same password however they are composed', async () => {
  const hash = await hashPassword(new Secret('caf\u00e9 au quai nord'));
  expect(await isPassword(hash, new Secret('cafe\u0301 au quai nord'))).toBe(true);
  expect(await isPassword(hash, new Secret('cafe au quai nord'))).toBe(false);
});

test('many at once all end, and those that nobody could wait for are refused', async () => {
  const hashes = await Promise.allSettled(Array.from({ length: 110 }, () => isPassword(TINY, new Secret('x'))));
  expect(hashes.filter(({ status }) => status === 'fulfilled')).toHaveLength(102);
  expect(await isPassword(TINY, new Secret('x'))).toBe(false);
});
const TINY = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('a stored hash of another kind is a bug that is said', async () => {
  await expect(isPassword('$2b$12$abc', new Secret('x'))).rejects.toThrow('not one of argon2id');
});

test('a password that is made for somebody can be typed off, and is never the same', () => {
  const made = Array.from({ length: 100 }, () => makePassword().reveal());
  for (const one of made) expect(one).toMatch(/^[a-hjkmnp-z2-9]{5}(-[a-hjkmnp-z2-9]{5}){3}$/);
  expect(new Set(made).size).toBe(100);
});
