import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTestCertificate } from './certificate.ts';
import { childPids } from './cpu.ts';
import { dovecotConfig } from './dovecot-config.ts';
import type { DovecotLayout, RunAs } from './dovecot-config.ts';
import { kill, killTree, startMaster } from './dovecot-process.ts';
import { openMaildir } from './maildir.ts';
import type { Maildir, MaildirMessage } from './maildir.ts';

/** A Dovecot of our own: its mail, users, ports and log are in one temporary folder, which `stop` removes. */
export interface Dovecot {
  /** IMAP on 127.0.0.1: plain login is allowed, STARTTLS offered where there is openssl. */
  readonly port: number;
  /** Implicit TLS; null where there is no openssl to make a certificate. */
  readonly tlsPort: number | null;
  /** The authority behind the certificate for `localhost` and 127.0.0.1. */
  readonly caPem: string | null;
  readonly logPath: string;
  /** Adds a user with an empty INBOX, or gives a user another password. */
  addUser(name: string, password: string): Promise<void>;
  /** Puts one message into INBOX as a mail system does. */
  deliver(user: string, bytes: Uint8Array, options?: { readonly internalDate?: Date }): Promise<void>;
  /** The same for many: their UIDs ascend in this order. Returns how many. */
  deliverMany(user: string, messages: Iterable<MaildirMessage>): Promise<number>;
  /** One process for each IMAP connection that has logged in. */
  imapPids(): Promise<readonly number[]>;
  /**
   * SIGKILL to each that serves a user, so that every client loses its connection. Returns how many. One that still
   * starts is spared: its death makes Dovecot serve nobody for a while, up to a minute (`throttling` in its log).
   */
  killImapProcesses(): Promise<number>;
  /** Runs doveadm on this server and returns what it printed: `doveadm('expunge', '-u', 'ana', 'mailbox', 'INBOX', 'all')`. */
  doveadm(...args: readonly string[]): Promise<string>;
  /** Kills the whole server, awaits `whileDown`, and starts it again on the same ports and mail. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const execute = promisify(execFile);
const isRoot = process.getuid?.() === 0;

/**
 * The path of the dovecot binary, which is seldom on a user's PATH. null when there is none that we can drive: only
 * 2.3 (2.4 has another configuration language), and only on Linux, since processes are found through /proc.
 */
export function findDovecot(): string | null {
  if (process.platform !== 'linux') return null;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = [...folders, '/usr/sbin', '/usr/local/sbin'].map((folder) => join(folder, 'dovecot'));
  const found = paths.find(isExecutable) ?? null;
  return found !== null && execFileSync(found, ['--version'], { encoding: 'utf8' }).startsWith('2.3.') ? found : null;
}

/**
 * Starts a Dovecot 2.3 that shares nothing with one the system may run. As root it runs under Dovecot's own user.
 *
 * @param options.dir where to make its folder; that user must be able to reach it. By default the system's temporary folder
 */
export async function startDovecot(options: { readonly dir?: string } = {}): Promise<Dovecot> {
  const binary = findDovecot();
  if (binary === null) throw new Error('Dovecot 2.3 is not installed (on Debian 12: apt-get install dovecot-imapd)');
  const layout = await prepare(options.dir ?? tmpdir());
  const { home, port, tlsPort } = layout;
  let master = await startMaster(binary, layout);
  const killAtExit = () => master.kill('SIGKILL');
  process.once('exit', killAtExit);

  const doveadm = async (...args: readonly string[]) =>
    (await execute('doveadm', ['-c', join(home, 'dovecot.conf'), ...args], { cwd: '/' })).stdout;
  const accepts = (name: string, password: string) =>
    doveadm('auth', 'test', name, password).then(
      () => true,
      () => false,
    );
  const imapPids = async () => (master.pid === undefined ? [] : childPids(master.pid, 'imap'));
  const inboxes = new Map<string, Maildir>();
  const inbox = (user: string): Maildir => {
    const found = inboxes.get(user);
    if (found === undefined) throw new Error(`this Dovecot has no user ${user}: call addUser first`);
    return found;
  };

  return {
    port,
    tlsPort,
    caPem: layout.caPem,
    logPath: join(home, 'dovecot.log'),
    async addUser(name, password) {
      if (!/^[a-z0-9.@_+-]+$/.test(name)) throw new Error(`not a name for a user of Dovecot: ${name}`);
      const path = join(home, 'passwords', name);
      await writeFile(path, `${name}:{PLAIN.HEX}${Buffer.from(password).toString('hex')}\n`);
      if (inboxes.has(name)) {
        await setFreshTime(path);
        // Dovecot looks for a newer file at most once a second: wait until it has.
        while (!(await accepts(name, password))) await sleep(20);
        return;
      }
      await makeFolder(layout.runAs, join(home, 'mail', name));
      const maildir = await openMaildir(join(home, 'mail', name, 'Maildir'), (path) => give(layout.runAs, path));
      inboxes.set(name, maildir);
    },
    deliver: (user, bytes, deliveryOptions = {}) => inbox(user).deliver({ bytes, ...deliveryOptions }),
    async deliverMany(user, messages) {
      let count = 0;
      for (const message of messages) {
        await inbox(user).deliver(message);
        count += 1;
      }
      return count;
    },
    imapPids,
    killImapProcesses: async () => (await imapPids()).filter((pid) => servesUser(pid) && kill(pid)).length,
    doveadm,
    async restart(whileDown = () => Promise.resolve()) {
      await killTree(master);
      await whileDown();
      master = await startMaster(binary, layout);
    },
    async stop() {
      process.off('exit', killAtExit);
      await killTree(master);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function prepare(parent: string): Promise<DovecotLayout & { readonly caPem: string | null }> {
  const runAs = await findRunAs();
  const home = await mkdtemp(join(parent, 'dovecot-'));
  await chmod(home, 0o755);
  await give(runAs, home);
  await makeFolder(runAs, join(home, 'run'));
  await makeFolder(runAs, join(home, 'mail'));
  await makeFolder(runAs, join(home, 'passwords'));
  const certificate = await createTestCertificate();
  if (certificate !== null) {
    await writeFile(join(home, 'cert.pem'), certificate.cert);
    await writeFile(join(home, 'key.pem'), certificate.key, { mode: 0o600 });
    await give(runAs, join(home, 'key.pem'));
  }
  const [port, tlsPort] = await freePorts();
  const layout = { home, port, tlsPort: certificate === null ? null : tlsPort, runAs };
  await writeFile(join(home, 'dovecot.conf'), dovecotConfig(layout));
  return { ...layout, caPem: certificate?.caPem ?? null };
}

/** The user itself, or for root the one that Dovecot's package made for such work. */
async function findRunAs(): Promise<RunAs> {
  const name = isRoot ? ['dovenull'] : [];
  const ask = async (what: string) => (await execute('id', [what, ...name])).stdout.trim();
  return {
    uid: Number(await ask('-u')),
    gid: Number(await ask('-g')),
    user: await ask('-un'),
    group: await ask('-gn'),
  };
}

async function give(runAs: RunAs, path: string): Promise<void> {
  if (isRoot) await chown(path, runAs.uid, runAs.gid);
}

async function makeFolder(runAs: RunAs, path: string): Promise<void> {
  await mkdir(path);
  await give(runAs, path);
}

/** Dovecot reads a password file again when its time in seconds has changed, so each version gets a second of its own. */
async function setFreshTime(path: string): Promise<void> {
  passwordVersion += 1;
  await utimes(path, passwordVersion, passwordVersion);
}

let passwordVersion = 1_000_000_000;

/** Two ports that were free a moment ago. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const [first = 0, second = 0] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [first, second];
}

/** By its title: `dovecot/imap [ana@desk.test 127.0.0.1 IDLE]`. */
function servesUser(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('[');
  } catch {
    return false; // it has ended by itself
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
