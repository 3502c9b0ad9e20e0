import { desc, eq } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import type { OperatorId, TokenId } from '../db/ids.ts';
import type { Role } from '../db/schema/access.ts';
import { apiTokens, operators } from '../db/schema/access.ts';
import type { EmailAddress } from '../mail/address.ts';

/** An API token and whose it is; its secret is nowhere. */
export interface TokenRow {
  readonly id: TokenId;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly operatorId: OperatorId;
  readonly address: EmailAddress;
  readonly operatorName: string;
  readonly role: Role;
  readonly disabledAt: Date | null;
}

const COLUMNS = {
  id: apiTokens.id,
  name: apiTokens.name,
  scopes: apiTokens.scopes,
  createdAt: apiTokens.createdAt,
  expiresAt: apiTokens.expiresAt,
  lastUsedAt: apiTokens.lastUsedAt,
  revokedAt: apiTokens.revokedAt,
  operatorId: operators.id,
  address: operators.address,
  operatorName: operators.name,
  role: operators.role,
  disabledAt: operators.disabledAt,
};

const select = (db: Queryable) =>
  db.orm.select(COLUMNS).from(apiTokens).innerJoin(operators, eq(operators.id, apiTokens.operatorId)).$dynamic();

const asToken = <Row extends { readonly address: string }>(row: Row) => ({
  ...row,
  address: row.address as EmailAddress,
});

/** The newest tokens, at most 1,000; of one operator when one is given. */
export async function listTokens(db: Queryable, operatorId: OperatorId | null): Promise<readonly TokenRow[]> {
  const all = select(db);
  const some = operatorId === null ? all : all.where(eq(apiTokens.operatorId, operatorId));
  return (await some.orderBy(desc(apiTokens.id)).limit(1000)).map(asToken);
}

/** The token of that hash. The look-up is by an index over hashes: how long it takes says nothing about a secret. */
export async function findTokenByHash(db: Queryable, hash: Buffer): Promise<TokenRow | null> {
  const [row] = await select(db).where(eq(apiTokens.tokenHash, hash));
  return row === undefined ? null : asToken(row);
}

/** The token under lock until the transaction ends. */
export async function lockToken(tx: Tx, id: TokenId): Promise<TokenRow | null> {
  const [row] = await select(tx).where(eq(apiTokens.id, id)).for('update', { of: apiTokens });
  return row === undefined ? null : asToken(row);
}

/** A new token. */
export async function insertToken(
  tx: Tx,
  token: {
    readonly operatorId: OperatorId;
    readonly name: string;
    readonly tokenHash: Buffer;
    readonly scopes: readonly string[];
    readonly expiresAt: Date | null;
  },
): Promise<TokenId> {
  const [row] = await tx.orm.insert(apiTokens).values(token).returning({ id: apiTokens.id });
  if (row === undefined) throw new Error('a token was not stored');
  return row.id;
}

/** The token is good no more. */
export async function markRevoked(tx: Tx, id: TokenId, now: Date): Promise<void> {
  await tx.orm.update(apiTokens).set({ revokedAt: now }).where(eq(apiTokens.id, id));
}

/** It was used just now: written once a minute at most, however often it is used. */
export async function touchToken(db: Queryable, id: TokenId, now: Date): Promise<void> {
  await db.sql`
    update api_tokens set last_used_at = ${now}
    where id = ${id} and (last_used_at is null or last_used_at < ${now}::timestamptz - interval '1 minute')`;
}
