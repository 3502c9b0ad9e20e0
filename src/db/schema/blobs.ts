import { bigint, bytea, integer, snakeCase, primaryKey } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.ts';

/** Bytes by their SHA-256: written once, never changed. */
export const blobs = snakeCase.table('blobs', {
  sha256: bytea().primaryKey(),
  sizeBytes: bigint({ mode: 'number' }).notNull(),
  createdAt: createdAt(),
});

// No foreign key: a chunk is only ever written by the transaction that has just inserted its blob.
export const blobChunks = snakeCase.table(
  'blob_chunks',
  {
    sha256: bytea().notNull(),
    position: integer().notNull(),
    bytes: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sha256, table.position] })],
);
