import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inviteContact } from '../../src/accounts/invite-operations.ts';
import { verifyPassword } from '../../src/accounts/verify.ts';
import { addContact } from '../../src/contacts/operations.ts';
import type { ContactId } from '../../src/db/ids.ts';
import type { WebServer } from '../../src/http/server.ts';
import { startWeb } from '../../src/http/server.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { checkLedger } from '../../src/inbound/ledger.ts';
import { Secret } from '../../src/lib/crypto.ts';
import type { Log } from '../../src/lib/log.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { showMail } from '../../src/notifications/operations.ts';
import { createMetrics } from '../../src/worker/metrics.ts';
import { findEverywhere, linkIn, unfolded } from '../support/secrets.ts';
import type { Desk } from './desk.ts';
import { letter, MX, openDesk, proven, until } from './desk.ts';

// FEATURES T-05, B-09; RELIABILITY D14.

const said: string[] = [];
const hear = (event: string, fields?: object): void => void said.push(`${event} ${JSON.stringify(fields)}`);
const log: Log = { debug: hear, info: hear, warn: hear, error: hear };
const PASSWORD = 'seven lamps on a quay';

let desk: Desk;
let web: WebServer;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX], log });
  desk.startWorker();
  const { db, keys } = desk;
  const isTrustedProxy = () => false;
  web = await startWeb({
    db,
    keys,
    log,
    metrics: createMetrics(db),
    trial: null,
    host: '127.0.0.1',
    port: 0,
    isTrustedProxy,
  });
});
afterAll(async () => {
  await web.close();
  await desk.close();
});

interface Mail {
  readonly id: number;
  readonly contactId: ContactId;
  readonly state: string;
  readonly because: string;
  readonly credential: string | null;
  readonly messageId: string;
}
const mailsTo = (recipient: string) => desk.db.sql<Mail[]>`
  select id, contact_id as "contactId", state, because, credential, message_id as "messageId"
  from notifications where recipient = ${recipient} and kind in ('contact_welcomed', 'password_link') order by id`;

/** The newest welcome or invitation as it arrived, once it is noted as sent. */
async function arrived(recipient: string, count = 1): Promise<Mail & { readonly text: string }> {
  const mail = await until('the mail is sent', async () => {
    const all = await mailsTo(recipient);
    const newest = all.at(-1);
    return all.length === count && newest?.state === 'sent' ? newest : null;
  });
  const text = (await desk.inbox(recipient)).find((one) => one.includes(mail.messageId));
  if (text === undefined) throw new Error('it is sent, but has not arrived');
  return { ...mail, text };
}

const withWelcome = <T>(credentials: string, run: () => Promise<T>): Promise<T> =>
  desk.withToggle('welcome_new_contact', 'on', () => desk.withToggle('welcome_credentials', credentials, run));

const pageOf = (token: string): string => `${web.url}/password/${token}`;
const post = (token: string, password: string) =>
  fetch(pageOf(token), { method: 'POST', body: new URLSearchParams({ password, again: password }) });

function tokenIn(text: string): string {
  const found = linkIn(text);
  if (found === null) throw new Error('there is no link in the mail');
  return found.token;
}

test('a new contact who provably wrote gets a link, sets a password once, and nobody else learns it', async () => {
  const taken = await withWelcome('link', () => desk.take(proven('mina@sol.example')));
  const mail = await arrived('mina@sol.example');
  const token = tokenIn(mail.text);
  expect(linkIn(mail.text)?.link).toBe(`https://desk.test/password/${token}`);
  expect(unfolded(mail.text)).toContain('with the user name mina@sol.example');
  expect((await desk.done(showMail, { id: mail.id })).content).toContain('[a link that is not shown]');
  const [why] = await explainMessages(desk.db, String(taken.id));
  const lines = why === undefined ? '' : explanationLines(why).join('\n');
  expect(lines).toMatch(/yes {2}credentials_link +the welcome brings a link/);
  expect(lines).toContain('asked welcome_credentials = link, set for the desk');

  for (let look = 0; look < 2; look += 1) {
    const page = await fetch(pageOf(token));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('value="mina@sol.example"');
  }
  expect(await verifyPassword(desk.db, mail.contactId, new Secret(PASSWORD))).toBe('wrong');
  expect((await post(token, PASSWORD)).status).toBe(200);
  expect((await post(token, 'another seven lamps')).status).toBe(404);
  expect((await fetch(pageOf(token))).status).toBe(404);
  expect(await verifyPassword(desk.db, mail.contactId, new Secret(PASSWORD))).toBe('right');
  expect(await verifyPassword(desk.db, mail.contactId, new Secret('another seven lamps'))).toBe('wrong');

  for (const secret of [token, PASSWORD]) {
    expect(await findEverywhere(desk.db, secret)).toEqual([]);
    expect(said.filter((line) => line.includes(secret))).toEqual([]);
  }
  const books = await checkLedger({ db: desk.db, keys: desk.keys, openSource: openImap }, AbortSignal.timeout(20_000));
  expect(books.isClean).toBe(true);
  // The search finds what is there: the address is in many places, the mail without a secret is stored.
  expect(await findEverywhere(desk.db, 'mina@sol.example')).toContain('password_links.address');
  expect(await findEverywhere(desk.db, 'Your message has arrived')).toContain('notification_mime.bytes');
});

