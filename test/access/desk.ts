import type { Actor } from '../../src/access/actor.ts';
import { actorLabel } from '../../src/access/actor.ts';
import type { Operation, OperationDeps } from '../../src/access/operation.ts';
import { perform } from '../../src/access/operation.ts';
import type { Refusal } from '../../src/access/refusal.ts';
import type { Db } from '../../src/db/client.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';

export const CLI: Actor = { is: 'system', name: 'cli' };

/** A desk of one test file: its database, and everything operations stand on. */
export interface TestDesk extends FreshDatabase {
  readonly deps: OperationDeps;
  /** The output; a refusal is an error. */
  done<Input, Output>(operation: Operation<Input, Output>, input: unknown, actor?: Actor): Promise<Output>;
  /** The refusal; an output is an error. */
  refused<Input, Output>(operation: Operation<Input, Output>, input: unknown, actor?: Actor): Promise<Refusal>;
}

const NOON = new Date('2030-01-31T12:00:00Z');

export async function openTestDesk(): Promise<TestDesk> {
  const database = await freshDatabase();
  const keys = deriveKeys(Buffer.alloc(32, 7));
  const deps: OperationDeps = {
    db: database.db,
    keys,
    owe: createOwe(keys),
    openSource: openImap,
    openSmtpRoute,
    clock: { now: () => NOON, monotonicMs: () => 0 },
    publicUrl: 'https://desk.example',
  };
  return {
    ...database,
    deps,
    async done(operation, input, actor = CLI) {
      const result = await perform(deps, actor, operation, input);
      if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
      if (operation.kind === 'change') await expectAudited(database.db, operation.name, actorLabel(actor));
      return result.value;
    },
    async refused(operation, input, actor = CLI) {
      const result = await perform(deps, actor, operation, input);
      if (result.ok) throw new Error(`${operation.name} was not refused`);
      return result.error;
    },
  };
}

/** Whatever any test changes through a desk has left who did it, and what (FEATURES T-07, O-01). */
async function expectAudited(db: Db, operation: string, actor: string): Promise<void> {
  const rows = await db.sql`
    select 1 from audit_rows where operation = ${operation} and actor = ${actor} and outcome = 'done' limit 1`;
  if (rows.length === 0) throw new Error(`${operation} of ${actor} is not in the audit`);
}
