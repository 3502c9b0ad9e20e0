import { Readable } from 'node:stream';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAllCommands, loadCommands } from '../../src/cli/commands.ts';
import type { CliHost } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/main.ts';
import { err, ok } from '../../src/lib/result.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { temporaryFolder } from '../support/postgres.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

const COMMANDS = await loadAllCommands();

let desk: TestDesk;
let server: MailServer;
let folder: string;
let number: number;
const delivered: string[] = [];

beforeAll(async () => {
  desk = await openTestDesk();
  folder = await temporaryFolder();
  const onStored = (address: string) => void delivered.push(address);
  server = await startMailServer({ dataDir: join(folder, 'mail'), smtpPort: 0, imapPort: 0, log: silentLog, onStored });
  const ana = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  ({ number } = await seedTicket(desk.db, await seedMailbox(desk.db), ana));
});
afterAll(async () => {
  await desk.drop();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everything but the servers, which are the host's. */
const host = (change: Partial<CliHost> = {}): CliHost => ({
  openDesk: () => {
    const trial = { smtpPort: server.smtpPort, imapPort: server.imapPort };
    return Promise.resolve(ok({ db: desk.db, deps: desk.deps, trial, close: () => Promise.resolve() }));
  },
  start: () => Promise.resolve(0),
  worker: () => Promise.resolve(0),
  migrate: () => Promise.resolve(0),
  why: (_, reference) =>
    Promise.resolve(reference === 'known' ? { lines: ['it opened a ticket'], json: { reference }, exitCode: 0 } : null),
  ledger: () => Promise.resolve({ lines: ['1 mail is missing'], json: { breaches: 1 }, exitCode: 1 }),
  ...change,
});

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly columns?: number;
  readonly host?: Partial<CliHost>;
}

async function cli(argv: readonly string[], { env = {}, stdin = '', columns, host: change }: Run = {}) {
  let out = '';
  let complaint = '';
  const stdout = { write: (text: string) => (out += text), ...(columns === undefined ? {} : { columns }) };
  const stderr = { write: (text: string) => (complaint += text) };
  const code = await runCli(argv, { stdout, stderr, stdin: Readable.from([Buffer.from(stdin)]), env }, host(change));
  return { code, out, complaint };
}

const VERBS =
  'start, worker, migrate, send, parse, ticket list, ticket show, ticket reply, ticket note, ticket admit, ' +
  'ticket merge, ticket pending, ticket resolve, ticket close, ticket reopen, ticket open, ticket add, ' +
  'ticket drop, ticket assign, toggle list, toggle set, toggle clear, notify rules, notify preview, held list, held attach, held release, held reject, ' +
  'why, process, ledger, outbox list, outbox show, outbox retry, outbox resend, outbox resolve, outbox cancel, ' +
  'suppression list, suppression show, suppression add, suppression lift, ' +
  'template list, template show, template set, template preview, template send-test, template diff, template restore, raw, mailbox add, ' +
  'mailbox list, mailbox test, mailbox trust, mailbox pause, mailbox resume, mailbox set-team, ' +
  'customer add, customer set, customer show, customer list, contact add, contact set, contact list, ' +
  'contact show, contact invite, contact picture, contact deactivate, contact activate, contact delete, contact merge, ' +
  'contact unmerge, contact proposals, contact dismiss, address add, address primary, address verify, ' +
  'address move, address remove, group add, group list, group show, group set, group remove, group put, ' +
  'group drop, mute list, mute add, mute remove, import customers, import contacts, export customers, export contacts, field add, field list, ' +
  'field set, field remove, department add, department list, department rename, department remove, ' +
  'operator add, operator list, operator set, me set, operator disable, operator enable, operator permissions, ' +
  'team add, team list, team rename, team remove, team put, team drop, token add, token list, token revoke, ' +
  'token check, audit list, retention show';

test('the help names every verb', async () => {
  expect(COMMANDS.map(({ verb }) => verb).join(', ')).toBe(VERBS);
  for (const argv of [[], ['--help'], ['-h']]) {
    const { code, out } = await cli(argv);
    expect(code).toBe(0);
    for (const verb of VERBS.split(', ')) expect(out).toContain(`  ${verb}`);
  }
});

test('a first word loads all of its verbs, and a word that no verb begins with loads all there are', async () => {
  const firstOf = ({ verb }: { readonly verb: string }) => verb.split(' ')[0] ?? '';
  for (const word of new Set(COMMANDS.map(firstOf))) {
    const found = (await loadCommands(word)).filter((command) => firstOf(command) === word);
    expect(found).toEqual(COMMANDS.filter((command) => firstOf(command) === word));
  }
  for (const word of ['', '--help', 'tickets']) expect(await loadCommands(word)).toEqual(COMMANDS);
});

test.each(COMMANDS.map(({ verb, examples }) => ({ verb, examples })))(
  '$verb has a help with examples',
  async ({ verb, examples }) => {
    const { code, out } = await cli([...verb.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: deskbell ${verb}`);
    for (const example of examples) expect(out).toContain(example);
    expect(examples.length).toBeGreaterThan(0);
  },
);

test.each([
  ['an unknown verb', ['tickets'], "Unknown command 'tickets'\n(Did you mean ticket?)\nSee: deskbell --help\n"],
  ['an unknown second word', ['ticket', 'lst'], "Unknown command 'lst'\n(Did you mean list?)\nSee: deskbell --help\n"],
  ['a missing argument', ['ticket', 'show'], "Missing required argument 'number'\nSee: deskbell ticket show --help\n"],
  [
    'an unknown option',
    ['ticket', 'list', '--stauts', 'open'],
    "Unknown option '--stauts'\n(Did you mean --status?)\nSee: deskbell ticket list --help\n",
  ],
  [
    'a number that is none',
    ['ticket', 'show', 'abc'],
    '<number> is a number such as 1001, not "abc".\nSee: deskbell ticket show --help\n',
  ],
  [
    'several problems at once, by the names of the options',
    ['contact', 'add', '--address', 'nobody', '--deactivated-until', 'tomorrow'],
    '--first-name is missing.\n--last-name is missing.\n' +
      '--address is an e-mail address such as ana@customer.example, not "nobody".\n' +
      '--deactivated-until is a date such as 2030-01-31.\nSee: deskbell contact add --help\n',
  ],
  [
    'text twice',
    ['ticket', 'reply', '1001', '--text', 'x', '--file', 'y'],
    '--text and --file exclude each other.\nGive one of them.\n',
  ],
  [
    'a field of one’s own without a value',
    ['contact', 'set', '1', '--field', 'floor'],
    '--field is key=value, such as --field floor=3, not "floor".\nSee the fields with: deskbell field list\n',
  ],
  [
    'a picture given and taken away',
    ['contact', 'picture', '1', '--file', 'a.png', '--remove'],
    'A picture is given with --file, taken away with --remove, or saved with --save.\nGive one of them.\n',
  ],
  [
    'a file that is not there',
    ['ticket', 'note', '1', '--file', 'no.txt'],
    'There is no file no.txt.\nGive the path of a file that can be read.\n',
  ],
  [
    'an actor that is no address',
    ['ticket', 'list', '--as', 'jonas'],
    '--as is the address of an operator, not "jonas".\nSee all with: deskbell operator list\n',
  ],
])('%s is wrong usage: it ends with 2 and says how it goes', async (_, argv, words) => {
  expect(await cli(argv)).toEqual({ code: 2, out: '', complaint: words });
});

test.each([
  ['what is not there', ['ticket', 'show', '99999'], /^There is no ticket 99999\.\nSee the newest with/],
  ['a ticket there is not, asked for its mail', ['why', '#9999'], /^There is no ticket 9999\.\nSee the newest with/],
  ['a mail nobody knows', ['why', '<a@b>'], /^Nobody knows a mail <a@b> here\.\nGive its Message-ID/],
  ['an operator who is none', ['ticket', 'list', '--as', 'x@desk.example'], /^There is no operator x@desk\.example\./],
])('%s is refused: it ends with 1 and says what to do', async (_, argv, words) => {
  const { code, out, complaint } = await cli(argv);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(complaint).toMatch(words);
});

test('a desk that is not there ends with 3, one that is misconfigured with 2', async () => {
  const trouble = (kind: 'unreachable' | 'configuration') => ({
    openDesk: () => Promise.resolve(err({ kind, message: 'No trial is running here.', mend: 'Start it.' })),
  });
  expect(await cli(['ticket', 'list'], { host: trouble('unreachable') })).toEqual({
    code: 3,
    out: '',
    complaint: 'No trial is running here.\nStart it.\n',
  });
  expect(await cli(['ticket', 'list'], { host: trouble('configuration') })).toMatchObject({ code: 2 });
});

test('a database that goes away ends with 3', async () => {
  const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const { code, complaint } = await cli(['ledger'], { host: { ledger: () => Promise.reject(gone) } });
  expect(code).toBe(3);
  expect(complaint).toMatch(/^The database cannot be reached: connect ECONNREFUSED\.\n/);
});

test('a bug ends with 70 and says where it was; the stack is for those who ask', async () => {
  const change = { ledger: () => Promise.reject(new Error('this cannot be')) };
  const { code, complaint } = await cli(['ledger'], { host: change });
  expect(code).toBe(70);
  expect(complaint).toMatch(/^deskbell ledger failed.*: this cannot be\nThis is a bug\./);
  expect(complaint).not.toContain('    at ');
  expect((await cli(['ledger'], { host: change, env: { LOG_LEVEL: 'debug' } })).complaint).toContain('    at ');
});

test('the exit codes of the servers and of the ledger are passed on', async () => {
  expect((await cli(['start'], { host: { start: () => Promise.resolve(2) } })).code).toBe(2);
  expect((await cli(['worker'])).code).toBe(0);
  expect(await cli(['ledger'])).toEqual({ code: 1, out: '1 mail is missing\n', complaint: '' });
  expect(JSON.parse((await cli(['ledger', '--json'])).out)).toEqual({ breaches: 1 });
  expect((await cli(['why', 'known'])).out).toBe('it opened a ticket\n');
});

test('--json prints the operation’s output, whole', async () => {
  const { code, out } = await cli(['ticket', 'show', String(number), '--json']);
  expect(code).toBe(0);
  const shown: unknown = JSON.parse(out);
  expect(shown).toMatchObject({
    ticket: { number, status: 'open', requester: 'Ana Peralta' },
    participants: [{ role: 'requester', address: 'ana@lantern.example' }],
    entries: [],
    mails: [],
  });
});

test('tables are aligned, and cut to the terminal', async () => {
  const { out } = await cli(['toggle', 'list'], { columns: 80 });
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^TOGGLE +VALUE +SET BY +/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect((await cli(['toggle', 'list'])).out).toContain('with neither its subject nor its text.\n');
});

test('what a sender wrote cannot command the terminal', async () => {
  const { number: hostile } = await seedTicket(
    desk.db,
    await seedMailbox(desk.db, 'b@desk.example'),
    await seedContact(desk.db, 'Eve', 'eve@quarry.example'),
  );
  await desk.db
    .sql`update tickets set subject = ${'\u001b]0;owned\u0007\u009b31m red \u202Egnp.exe'} where number = ${hostile}`;
  for (const argv of [
    ['ticket', 'list'],
    ['ticket', 'show', String(hostile)],
    ['ticket', 'list', '--json'],
  ]) {
    // oxlint-disable-next-line no-control-regex -- these must not be there
    expect((await cli(argv)).out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
});

test('an answer is written by option, file or standard input, and by an operator', async () => {
  await cli(['operator', 'add', 'jonas@desk.example', '--name', 'Jonas Weil', '--role', 'agent']);
  const file = join(folder, 'answer.txt');
  await writeFile(file, 'From a file.\n');
  const reply = ['ticket', 'reply', String(number), '--as', 'jonas@desk.example'];
  expect((await cli([...reply, '--text', 'By option.'])).out).toContain('Goes to: ana@lantern.example');
  await cli([...reply, '--file', file]);
  await cli(reply, { stdin: 'On standard input.\nTwo lines.\n' });
  const { out } = await cli(['ticket', 'show', String(number)]);
  expect(out.match(/answer of Jonas Weil/g)).toHaveLength(3);
  expect(out).toContain('    On standard input.\n    Two lines.\n');
  expect((await cli([...reply], { stdin: '\n' })).complaint).toContain('--text is empty: write something.');
});

test('an agent may not add a mailbox', async () => {
  const argv = ['mailbox', 'add', 'new@desk.example', '--imap-host', 'h.example', '--as', 'jonas@desk.example'];
  const { code, complaint } = await cli(argv, { env: { DESKBELL_IMAP_PASSWORD: 'x' } });
  expect(code).toBe(1);
  expect(complaint).toContain('jonas@desk.example is agent and may not add, test, pause and resume mailboxes.');
});

test('--as holds for verbs that are no operations, too', async () => {
  expect((await cli(['ledger', '--as', 'jonas@desk.example'])).code).toBe(1);
  expect((await cli(['why', 'known', '--as', 'nobody@desk.example'])).out).toBe('');
});

test.each([
  ['a file', ['--imap-password-file', 'FILE'], {}],
  ['standard input', ['--password-stdin'], { stdin: 'hunter2\n' }],
  ['the environment', [], { env: { DESKBELL_IMAP_PASSWORD: 'hunter2' } }],
  ['an option', ['--imap-password', 'hunter2'], {}],
])('the password comes from %s and is shown nowhere', async (from, more, run: Run) => {
  const file = join(folder, 'password');
  await writeFile(file, 'hunter2\r\n');
  const address = `${from.replaceAll(' ', '-')}@desk.example`;
  const argv = [
    'mailbox',
    'add',
    address,
    '--imap-host',
    'imap.desk.example',
    ...more.map((one) => one.replace('FILE', file)),
  ];
  const { code, out, complaint } = await cli(argv, run);
  expect(code).toBe(0);
  expect(out).toContain(`Added ${address}: reads INBOX at imap.desk.example:993 TLS`);
  expect(complaint.includes('keeps that password in its history')).toBe(from === 'an option');
  const [row] = await desk.db.sql<
    { sealed: Buffer }[]
  >`select imap_secret as sealed from mailboxes where address = ${address}`;
  const place = `mailbox ${address} imap`;
  expect(desk.deps.keys.box.open(row?.sealed ?? Buffer.alloc(0), place).reveal()).toBe('hunter2');
  const audit = await desk.db.sql`select * from audit_rows`;
  expect(out + complaint + JSON.stringify(audit)).not.toContain('hunter2');
});

test('a mailbox without a password, or with two, is wrong usage', async () => {
  const argv = ['mailbox', 'add', 'two@desk.example', '--imap-host', 'imap.desk.example'];
  expect(await cli(argv)).toMatchObject({
    code: 2,
    complaint: '--imap-password-file is missing.\nSee: deskbell mailbox add --help\n',
  });
  const twice = await cli([...argv, '--imap-password', 'a', '--password-stdin'], { stdin: 'b' });
  expect(twice).toMatchObject({ code: 2 });
  expect(twice.complaint).toContain('The IMAP password is given in more than one way.');
});

test('a mailbox that does not work is bad news for a program', async () => {
  await cli(
    [
      'mailbox',
      'add',
      'shut@desk.example',
      '--imap-host',
      '127.0.0.1',
      '--imap-port',
      '1',
      '--imap-security',
      'none',
      '--smtp-port',
      '1',
      '--smtp-security',
      'none',
      '--smtp-no-login',
    ],
    {
      env: { DESKBELL_IMAP_PASSWORD: 'x' },
    },
  );
  const { code, out } = await cli(['mailbox', 'test', 'shut@desk.example']);
  expect(code).toBe(1);
  expect(out).toContain('IMAP connect: 127.0.0.1 refuses connections on port 1.\nCheck the port');
});

test('a sample is sent into the trial, and what to do next is said', async () => {
  const { code, out } = await cli([
    'send',
    '--from',
    'ana.peralta@lantern.example',
    '--subject',
    'Hello',
    '--text',
    'x & <y>',
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Sent "Hello" from ana\.peralta@lantern\.example to support@deskbell\.test\.\nSee what became of it:\n {2}deskbell ticket list\n {2}deskbell why '<[\w-]+@lantern\.example>'\n$/,
  );
  expect(delivered).toContain('support@deskbell.test');
});

test('a whole mail is sent as it is in its file', async () => {
  const file = new URL('../fixtures/mail/personal-plain.eml', import.meta.url).pathname;
  const { out } = await cli(['send', '--to', 'help@deskbell.test', '--file', file, '--json']);
  const messageId = /^message-id:\s*(\S+)/im.exec(await readFile(file, 'latin1'))?.[1];
  expect(JSON.parse(out)).toMatchObject({ to: 'help@deskbell.test', messageId });
  expect(delivered).toContain('help@deskbell.test');
});

test('nothing is sent into a desk that is no trial', async () => {
  const production = {
    openDesk: () => Promise.resolve(ok({ db: desk.db, deps: desk.deps, trial: null, close: () => Promise.resolve() })),
  };
  const { code, complaint } = await cli(['send'], { host: production });
  expect(code).toBe(1);
  expect(complaint).toContain('This desk is no trial');
});

test('a contact is deleted in two steps: the first says what the second does', async () => {
  const id = await seedContact(desk.db, 'Bea Lind', 'bea@lantern.example');
  const shown = await cli(['contact', 'delete', 'bea@lantern.example']);
  expect(shown.code).toBe(0);
  expect(shown.out).toContain(`This would erase contact ${id}, Bea Lind, for good:`);
  expect(shown.out).toContain('in which names and addresses can still be read. To erase that too: --with-messages');
  expect(shown.out).toContain(`To do it: deskbell contact delete ${id} --confirm bea@lantern.example\n`);
  const wrong = await cli(['contact', 'delete', String(id), '--confirm', 'ana@lantern.example']);
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.complaint).toContain(`That is not the primary address of contact ${id}, so nobody was deleted.`);
  const done = await cli(['contact', 'delete', String(id), '--confirm', 'bea@lantern.example', '--with-messages']);
  expect(done).toMatchObject({ code: 0, complaint: '' });
  expect(done.out).toContain(`Contact ${id} was deleted.`);
  expect((await cli(['contact', 'delete', String(id)])).complaint).toContain(
    `Contact ${id} was deleted: nothing of them is left.`,
  );
});

test('a ticket is opened, its people are changed and it is given to somebody, in words', async () => {
  const { code, out } = await cli(
    ['ticket', 'open', '--for', 'cy@tide.example', '--new-contact', '--first-name', 'Cy', '--last-name', 'Moss']
      .concat(['--subject', `Timer ${'x'.repeat(150)}`, '--mailbox', 'support@desk.example'])
      .concat(['--watcher', 'ana@lantern.example', '--extra', 'guard@gate.example', '--notify', 'requester,extra']),
    { stdin: 'As you said on the phone.\n' },
  );
  expect(out).toMatch(
    /^Opened ticket \d+ for Cy Moss of Unassigned; it is open\.\nCy Moss is contact \d+ now\.\nGoes to: cy@tide\.example, guard@gate\.example\n/,
  );
  expect(code).toBe(0);
  const opened = /\d+/.exec(out)?.[0] ?? '';
  const shown = await cli(['ticket', 'show', opened]);
  expect(shown.out).toContain('requester  Cy Moss <cy@tide.example>\nwatchers   Ana Peralta <ana@lantern.example>\n');
  expect(shown.out).toContain(
    'opened by Example Support\n    As you said on the phone.\n    told: cy@tide.example, guard@gate',
  );
  expect(shown.out).toContain('NOT told: ana@lantern.example (whoever opened the ticket chose not to tell them)');
  const dropped = await cli(['ticket', 'drop', opened, '--extra', 'guard@gate.example']);
  expect(dropped.out).toContain('guard@gate.example is not told of it any more.\n\nTicket');
  expect((await cli(['ticket', 'assign', opened, '--to', 'nobody'])).complaint).toContain(
    'is assigned like that already',
  );
});

test('the release is told where no desk is', async () => {
  const { code, out } = await cli(['--version']);
  expect(code).toBe(0);
  expect(out).toMatch(/^deskbell \d+\.\d+\.\d+\n$/);
});

test('a long subject widens no list of tickets, and a list says when there is more', async () => {
  const piped = await cli(['ticket', 'list']);
  const [title, first, second] = piped.out.split('\n');
  expect(title?.endsWith('SUBJECT')).toBe(true);
  expect(first?.length).toBeGreaterThan(200);
  expect(second?.length).toBeLessThan(120);
  const narrow = await cli(['ticket', 'list'], { columns: 80 });
  expect(Math.max(...narrow.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const { out } = await cli(['ticket', 'list', '--limit', '1']);
  expect(out).toContain('There are older ones: the same with --after 1003 goes on.');
});

// P-04, P-05, P-09
test('people and companies are filled, found and shown, with fields of one’s own', async () => {
  const run = async (...argv: readonly string[]) => {
    const { code, out, complaint } = await cli(argv);
    expect({ argv, code, complaint }).toEqual({ argv, code: 0, complaint: '' });
    return out;
  };
  await run('field', 'add', 'contact', 'floor', '--label', 'Floor', '--kind', 'number', '--required');
  await run('field', 'add', 'customer', 'contract', '--label', 'Contract', '--kind', 'choice', '--choice', 'gold');
  await run('department', 'add', 'Purchasing');
  await run('customer', 'add', 'Quarry', '--domain', 'quarry.example', '--field', 'contract=Gold');
  const who = ['--first-name', 'Ife', '--last-name', 'Okafor', '--address', 'ife@quarry.example'];
  const missing = await cli(['contact', 'add', ...who]);
  expect(missing).toMatchObject({
    code: 2,
    complaint: '--field floor (Floor) is missing: it is required.\nSee: deskbell contact add --help\n',
  });
  await run('contact', 'add', ...who, '--field', 'floor=3', '--department', 'purchasing', '--device', 'Lamp 7');
  await run('customer', 'set', 'quarry', '--main-contact', 'ife@quarry.example', '--comment', 'Pays late.');
  expect(await run('contact', 'set', 'ife@quarry.example', '--phone', '+49 30 1234', '--main-site-user', 'on')).toMatch(
    /^Changed contact \d+\.\nnumber /,
  );
  const sheet = await run('contact', 'show', 'ife@quarry.example');
  for (const line of [
    /^customer +Quarry, whose main contact they are$/m,
    /^main site user +yes: sees all tickets of the customer$/m,
    /^address +ife@quarry\.example \(primary, not verified\)$/m,
    /^user name +their primary address$/m,
    /^department +Purchasing$/m,
    /^devices +Lamp 7$/m,
    /^Floor +3$/m,
    /^version +2$/m,
  ]) {
    expect(sheet).toMatch(line);
  }
  expect(await run('customer', 'show', 'Quarry')).toMatch(
    /^Contract +gold$[^]*^version +2$\ncomment\n {4}Pays late\.$/m,
  );
  expect(await run('contact', 'list', '--search', 'okaf 1234', '--limit', '1')).toContain('Ife Okafor');
  expect(await run('contact', 'list', '--limit', '1')).toMatch(
    /There are more: the same with --after \d+ goes on\.\n$/,
  );
  expect(await run('customer', 'list', '--limit', '1')).toContain(
    'There are more: the same with --after "Quarry" goes on.',
  );
  const inUse = await cli(['field', 'remove', 'contact', 'floor']);
  expect(inUse.complaint).toBe(
    '1 contact has a value in floor (Floor).\nTo remove the field and these values: --with-values\n',
  );
  expect(await run('field', 'remove', 'contact', 'floor', '--with-values')).toBe(
    'No contact has a field floor any more; its one value is forgotten.\n',
  );
});

test('a picture goes in as a file and comes out as the same bytes; a file that is there is left alone', async () => {
  const [file, copy] = [join(folder, 'ana.png'), join(folder, 'copy.png')];
  await writeFile(file, Buffer.from('\x89PNG\r\n\x1a\n not much of a picture', 'latin1'));
  const picture = ['contact', 'picture', 'ana@lantern.example'];
  expect((await cli([...picture, '--file', file])).out).toMatch(
    /^Contact \d+ has a picture: image\/png, 30 bytes\.\n$/,
  );
  expect((await cli([...picture, '--save', copy])).code).toBe(0);
  expect(await readFile(copy)).toEqual(await readFile(file));
  expect((await cli([...picture, '--save', copy])).complaint).toContain('Name a new file.');
  await writeFile(file, 'a text');
  expect((await cli([...picture, '--file', file])).complaint).toBe(
    '--file is no PNG, JPEG, GIF or WebP picture.\nSee: deskbell contact picture --help\n',
  );
  expect((await cli([...picture, '--remove'])).out).toMatch(/has no picture any more\.\n$/);
  expect((await cli([...picture, '--remove'])).code).toBe(1);
});
