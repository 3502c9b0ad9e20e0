import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Queryable, Tx } from '../db/client.ts';
import { hexBytes, records } from '../db/records.ts';
import { sha256 } from '../lib/crypto.ts';

/** Bytes and their name. */
export interface Blob {
  readonly sha256: Buffer;
  readonly bytes: Uint8Array;
}

/** One row is one page of 8 KiB: a longer value would be cut by PostgreSQL, row by row, into pieces of 2 KB at a third more CPU. */
const CHUNK_BYTES = 8_000;
/** What is put together before it is sent: memory is bounded by this, not by the blob. */
const FLUSH_BYTES = 512 * 1024;
const LARGE_BYTES = 4 * 1024 * 1024;

/**
 * Stores what is not there yet. Chunks go by COPY in binary: as parameters they would travel as hex.
 * Rows are taken in the order of their hashes, so that two batches never wait for each other crosswise. What is there
 * already is locked, so that nobody deletes it before this transaction refers to it; deleted a moment ago, it is stored anew.
 */
export async function storeBlobs(tx: Tx, blobs: readonly Blob[]): Promise<void> {
  let rest: ReadonlyMap<string, Blob> = new Map(
    blobs.map((blob) => [blob.sha256.toString('hex'), blob] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  if (rest.size === 0) return;
  // Fifty megabytes over a slow line are one statement, and take their time.
  const totalBytes = blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (totalBytes > LARGE_BYTES) await tx.sql`set local statement_timeout = '5min'`;
  while (rest.size > 0) {
    const fresh = await insertNames(tx, [...rest.values()]);
    if (fresh.size > 0) {
      await copyChunks(
        tx,
        [...rest].flatMap(([sha, blob]) => (fresh.has(sha) ? [blob] : [])),
      );
    }
    if (fresh.size === rest.size) return;
    const known = [...rest].flatMap(([sha, blob]) => (fresh.has(sha) ? [] : [blob]));
    const kept = await lockNames(tx, known);
    rest = new Map([...rest].filter(([sha]) => !fresh.has(sha) && !kept.has(sha)));
  }
}

/** @returns those that were not there, in hex */
async function insertNames(tx: Tx, blobs: readonly Blob[]): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ sha: string }[]>`
    insert into blobs (sha256, size_bytes)
    select r.sha, r.size
    from json_to_recordset(${records(
      tx,
      blobs.map(({ sha256: name, bytes }) => ({ sha: hexBytes(name), size: bytes.byteLength })),
    )}) as r(sha bytea, size bigint)
    on conflict (sha256) do nothing
    returning encode(sha256, 'hex') as sha`;
  return new Set(rows.map(({ sha }) => sha));
}

/** @returns those that are there, and stay until the transaction ends, in hex */
async function lockNames(tx: Tx, blobs: readonly Blob[]): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ sha: string }[]>`
    select encode(sha256, 'hex') as sha from blobs
    where sha256 = any(${blobs.map(({ sha256: name }) => hexBytes(name))}::text[]::bytea[])
    order by sha256 for key share`;
  return new Set(rows.map(({ sha }) => sha));
}

const COPY_HEADER = Buffer.from([...Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), 0, 0, 0, 0, 0, 0, 0, 0]);
const COPY_TRAILER = Buffer.from([0xff, 0xff]);

async function copyChunks(tx: Tx, blobs: readonly Blob[]): Promise<void> {
  const stream = await tx.sql`copy blob_chunks (sha256, position, bytes) from stdin with (format binary)`.writable();
  const end = finished(stream);
  // The wait for a drain below must not leave a rejection nobody looks at.
  end.catch(() => {});
  let pending: Uint8Array[] = [COPY_HEADER];
  let pendingBytes = 0;
  const flush = async () => {
    if (!stream.write(Buffer.concat(pending))) await Promise.race([once(stream, 'drain'), end]);
    pending = [];
    pendingBytes = 0;
  };
  for (const blob of blobs) {
    for (
      let position = 0, start = 0;
      start === 0 || start < blob.bytes.byteLength;
      position += 1, start += CHUNK_BYTES
    ) {
      const chunk = blob.bytes.subarray(start, start + CHUNK_BYTES);
      pending.push(copyRowHead(blob.sha256, position, chunk.byteLength), chunk);
      pendingBytes += chunk.byteLength;
      if (pendingBytes >= FLUSH_BYTES) await flush();
    }
  }
  pending.push(COPY_TRAILER);
  stream.end(Buffer.concat(pending));
  await end;
}

/** Three fields, each after its length: the hash, the position, and the length of the bytes that follow. */
function copyRowHead(sha: Buffer, position: number, length: number): Buffer {
  const head = Buffer.alloc(2 + 4 + sha.length + 4 + 4 + 4);
  head.writeInt16BE(3, 0);
  head.writeInt32BE(sha.length, 2);
  sha.copy(head, 6);
  head.writeInt32BE(4, 6 + sha.length);
  head.writeInt32BE(position, 10 + sha.length);
  head.writeInt32BE(length, 14 + sha.length);
  return head;
}

/** The bytes of that name. Throws when they are missing or have changed: then the disk lied, and nobody guesses. */
export async function readBlob(db: Queryable, name: Buffer): Promise<Buffer> {
  const rows = await db.sql<{ bytes: Buffer }[]>`
    select bytes from blob_chunks where sha256 = ${name} order by position`;
  const bytes = Buffer.concat(rows.map((row) => row.bytes));
  if (!sha256(bytes).equals(name)) throw new Error(`blob ${name.toString('hex')} is missing or damaged`);
  return bytes;
}
