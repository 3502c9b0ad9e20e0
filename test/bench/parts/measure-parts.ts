import postgres from 'postgres';
import { cpuOfTree, parentOf } from '../../support/cpu.ts';
import type { Dovecot } from '../../support/dovecot.ts';
import { compose } from './compose.ts';
import { fetch } from './fetch.ts';
import { parse } from './parse.ts';
import type { Part, Yard } from './part.ts';
import { render } from './render.ts';
import { send } from './send.ts';
import { storeRaw, storeTickets } from './store.ts';

/** In the order of a mail's way. */
export const PARTS: readonly Part[] = [fetch, storeRaw, parse, storeTickets, render, compose, send];

export interface PartsOptions {
  readonly messages: readonly { readonly bytes: Buffer }[];
  readonly dovecot: Dovecot;
  /** A database that may be written to; its server runs on this machine, or its CPU is not counted. */
  readonly pgUrl: string;
  /** An SMTP server in another process, or its CPU is counted with `send`. */
  readonly sinkPort: number;
}

/**
 * CPU milliseconds per message of each part, cold: by part id for Node, and by id + `_postgres` where PostgreSQL worked.
 * Needs this process to itself: whatever else it does meanwhile is counted.
 */
export async function measureParts({ pgUrl, ...options }: PartsOptions): Promise<Record<string, number>> {
  const sql = postgres(pgUrl, { max: 1, onnotice: () => {} });
  const yard: Yard = { ...options, sql };
  const figures: Record<string, number> = {};
  try {
    const postmaster = await findPostmaster(sql);
    for (const part of PARTS) {
      const work = await part.prepare(yard);
      const postgresBefore = postmaster === null ? 0 : await cpuOfTree(postmaster);
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      figures[part.id] = (user + system) / 1000 / options.messages.length;
      if (postmaster === null || !part.id.startsWith('store')) continue;
      figures[`${part.id}_postgres`] = ((await cpuOfTree(postmaster)) - postgresBefore) / options.messages.length;
    }
  } finally {
    await sql.end();
  }
  return figures;
}

async function findPostmaster(sql: postgres.Sql): Promise<number | null> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row === undefined ? null : parentOf(row.pid);
}
