import type { z } from 'zod';
import type { Db, Queryable, Tx } from '../db/client.ts';
import { inSnapshot, inTransaction } from '../db/client.ts';
import type { EventId } from '../db/ids.ts';
import type { Changes } from '../db/schema/access.ts';
import { takeIds } from '../db/sequences.ts';
import type { NewEvent } from '../events/store.ts';
import { insertEvents } from '../events/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Result } from '../lib/result.ts';
import { err, ok, unreachable } from '../lib/result.ts';
import type { OpenSource } from '../mailboxes/source.ts';
import type { SmtpAccount, SmtpRoute } from '../notifications/transport-model.ts';
import type { Actor } from './actor.ts';
import { actorLabel, isAllowed } from './actor.ts';
import type { Permission } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { notAllowed, readInput } from './refusal.ts';
import { insertAudit } from './store.ts';

/** What operations stand on; filled by whoever constructs the program. */
export interface OperationDeps {
  readonly db: Db;
  readonly keys: Keys;
  /** Plans and stores the mail these events owe, in their transaction. */
  readonly owe: (tx: Tx, events: readonly NewEvent[]) => Promise<void>;
  readonly openSource: OpenSource;
  readonly openSmtpRoute: (account: SmtpAccount) => SmtpRoute;
  readonly clock: Clock;
  /** Where the desk's customers reach its pages; null: nowhere. */
  readonly publicUrl: string | null;
}

/** Looks; leaves no trace. */
export interface ReadContext {
  readonly db: Queryable;
  readonly keys: Keys;
  readonly clock: Clock;
}

/** Looks for itself, or for a long time at the desk as it is at one moment. */
export interface LookContext extends ReadContext {
  readonly atOneMoment: <T>(look: (db: Queryable) => Promise<T>) => Promise<T>;
}

/** Writes, in the one transaction that also holds its events, its mail and its audit row. */
export interface ChangeContext {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly publicUrl: string | null;
}

/** Talks to other machines, outside of any transaction. */
export type ProbeContext = Pick<OperationDeps, 'db' | 'keys' | 'clock' | 'openSource' | 'openSmtpRoute'>;

/** Something that happened; who and its number are added by `perform`. */
export type Happened = Omit<NewEvent, 'id' | 'actor'>;

export interface Changed<Output> {
  readonly output: Output;
  readonly events: readonly Happened[];
  /** What was before and what is now, for the audit; null: nothing was, the input says it all. */
  readonly changes: Changes | null;
}

interface Described<Input> {
  /** `ticket.reply`: what the audit says was done. */
  readonly name: string;
  readonly permission: Permission;
  /** Closed: what it does not know, it refuses. */
  readonly input: z.ZodType<Input>;
}

export interface ReadOperation<Input, Output> extends Described<Input> {
  readonly kind: 'read';
  readonly run: (context: LookContext, input: Input) => Promise<Result<Output, Refusal>>;
}

export interface ChangeOperation<Input, Output> extends Described<Input> {
  readonly kind: 'change';
  readonly run: (context: ChangeContext, input: Input) => Promise<Result<Changed<Output>, Refusal>>;
}

export interface ProbeOperation<Input, Output> extends Described<Input> {
  readonly kind: 'probe';
  readonly run: (context: ProbeContext, input: Input) => Promise<Result<Output, Refusal>>;
}

/** Gives all of something away, as it is at one moment, however long that takes. */
export interface ExportOperation<Input, Output> extends Described<Input> {
  readonly kind: 'export';
  readonly run: (context: ReadContext, input: Input) => Promise<Result<Output, Refusal>>;
}

/** One thing an actor may do. */
export type Operation<Input, Output> =
  | ReadOperation<Input, Output>
  | ChangeOperation<Input, Output>
  | ProbeOperation<Input, Output>
  | ExportOperation<Input, Output>;

/** Makes a `read`; its types come from schema and `run`. */
export const readOperation = <Input, Output>(
  operation: Omit<ReadOperation<Input, Output>, 'kind'>,
): ReadOperation<Input, Output> => ({ kind: 'read', ...operation });

/** Makes a `change`; its types come from schema and `run`. */
export const changeOperation = <Input, Output>(
  operation: Omit<ChangeOperation<Input, Output>, 'kind'>,
): ChangeOperation<Input, Output> => ({ kind: 'change', ...operation });

