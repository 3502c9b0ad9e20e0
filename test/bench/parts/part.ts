import type postgres from 'postgres';
import type { Dovecot } from '../../support/dovecot.ts';

/** What the parts are measured with. */
export interface Yard {
  readonly messages: readonly { readonly bytes: Buffer }[];
  readonly dovecot: Dovecot;
  readonly sql: postgres.Sql;
  readonly sinkPort: number;
}

/** A stretch of the prototype behind LIMITS, without the product: what the same work costs when nothing is added. */
export interface Part {
  readonly id: string;
  readonly about: string;
  /** CPU milliseconds per message that LIMITS gives, [from, to]: of Node, or with PostgreSQL where the part writes. */
  readonly limitMs: readonly [number, number];
  /** Prepares what must not be measured, and returns the work on all messages. */
  prepare(yard: Yard): Promise<() => Promise<void>>;
}
