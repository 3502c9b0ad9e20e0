import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from './lib/crypto.ts';
import type { InNetworks } from './lib/networks.ts';
import { readNetworks } from './lib/networks.ts';
import type { LogLevel } from './lib/log.ts';
import type { Result } from './lib/result.ts';
import { err, ok } from './lib/result.ts';

/** What whoever runs the machine chooses. What whoever runs the desk chooses are toggles. */
export interface Config {
  readonly mode: TrialMode | ProductionMode;
  readonly web: {
    readonly host: string;
    readonly port: number;
    /** Whose X-Forwarded-For is believed: addresses and ranges; this machine always is. */
    readonly isTrustedProxy: InNetworks;
  };
  /** Where the desk's customers reach its pages, without a slash at its end; null: nowhere. */
  readonly publicUrl: string | null;
  /** `worker` serves health only where PORT was given. */
  readonly isPortGiven: boolean;
  readonly logLevel: LogLevel;
  /** A stable name lets a restarted worker take its mailboxes back at once. */
  readonly workerName: string;
  readonly timing: Timing;
}

export interface TrialMode {
  readonly kind: 'trial';
  readonly dataDir: string;
  readonly smtpPort: number;
  readonly imapPort: number;
}

export interface ProductionMode {
  readonly kind: 'production';
  readonly databaseUrl: Secret;
  /** 32 bytes; null where only the database is needed (migrate). */
  readonly key: Buffer | null;
}

/** Waits that campaigns shorten openly; the defaults are the product's. */
export interface Timing {
  /** After the first, second, third failed attempt at a message (RELIABILITY D4). */
  readonly attemptWaitsMs: readonly number[];
  /** How long an uncertain send rests before its kind's policy is asked (RELIABILITY D8). */
  readonly uncertainWaitMs: number;
  /** A claim of a worker that has not been seen for this long is anybody's. */
  readonly deadWorkerMs: number;
  /** How long a lease lasts unless renewed (RELIABILITY D6). */
  readonly leaseMs: number;
}

const IS_PORT = 'must be a port number from 0 to 65535';
const port = z.coerce.number(IS_PORT).int(IS_PORT).min(0, IS_PORT).max(65_535, IS_PORT);
const IS_SECONDS = 'must be a number of seconds above 0';
const seconds = z.coerce.number(IS_SECONDS).positive(IS_SECONDS);

const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What links are made of: whoever reads them on their way is let in, so they are encrypted unless they never leave. */
function readOrigin(text: string, context: z.RefinementCtx): string {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOST.test(url.hostname));
  if (url !== null && isSafe && `${url.origin}/` === url.href) return url.origin;
  context.addIssue({ code: 'custom', message: 'must be an address such as https://desk.example, without a path' });
  return z.NEVER;
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

/** Whoever is believed may say of any request from where it comes. */
function readProxies(text: string, context: z.RefinementCtx): InNetworks {
  const isIn = readNetworks([...LOOPBACK, ...text.split(',').map((one) => one.trim())]);
  if (isIn !== null) return isIn;
  context.addIssue({ code: 'custom', message: 'must be addresses or ranges such as 10.0.0.5,192.168.1.0/24' });
  return z.NEVER;
}

const environment = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgres://user:password@host/database')
    .optional(),
  DESKBELL_KEY: z.string().optional(),
  DESKBELL_KEY_FILE: z.string().optional(),
  DESKBELL_TRIAL: z.enum(['auto', 'never'], 'must be auto or never').default('auto'),
  DATA_DIR: z.string().min(1).default('./data'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  PUBLIC_URL: z.string().transform(readOrigin).optional(),
  TRUSTED_PROXIES: z.string().default(LOOPBACK.join(',')).transform(readProxies),
  TRIAL_SMTP_PORT: port.default(2525),
  TRIAL_IMAP_PORT: port.default(1143),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
    .default('info'),
  WORKER_NAME: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, dashes')
    .optional(),
  DESKBELL_ATTEMPT_WAITS: z
    .string()
    .regex(/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/, 'must be a list of seconds such as 60,300,1800')
    .default('60,300,1800'),
  DESKBELL_UNCERTAIN_WAIT: seconds.default(900),
  DESKBELL_DEAD_WORKER_AFTER: seconds.default(60),
  DESKBELL_LEASE: seconds.min(3, 'must be at least 3 seconds').default(30),
});

/**
 * Reads the environment; only this file does.
 *
 * @returns every problem at once, each beginning with the variable's name
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Result<Config, readonly string[]> {
  // An empty variable is one that is not set: compose files and unit files write them so.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => explained(issue, given));
  const key = readKey(given);
  if (!key.ok) problems.push(key.error);
  if (given['DESKBELL_TRIAL'] === 'never' && given['DATABASE_URL'] === undefined) {
    problems.push(
      'DATABASE_URL is missing: trial mode is switched off here (DESKBELL_TRIAL=never), so a PostgreSQL is needed',
    );
  }
  if (!parsed.success || !key.ok || problems.length > 0) return err(problems);

  const e = parsed.data;
  return ok({
    mode:
      e.DATABASE_URL === undefined
        ? { kind: 'trial', dataDir: resolve(e.DATA_DIR), smtpPort: e.TRIAL_SMTP_PORT, imapPort: e.TRIAL_IMAP_PORT }
        : { kind: 'production', databaseUrl: new Secret(e.DATABASE_URL), key: key.value },
    web: { host: e.HOST, port: e.PORT, isTrustedProxy: e.TRUSTED_PROXIES },
    publicUrl: e.PUBLIC_URL ?? null,
    isPortGiven: given['PORT'] !== undefined,
    logLevel: e.LOG_LEVEL,
    workerName: e.WORKER_NAME ?? `${hostname()}-${randomBytes(4).toString('hex')}`,
    timing: {
      attemptWaitsMs: e.DESKBELL_ATTEMPT_WAITS.split(',').map((wait) => Number(wait) * 1000),
      uncertainWaitMs: e.DESKBELL_UNCERTAIN_WAIT * 1000,
      deadWorkerMs: e.DESKBELL_DEAD_WORKER_AFTER * 1000,
      leaseMs: e.DESKBELL_LEASE * 1000,
    },
  });
}

/** The variable, what it must be, and what it is; but never the value of one that may hold a password. */
function explained(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const name = String(issue.path[0]);
  return `${name} ${issue.message}${name === 'DATABASE_URL' ? '' : `, not "${given[name] ?? ''}"`}`;
}

function readKey(env: Readonly<Record<string, string | undefined>>): Result<Buffer | null, string> {
  const { DESKBELL_KEY: inline, DESKBELL_KEY_FILE: file } = env;
  if (inline !== undefined && file !== undefined)
    return err('DESKBELL_KEY and DESKBELL_KEY_FILE are both set: give one');
  if (inline === undefined && file === undefined) return ok(null);
  const name = file === undefined ? 'DESKBELL_KEY' : 'DESKBELL_KEY_FILE';
  let text = inline ?? '';
  if (file !== undefined) {
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return err(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const key = decodeKey(text.trim());
  return key === null
    ? err(`${name} does not hold 32 bytes in base64 or hex; make one with: openssl rand -base64 32`)
    : ok(key);
}

/** 32 bytes from base64 or hex; null when it is neither. */
export function decodeKey(text: string): Buffer | null {
  const bytes = /^[\da-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return bytes.length === 32 && /^[\w+/=-]+$/.test(text) ? bytes : null;
}