/** Makes a `probe`; its types come from schema and `run`. */
export const probeOperation = <Input, Output>(
  operation: Omit<ProbeOperation<Input, Output>, 'kind'>,
): ProbeOperation<Input, Output> => ({ kind: 'probe', ...operation });

/** Makes an `export`; its types come from schema and `run`. */
export const exportOperation = <Input, Output>(
  operation: Omit<ExportOperation<Input, Output>, 'kind'>,
): ExportOperation<Input, Output> => ({ kind: 'export', ...operation });

/** What a change ends with: its answer, what happened, and for the audit what was before and what is now. */
export const changed = <Output>(
  output: Output,
  events: readonly Happened[] = [],
  changes: Changes | null = null,
): Result<Changed<Output>, never> => ok({ output, events, changes });

/**
 * The one gate: authorises, validates, runs. A change and what it owes are one transaction; whatever is refused has
 * changed nothing. All but reads leave an audit row, also when they are refused.
 */
export async function perform<Input, Output>(
  deps: OperationDeps,
  actor: Actor,
  operation: Operation<Input, Output>,
  rawInput: unknown,
): Promise<Result<Output, Refusal>> {
  const { db, keys, clock } = deps;
  if (!isAllowed(actor, operation.permission)) {
    // The input has not been read, so nobody knows which of it is secret.
    if (operation.kind !== 'read') await insertAudit(db, auditOf(actor, operation, {}, 'refused: not_allowed'));
    return err(notAllowed(actor, operation.permission));
  }
  const read = readInput(operation.input, rawInput);
  if (!read.ok) return read;
  switch (operation.kind) {
    case 'read':
      return operation.run({ db, keys, clock, atOneMoment: (look) => inSnapshot(db, look) }, read.value);
    case 'change':
      return change(deps, actor, operation, read.value);
    case 'probe':
    case 'export': {
      const result =
        operation.kind === 'probe'
          ? await operation.run(deps, read.value)
          : await inSnapshot(db, (tx) => operation.run({ db: tx, keys, clock }, read.value));
      await insertAudit(db, auditOf(actor, operation, read.value, outcomeOf(result)));
      return result;
    }
    default:
      return unreachable(operation);
  }
}

async function change<Input, Output>(
  deps: OperationDeps,
  actor: Actor,
  operation: ChangeOperation<Input, Output>,
  input: Input,
): Promise<Result<Output, Refusal>> {
  const { db, keys, clock, publicUrl } = deps;
  try {
    return await inTransaction(db, async (tx) => {
      const result = await operation.run({ tx, actor, keys, clock, publicUrl }, input);
      if (!result.ok) throw new Refused(result.error);
      const { output, events, changes } = result.value;
      const numbered = await numberEvents(tx, actor, events);
      await insertEvents(tx, numbered);
      if (numbered.length > 0) await deps.owe(tx, numbered);
      await insertAudit(tx, auditOf(actor, operation, input, 'done', changes));
      return ok(output);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await insertAudit(db, auditOf(actor, operation, input, outcomeOf(err(error.refusal))));
    return err(error.refusal);
  }
}

/** Rolls the transaction back on its way out. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

async function numberEvents(tx: Tx, actor: Actor, events: readonly Happened[]): Promise<readonly NewEvent[]> {
  if (events.length === 0) return [];
  const ids = await takeIds(tx, { contacts: 0, tickets: 0, ticket_entries: 0, events: events.length });
  return events.map((event, index) => ({
    ...event,
    id: ids.events[index] as EventId,
    actor: actorLabel(actor),
  }));
}

const outcomeOf = (result: Result<unknown, Refusal>): string => (result.ok ? 'done' : `refused: ${result.error.code}`);

const MAX_AUDITED_TEXT = 200;

/** A Secret writes itself as [secret]; a long text is where it belongs, and here only its beginning. */
const auditOf = (
  actor: Actor,
  operation: { readonly name: string },
  input: unknown,
  outcome: string,
  changes: Changes | null = null,
) => ({
  actor: actorLabel(actor),
  tokenId: actor.is === 'operator' ? (actor.token?.id ?? null) : null,
  operation: operation.name,
  input: audited(input),
  outcome,
  changes: changes === null ? null : { from: audited(changes.from), to: audited(changes.to) },
});

const audited = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, shortened)) as unknown;

const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > MAX_AUDITED_TEXT
    ? `${value.slice(0, MAX_AUDITED_TEXT).toWellFormed()}… (${value.length} characters)`
    : value;
