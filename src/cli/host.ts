import type { OperationDeps } from '../access/operation.ts';
import type { Db } from '../db/client.ts';
import type { Result } from '../lib/result.ts';

/** An open desk: everything a verb may need. */
export interface Desk {
  readonly db: Db;
  readonly deps: OperationDeps;
  /** Where the trial's mail server listens; null in production. */
  readonly trial: { readonly smtpPort: number; readonly imapPort: number } | null;
  close(): Promise<void>;
}

/** Why there is no desk: it is not configured right, or it is not there. */
export interface HostTrouble {
  readonly kind: 'configuration' | 'unreachable';
  /** One sentence; of several problems one a line. */
  readonly message: string;
  readonly mend: string;
}

/** What a verb that is no operation says: lines for people, a value for programs. */
export interface HostAnswer {
  readonly lines: readonly string[];
  readonly json: unknown;
  /** 1: something was found that should not be. */
  readonly exitCode: 0 | 1;
}

/** What the command line is given by whoever constructs the program. The numbers are exit codes. */
export interface CliHost {
  openDesk(): Promise<Result<Desk, HostTrouble>>;
  start(): Promise<number>;
  worker(): Promise<number>;
  migrate(): Promise<number>;
  /** Why the mail became what it became; null when nobody knows such a mail. */
  why(desk: Desk, reference: string): Promise<HostAnswer | null>;
  ledger(desk: Desk): Promise<HostAnswer>;
}
