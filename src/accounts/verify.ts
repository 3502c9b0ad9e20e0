import type { Queryable } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Secret } from '../lib/crypto.ts';
import { findAccount } from './account-store.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { makePassword } from './token.ts';

/** `must_change`: it is right, but was made for them and mailed, so that whoever reads their mail knows it. */
export type PasswordVerdict = 'right' | 'must_change' | 'wrong';

/**
 * Is this the person's password? Takes as long for somebody without an account.
 *
 * @param personId who stands for the contact, where they are merged; whether they may sign in is asked elsewhere
 */
export async function verifyPassword(db: Queryable, personId: ContactId, password: Secret): Promise<PasswordVerdict> {
  const account = await findAccount(db, personId);
  const isRight = await isPassword(account?.passwordHash ?? (await nobodysHash()), password);
  if (account === null || !isRight) return 'wrong';
  return account.mailedTo === null ? 'right' : 'must_change';
}

let nobodys: Promise<string> | null = null;

/** Of a password that nobody knows; made once. */
function nobodysHash(): Promise<string> {
  nobodys ??= hashPassword(makePassword());
  return nobodys;
}