test('a password in plain text goes only where an operator chose just that, and is to be changed', async () => {
  await withWelcome('password', () => desk.take(proven('noor@sol.example')));
  const mail = await arrived('noor@sol.example');
  const [password = ''] = /[a-z2-9]{5}(?:-[a-z2-9]{5}){3}/.exec(unfolded(mail.text)) ?? [];
  expect(linkIn(mail.text)).toBeNull();
  expect(await verifyPassword(desk.db, mail.contactId, new Secret(password))).toBe('must_change');
  expect((await desk.done(showMail, { id: mail.id })).content).toContain('[a password that is not shown]');
  expect(await findEverywhere(desk.db, password)).toEqual([]);
  expect(said.filter((line) => line.includes(password))).toEqual([]);
});

test('welcomes bring nothing to sign in with unless an operator chose so', async () => {
  await desk.withToggle('welcome_new_contact', 'on', () => desk.take(proven('olga@sol.example')));
  const mail = await arrived('olga@sol.example');
  expect(unfolded(mail.text)).not.toMatch(/user name|password/);
  expect(mail).toMatchObject({ because: 'a new contact', credential: null });
});

test('whom nothing proves gets neither', async () => {
  await withWelcome('link', () => desk.take(letter('pia@unproven.example')));
  expect(await mailsTo('pia@unproven.example')).toEqual([]);
});

describe('a contact made by hand', () => {
  const add = (address: string) =>
    desk.done(addContact, { customer: 'Unassigned', firstName: 'Rui', lastName: 'Vale', addresses: [address] });

  test('is proven by the operator who made them; a bounce of the welcome ends its link', async () => {
    await withWelcome('link', () => add('rui@quay.example'));
    const mail = await arrived('rui@quay.example');
    const token = tokenIn(mail.text);
    expect((await fetch(pageOf(token))).status).toBe(200);
    expect(await desk.take(bounceFor('rui@quay.example', mail.messageId))).toMatchObject({
      verdict: 'bounce_recorded',
    });
    expect((await fetch(pageOf(token))).status).toBe(404);
    expect((await post(token, PASSWORD)).status).toBe(404);
    expect(await mailsTo('rui@quay.example')).toMatchObject([{ state: 'bounced' }]);
  });

  test('loses a mailed password with the bounce of its mail', async () => {
    await withWelcome('password', () => add('sam@quay.example'));
    const mail = await arrived('sam@quay.example');
    const [password = ''] = /[a-z2-9]{5}(?:-[a-z2-9]{5}){3}/.exec(unfolded(mail.text)) ?? [];
    await desk.take(bounceFor('sam@quay.example', mail.messageId));
    expect(await verifyPassword(desk.db, mail.contactId, new Secret(password))).toBe('wrong');
  });

  test('is invited again with another link, and the first works no more', async () => {
    await withWelcome('link', () => add('tess@quay.example'));
    const first = tokenIn((await arrived('tess@quay.example')).text);
    expect(await desk.done(inviteContact, { contact: 'tess@quay.example' })).toMatchObject({ hours: 72 });
    expect((await fetch(pageOf(first))).status).toBe(404);
    const second = await arrived('tess@quay.example', 2);
    expect(second).toMatchObject({ because: 'an operator invites them', credential: 'link' });
    expect(tokenIn(second.text)).not.toBe(first);
    expect((await fetch(pageOf(tokenIn(second.text)))).status).toBe(200);
  });

  test('gets one invitation a month by themselves, and welcomes over it go without', async () => {
    await desk.db.sql`delete from budgets where scope like 'invitation%'`;
    await withWelcome('link', () => add('uma+one@quay.example'));
    await withWelcome('link', () => add('uma+two@quay.example'));
    expect((await mailsTo('uma+two@quay.example'))[0]).toMatchObject({
      because: expect.stringContaining('(invitations_per_address_month = 1)'),
      credential: null,
    });
    expect(linkIn((await arrived('uma+two@quay.example')).text)).toBeNull();
    expect(linkIn((await arrived('uma+one@quay.example')).text)).not.toBeNull();
  });
});

test('without an address that customers reach, a welcome goes without, and its row says why', async () => {
  const nowhere = await openDesk({ publicUrl: null });
  try {
    nowhere.startWorker();
    await nowhere.withToggle('welcome_new_contact', 'on', () =>
      nowhere.withToggle('welcome_credentials', 'link', () =>
        nowhere.done(addContact, {
          customer: 'Unassigned',
          firstName: 'Vera',
          lastName: 'Vale',
          addresses: ['vera@quay.example'],
        }),
      ),
    );
    const row = await until('the mail is sent', async () => {
      const [one] = await nowhere.db.sql<{ state: string; because: string; credential: string | null }[]>`
        select state, because, credential from notifications`;
      return one?.state === 'sent' ? one : null;
    });
    expect(row).toMatchObject({ because: expect.stringContaining('(PUBLIC_URL)'), credential: null });
  } finally {
    await nowhere.close();
  }
});

const bounceFor = (recipient: string, messageId: string): Buffer =>
  Buffer.from(
    [
      'From: MAILER-DAEMON@mx.desk.test',
      'To: support@desk.test',
      'Subject: Undelivered mail',
      `Message-ID: <bounce.${recipient}@mx.desk.test>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      'It could not be delivered.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.desk.test',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      '',
      '--b',
      'Content-Type: message/rfc822-headers',
      '',
      `Message-ID: ${messageId}`,
      '',
      '--b--',
      '',
    ].join('\r\n'),
  );
