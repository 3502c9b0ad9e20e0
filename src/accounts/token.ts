import { randomBytes, randomInt } from 'node:crypto';
import { Secret, sha256 } from '../lib/crypto.ts';

/** 256 bits: nobody guesses one. */
const TOKEN_BYTES = 32;

/** What a link to set a password is made of. Only the hash is kept. */
export interface LinkToken {
  readonly token: Secret;
  readonly hash: Buffer;
}

/** A token that nobody has had before. */
export function mintToken(): LinkToken {
  const token = new Secret(randomBytes(TOKEN_BYTES).toString('base64url'));
  return { token, hash: hashToken(token.reveal()) };
}

/**
 * Under which hash a token is kept. Fast on purpose: what has 256 bits cannot be tried out, unlike a password.
 *
 * @param token as somebody sent it: any text
 */
export const hashToken = (token: string): Buffer => sha256(Buffer.from(token, 'utf8'));

/** The page behind a link. */
export const passwordPage = (publicUrl: string, token: Secret): string => `${publicUrl}/password/${token.reveal()}`;

/** Letters and digits that nobody takes for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LETTERS = 5;

/** A password for somebody who is to choose their own at once: 99 bits, in groups that can be typed off. */
export function makePassword(): Secret {
  const group = () => Array.from({ length: GROUP_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return new Secret(Array.from({ length: GROUPS }, group).join('-'));
}
