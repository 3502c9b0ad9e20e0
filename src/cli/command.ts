import type { Result } from '../lib/result.ts';
import type { CliHost } from './host.ts';
import type { CliIo } from './io.ts';

/** Exit codes, for programs. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3, bug: 70 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why a verb ends early: one sentence, and what to do. */
export interface Trouble {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly mend: string;
}

export interface OptionRow {
  /** As commander reads them: `--imap-host <host>`. */
  readonly flags: string;
  readonly says: string;
  /** May be given again and again. */
  readonly repeats?: true;
  /** The operation's name for it, where it is another. */
  readonly field?: string;
  /** The field whose problems are told by this option's name, where several fill it. */
  readonly reports?: string;
}

/** Arguments and options by the names of their fields; what was not given is not there. */
export type Fields = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What was written behind a verb. */
export interface Call {
  readonly fields: Fields;
  readonly asJson: boolean;
  /** `--as`; null: the system. */
  readonly as: string | null;
  readonly io: CliIo;
  readonly host: CliHost;
}

/** A verb: on one of the SHELVES. */
export interface Command {
  /** One word or two: `start`, `ticket list`. */
  readonly verb: string;
  readonly says: string;
  /** In order, with their brackets: `<number>`. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionRow[];
  readonly examples: readonly string[];
  /** Has `--json` and `--as`. */
  readonly isOnDesk: boolean;
  readonly run: (call: Call) => Promise<Result<ExitCode, Trouble>>;
}

/** `<number>`, `[words...]`: without brackets and dots. */
export const argumentName = (written: string): string => written.replace(/[<>[\].]/g, '');

/** What was written for a field that holds one text; null when nothing was. */
export function textOf(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' ? value : null;
}

/** The field an option fills. */
export const fieldOf = (option: OptionRow): string => option.field ?? optionName(option);

/** What commander calls an option: `--imap-host <host>` is imapHost. */
export function optionName({ flags }: OptionRow): string {
  const long = /--([\w-]+)/.exec(flags)?.[1] ?? flags;
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
