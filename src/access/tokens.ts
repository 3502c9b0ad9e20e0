import { randomBytes } from 'node:crypto';
import type { Queryable } from '../db/client.ts';
import type { TokenId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { sha256 } from '../lib/crypto.ts';
import type { Secret } from '../lib/crypto.ts';
import type { Actor } from './actor.ts';
import type { TokenRow } from './token-store.ts';
import { findTokenByHash, touchToken } from './token-store.ts';

/** So that whoever finds one in a log or a repository knows what it is. */
const PREFIX = 'dbk_';
const RANDOM_BYTES = 32;
const FORM = /^dbk_[\w-]{43}$/;

/** A new secret: 256 random bits behind a prefix that says whose kind it is. */
export const newTokenSecret = (): string => `${PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`;

/** What is stored of it. With 256 random bits there is nothing to guess, so one round of SHA-256 is enough. */
export const tokenHash = (secret: string): Buffer => sha256(Buffer.from(secret, 'utf8'));

/** How a token stands. */
export type TokenState = 'good' | 'revoked' | 'expired' | 'operator_disabled';

/** Whether a token is good at this moment, and if not, the first reason why. */
export function tokenState(token: TokenRow, now: Date): TokenState {
  if (token.revokedAt !== null) return 'revoked';
  if (token.disabledAt !== null) return 'operator_disabled';
  return token.expiresAt !== null && token.expiresAt <= now ? 'expired' : 'good';
}

/** The token of this secret, however it stands; null: there is none. */
export async function findToken(db: Queryable, raw: Secret): Promise<TokenRow | null> {
  const secret = raw.reveal().trim();
  return FORM.test(secret) ? findTokenByHash(db, tokenHash(secret)) : null;
}

/** Who acts by this token, with their role of today and no more than its scopes; and that it was used just now. */
export async function findActorByToken(
  db: Queryable,
  raw: Secret,
  now: Date,
): Promise<Result<Actor & { readonly is: 'operator' }, 'unknown' | Exclude<TokenState, 'good'>>> {
  const token = await findToken(db, raw);
  if (token === null) return err('unknown');
  const state = tokenState(token, now);
  if (state !== 'good') return err(state);
  await touchToken(db, token.id, now);
  return ok(actorOf(token));
}

/** Whoever comes with the token, by their role of today. */
export const actorOf = ({
  operatorId: id,
  operatorName: name,
  address,
  role,
  ...token
}: TokenRow): Actor & { readonly is: 'operator' } => ({
  is: 'operator',
  id,
  name,
  address,
  role,
  token: { id: token.id satisfies TokenId, name: token.name, scopes: token.scopes },
});
