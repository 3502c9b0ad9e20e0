import type { Queryable } from '../db/client.ts';
import type { Changes } from '../db/schema/access.ts';

/** Who did what, when, and what it changed. */
export interface AuditRow {
  readonly id: number;
  readonly at: Date;
  /** 'operator:3', 'system:cli'. */
  readonly actor: string;
  /** The operator's name; null where no operator did it. */
  readonly actorName: string | null;
  /** Of the API token they came with; null: they came themselves. */
  readonly tokenName: string | null;
  readonly operation: string;
  readonly input: unknown;
  /** `done`, or `refused: ` and the code. */
  readonly outcome: string;
  readonly changes: Changes | null;
}

/** What of the audit is looked for; null: any. */
export interface AuditFilter {
  readonly actor: string | null;
  /** The whole name, or what stands before its dot. */
  readonly operation: string | null;
  readonly since: Date | null;
  /** Only what is older than this row. */
  readonly after: number | null;
}

/** The newest rows first. */
export async function listAudit(db: Queryable, filter: AuditFilter, limit: number): Promise<readonly AuditRow[]> {
  const { actor, operation, since, after } = filter;
  const { sql } = db;
  return sql<AuditRow[]>`
    select a.id, a.at, a.actor, o.name as "actorName", t.name as "tokenName", a.operation, a.input, a.outcome, a.changes
    from audit_rows a
    left join operators o on a.actor = 'operator:' || o.id
    left join api_tokens t on t.id = a.token_id
    where true
      ${actor === null ? sql`` : sql`and a.actor = ${actor}`}
      ${operation === null ? sql`` : sql`and (a.operation = ${operation} or a.operation like ${`${operation.replace(/[\\%_]/g, '\\$&')}.%`})`}
      ${since === null ? sql`` : sql`and a.at >= ${since}`}
      ${after === null ? sql`` : sql`and a.id < ${after}`}
    order by a.id desc limit ${limit}`;
}
