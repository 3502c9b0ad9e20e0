import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys, Secret } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openImapSentFolder, sentFolderOf } from '../../src/mailboxes/imap-sent.ts';
import { secretPlace } from '../../src/mailboxes/model.ts';
import { insertMailbox, listMailboxes } from '../../src/mailboxes/store.ts';
import { lookForSent } from '../../src/worker/sent-look.ts';
import { createOwing } from '../notifications/owed.ts';
import { describeDovecot } from '../support/describe-dovecot.ts';
import type { Dovecot } from '../support/dovecot.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address } from '../support/seed.ts';

// FEATURES B-05: a mail whose fate is unknown is looked for where its server files what it took.
describe('the folder of sent mail', () => {
  const folder = (path: string, ...flags: readonly string[]) => ({ path, flags: new Set(flags), specialUse: '' });

  test.each([
    ['the one that the server says it is', [folder('Sent'), folder('Gesendet', '\\Sent')], 'Gesendet'],
    ['the one that is called so', [folder('INBOX'), folder('Sent')], 'Sent'],
    ['below INBOX', [folder('INBOX'), folder('INBOX.Sent')], 'INBOX.Sent'],
    ['that of Gmail', [folder('[Gmail]', '\\Noselect'), folder('[Gmail]/Sent Mail')], '[Gmail]/Sent Mail'],
    ['none where none can be opened', [folder('Sent', '\\Noselect'), folder('INBOX')], null],
    ['none that only sounds alike', [folder('Sentiments'), folder('Not sent')], null],
  ])('is %s', (_, folders, expected) => expect(sentFolderOf(folders)).toBe(expected));
});

describeDovecot('a look into it', () => {
  const keys = deriveKeys(Buffer.alloc(32, 7));
  const ADDRESS = 'support@desk.test';
  const PASSWORD = 'a word';
  const never = new AbortController().signal;
  let dovecot: Dovecot;
  let database: FreshDatabase;
  let mailboxId: MailboxId;
  let owe: Awaited<ReturnType<typeof createOwing>>;
  beforeAll(async () => {
    [dovecot, database] = await Promise.all([startDovecot(), freshDatabase()]);
    await dovecot.addUser(ADDRESS, PASSWORD);
    const server = { host: '127.0.0.1', port: dovecot.port, security: 'none', user: null, caPem: null } as const;
    const of = address(ADDRESS);
    const id = await insertMailbox(database.db, {
      address: of,
      displayName: 'Desk',
      status: 'active',
      imap: server,
      imapSecret: keys.box.seal(new Secret(PASSWORD), secretPlace(of, 'imap')),
      folder: 'INBOX',
      smtp: server,
      smtpSecret: null,
      schedule: '* * * * *',
      settleMark: 'keyword',
      historyStart: 'baseline',
      replyDomain: 'desk.test',
      defaultCustomerId: null,
    });
    if (id === null) throw new Error('the mailbox is there already');
    mailboxId = id;
    owe = await createOwing(database.db, keys, mailboxId);
  });
  afterAll(async () => {
    await dovecot.stop();
    await database.drop();
  });
  beforeEach(() => database.db.sql`truncate notifications cascade`);

  const look = async (leftMs = 0) =>
    lookForSent(
      { db: database.db, keys, log: silentLog, openSentFolder: openImapSentFolder },
      await listMailboxes(database.db),
      leftMs,
      never,
    );
  const rested = () => database.db.sql`update notifications set next_attempt_at = now()`;
  const record = () => database.db.sql<{ state: string; said: string | null }[]>`
    select n.state, d.reply as said from notifications n left join deliveries d on d.notification_id = n.id order by n.id, d.id`;

  test('where there is none, says so once', async () => {
    await owe('uncertain');
    await rested();
    await look();
    await look();
    expect(await record()).toEqual([{ state: 'uncertain', said: 'the server has no folder of sent mail to look in' }]);
  });

  test('finds what was sent, leaves the rest uncertain, and changes nothing there', async () => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: dovecot.port,
      logger: false,
      secure: false,
      doSTARTTLS: false,
      auth: { user: ADDRESS, pass: PASSWORD },
    });
    await client.connect();
    await client.mailboxCreate('Sent');
    const [sent, lost] = [await owe('uncertain'), await owe('uncertain')];
    const others = await owe('failed');
    await client.append('Sent', Buffer.from(`Message-ID: ${sent.messageId}\r\nSubject: Re: lamp\r\n\r\nHello\r\n`));
    await rested();
    expect(await look()).toEqual([]);
    expect(await record()).toEqual([
      { state: 'sent', said: 'found in the folder Sent' },
      {
        state: 'uncertain',
        said: 'not found in the folder Sent; that proves nothing, for not every server files what it sends',
      },
      { state: 'failed', said: null },
    ]);
    expect([lost.id, others.id]).toHaveLength(2);
    const status = await client.status('Sent', { messages: true, unseen: true });
    expect(status).toMatchObject({ messages: 1, unseen: 1 });
    await client.logout();
  });

  test('waits until most of a mail’s rest is over, and comes again when it is uncertain anew', async () => {
    const { id } = await owe('uncertain');
    await database.db.sql`update notifications set next_attempt_at = now() + interval '10 minutes'`;
    await look(5 * 60_000);
    expect(await record()).toEqual([{ state: 'uncertain', said: null }]);
    await look(11 * 60_000);
    await database.db.sql`
      insert into deliveries (notification_id, outcome, reply) values (${id}, 'uncertain', 'the connection ended')`;
    await rested();
    await look();
    expect((await record()).map(({ said }) => said?.slice(0, 9))).toEqual(['not found', 'the conne', 'not found']);
  });

  test('that the server refuses leaves everything as it was', async () => {
    await owe('uncertain');
    await rested();
    const [mailbox] = await listMailboxes(database.db);
    if (mailbox === undefined) throw new Error('the mailbox is gone');
    const wrong = {
      ...mailbox,
      imapSecret: keys.box.seal(new Secret('another'), secretPlace(mailbox.address, 'imap')),
    };
    const deps = { db: database.db, keys, log: silentLog, openSentFolder: openImapSentFolder };
    expect(await lookForSent(deps, [wrong], 0, never)).toEqual([wrong]);
    expect(await record()).toEqual([{ state: 'uncertain', said: null }]);
  });
});
