import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDb } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { migrate } from '../../src/db/migrate.ts';
import { deriveKeys, Secret } from '../../src/lib/crypto.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { secretPlace } from '../../src/mailboxes/model.ts';
import { findMailbox, insertMailbox, updateMailbox } from '../../src/mailboxes/store.ts';
import { putSetting } from '../../src/settings/store.ts';
import type { ToggleId } from '../../src/settings/toggles.ts';
import { startPostgres } from '../../src/trial/postgres.ts';
import { cpuOfTree } from '../support/cpu.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { Dovecot } from '../support/dovecot.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import type { SmtpSink } from '../support/smtp-sink.ts';
import { startDesk } from './desk.ts';
import type { Desk } from './desk.ts';

/** Everything around the product: real servers, each in processes of its own. */
export interface Rig {
  readonly db: Db;
  /** The product's database. */
  readonly url: string;
  /** Another database of the same server, for the parts. */
  readonly partsUrl: string;
  readonly dovecot: Dovecot;
  readonly sink: SmtpSink;
  readonly desk: Desk;
  /** A folder for temporary things; goes with the rig. */
  readonly folder: string;
  /** Of the whole PostgreSQL, its helpers included. */
  postgresCpuMs(): Promise<number>;
  /** A mailbox that is paused, with an empty INBOX of its own; read from its beginning. */
  addMailbox(name: string): Promise<BenchMailbox>;
  setToggle(toggle: ToggleId, value: string): Promise<void>;
}

export interface BenchMailbox {
  readonly id: MailboxId;
  readonly address: EmailAddress;
  activate(): Promise<void>;
}

const PASSWORD = 'bench';
/** Openly: the load writes 5,000 mails an hour, and each may be answered. */
const RAISED: readonly (readonly [ToggleId, string])[] = [
  ['automatic_mails_per_ticket', '1000000'],
  ['acknowledgements_per_address_hour', '1000000'],
  ['acknowledgements_per_address_day', '1000000'],
  ['acknowledgements_per_domain_hour', '1000000'],
  ['notices_per_person', '1000000'],
  ['tickets_per_sender_hour', '0'],
  ['acknowledgements_per_desk_hour', '100000000'],
  ['ping_pong_rounds', '1000000'],
];

/** Starts the servers and the product; `stops` gets whatever must be undone, in order. */
export async function startRig(
  stops: (() => Promise<unknown>)[],
  options: { readonly nodeFlags: readonly string[]; readonly say: (line: string) => void },
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await chmod(folder, 0o755);
  options.say('starting PostgreSQL, Dovecot and a sink');
  const { url, pid } = await startDurablePostgres(join(folder, 'postgres'), stops);
  const dovecot = await startDovecot();
  stops.push(() => dovecot.stop());
  const sink = await startSmtpSink();
  stops.push(() => sink.stop());

  const partsUrl = Object.assign(new URL(url), { pathname: '/parts' }).href;
  const admin = openDb({ url, maxConnections: 1, applicationName: 'bench admin' });
  await admin.sql`create database parts`;
  await admin.close();
  await migrate(url);
  const db = openDb({ url, maxConnections: 2, applicationName: 'bench' });
  stops.push(() => db.close());
  const setToggle = (toggle: ToggleId, value: string) =>
    putSetting(db, { toggle, layer: 'desk', layerId: 0 }, value, 'system');
  for (const [toggle, value] of RAISED) await setToggle(toggle, value);

  const masterKey = randomBytes(32);
  const desk = await startDesk({ databaseUrl: url, masterKey, nodeFlags: options.nodeFlags });
  stops.push(() => desk.stop());
  return {
    db,
    url,
    partsUrl,
    dovecot,
    sink,
    desk,
    folder,
    postgresCpuMs: () => cpuOfTree(pid),
    addMailbox: (name) => addMailbox(db, dovecot, sink, masterKey, name),
    setToggle,
  };
}

/** Knows when each transaction was committed: rows say only when theirs began. */
async function startDurablePostgres(dataDir: string, stops: (() => Promise<unknown>)[]) {
  const first = await startPostgres({ dataDir, durable: true });
  const admin = openDb({ url: first.url, maxConnections: 1, applicationName: 'bench admin' });
  await admin.sql`alter system set track_commit_timestamp = on`;
  await admin.close();
  await first.stop();
  const postgres = await startPostgres({ dataDir, durable: true });
  stops.push(() => postgres.stop());
  return postgres;
}

async function addMailbox(
  db: Db,
  dovecot: Dovecot,
  sink: SmtpSink,
  masterKey: Buffer,
  name: string,
): Promise<BenchMailbox> {
  const address = parseAddress(`${name}@desk.test`);
  if (address === null) throw new Error(`not a name for a mailbox: ${name}`);
  await dovecot.addUser(address, PASSWORD);
  const server = { host: '127.0.0.1', security: 'none', caPem: null } as const;
  await insertMailbox(db, {
    address,
    displayName: 'Bench Support',
    status: 'paused',
    imap: { ...server, port: dovecot.port, user: address },
    imapSecret: deriveKeys(masterKey).box.seal(new Secret(PASSWORD), secretPlace(address, 'imap')),
    folder: 'INBOX',
    smtp: { ...server, port: sink.port, user: null },
    smtpSecret: null,
    schedule: '* * * * *',
    settleMark: 'keyword',
    historyStart: 'beginning',
    replyDomain: 'desk.test',
    defaultCustomerId: null,
  });
  const mailbox = await findMailbox(db, address);
  if (mailbox === null) throw new Error(`mailbox ${address} was not stored`);
  return { id: mailbox.id, address, activate: () => updateMailbox(db, mailbox.id, { status: 'active' }) };
}
