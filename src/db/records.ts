import type { Parameter } from 'postgres';
import type { Db, Tx } from './client.ts';

const JSON_OID = 114;

/**
 * Many rows as one parameter, for `json_to_recordset($1) as r(column type, ...)`: the statement's text stays the
 * same whatever the number of rows, so it is prepared once. Bytes go in as `hexBytes`, times as Date.
 */
export function records(queryable: Db | Tx, rows: readonly object[]): Parameter {
  return queryable.sql.typed(rows, JSON_OID) as unknown as Parameter;
}

/** Bytes as PostgreSQL reads them from text. */
export const hexBytes = (bytes: Uint8Array): string =>
  `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
