import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db } from '../../src/db/client.ts';
import { openDb } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Keys } from '../../src/lib/crypto.ts';
import { deriveKeys, Secret } from '../../src/lib/crypto.ts';
import { parseAddress } from '../../src/mail/address.ts';
import { secretPlace } from '../../src/mailboxes/model.ts';
import { insertMailbox } from '../../src/mailboxes/store.ts';
import { insertOperator } from '../../src/access/store.ts';
import { putSetting } from '../../src/settings/store.ts';
import type { ToggleId } from '../../src/settings/toggles.ts';
import { startPostgres } from '../../src/trial/postgres.ts';
import type { Dovecot } from '../support/dovecot.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { ScriptedSmtp } from '../support/scripted-smtp.ts';
import { startScriptedSmtp } from '../support/scripted-smtp.ts';

/** The machines of the campaign: all real, all of its own, all in one temporary folder. */
export interface Rig {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly masterKey: Buffer;
  readonly keys: Keys;
  readonly db: Db;
  readonly dovecot: Dovecot;
  readonly smtp: ScriptedSmtp;
  /** Stops the database as a power cut would, and starts it again. */
  crashDatabase(): Promise<void>;
  stop(): Promise<void>;
}

export const MAILBOXES = ['support@desk.test', 'billing@desk.test'] as const;
const PASSWORD = 'of the campaign';

/** Works on tickets, and hears of what goes wrong. */
export const OPERATOR = 'olga@staff.example';

/** D13's budgets, raised in the open: here nobody is flooded, and every acknowledgement is to be counted. */
const RAISED = {
  automatic_mails_per_ticket: '1000000',
  acknowledgements_per_address_hour: '1000000',
  acknowledgements_per_address_day: '1000000',
  acknowledgements_per_domain_hour: '1000000',
  notices_per_person: '1000000',
  tickets_per_sender_hour: '0',
  acknowledgements_per_desk_hour: '100000000',
  ping_pong_rounds: '1000000',
  notify_ticket_pending: 'on',
  notify_ticket_reopened: 'on',
  digest_minutes: '1',
} as const satisfies Partial<Record<ToggleId, string>>;

/** In the other mailbox whoever is told much is told it together: so few notices go by themselves in ten minutes. */
const TIGHT = { mailbox: MAILBOXES[1], toggle: 'notices_per_person', value: '2' } as const;

/** Starts PostgreSQL (durable, since it will be crashed), Dovecot and the SMTP server, and makes the desk. */
export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-faults-'));
  // PostgreSQL and Dovecot run as somebody else when this runs as root.
  await chmod(folder, 0o755);
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    const cluster = { dataDir: join(folder, 'postgres'), durable: true };
    let postgres = await startPostgres(cluster);
    // Detached: were this process to end by surprise, it would stay.
    process.once('exit', () => quit(postgres.pid));
    stops.push(() => postgres.kill('immediate'));
    const dovecot = await startDovecot({ dir: folder });
    stops.push(() => dovecot.stop());
    const smtp = await startScriptedSmtp({ keepBytes: true });
    stops.push(() => smtp.stop());
    const masterKey = randomBytes(32);
    const keys = deriveKeys(masterKey);
    const databaseUrl = postgres.url;
    await migrate(databaseUrl);
    const db = openDb({ url: databaseUrl, maxConnections: 3, applicationName: 'deskbell faults' });
    stops.push(() => db.close());
    await makeDesk(db, keys, dovecot, smtp.port);
    return {
      folder,
      databaseUrl,
      masterKey,
      keys,
      db,
      dovecot,
      smtp,
      async crashDatabase() {
        await postgres.kill('immediate');
        postgres = await startPostgres({ ...cluster, port: postgres.port });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function quit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It has ended, as it should have.
  }
}

async function makeDesk(db: Db, keys: Keys, dovecot: Dovecot, smtpPort: number): Promise<void> {
  for (const name of MAILBOXES) {
    const address = parseAddress(name);
    if (address === null) throw new Error(`not an address: ${name}`);
    await dovecot.addUser(address, PASSWORD);
    const server = { host: '127.0.0.1', security: 'none', user: null, caPem: null } as const;
    const id = await insertMailbox(db, {
      address,
      displayName: 'The desk',
      status: 'active',
      imap: { ...server, port: dovecot.port },
      imapSecret: keys.box.seal(new Secret(PASSWORD), secretPlace(address, 'imap')),
      folder: 'INBOX',
      smtp: { ...server, port: smtpPort },
      smtpSecret: null,
      schedule: '* * * * *',
      settleMark: 'keyword',
      historyStart: 'beginning',
      replyDomain: 'desk.test',
      defaultCustomerId: null,
    });
    if (name === TIGHT.mailbox && id !== null) {
      await putSetting(db, { toggle: TIGHT.toggle, layer: 'mailbox', layerId: id }, TIGHT.value, 'system:faults');
    }
  }
  const operator = parseAddress(OPERATOR);
  if (operator !== null) await insertOperator(db, { address: operator, name: 'Olga Brandt', role: 'admin' });
  // Each worker begins with one mailbox: a lease that names it is its own for the taking, and nobody else's for a while.
  await db.sql`
    insert into mailbox_leases (mailbox_id, holder, epoch, expires_at)
    select id, 'w' || row_number() over (order by id), 0, now() + interval '30 seconds' from mailboxes`;
  for (const [toggle, value] of Object.entries(RAISED)) {
    await putSetting(db, { toggle, layer: 'desk', layerId: 0 }, value, 'system:faults');
  }
}
