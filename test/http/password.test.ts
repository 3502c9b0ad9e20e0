import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetLinks, issueLinks } from '../../src/accounts/link-store.ts';
import { mintToken } from '../../src/accounts/token.ts';
import { verifyPassword } from '../../src/accounts/verify.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId } from '../../src/db/ids.ts';
import { renderPasswordPage } from '../../src/http/password-page.ts';
import type { WebServer } from '../../src/http/server.ts';
import { startWeb } from '../../src/http/server.ts';
import { visitorKey } from '../../src/http/visitor.ts';
import { readNetworks } from '../../src/lib/networks.ts';
import { deriveKeys, Secret } from '../../src/lib/crypto.ts';
import type { Log } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/worker/metrics.ts';
import { pageLanguages } from '../../src/portal/page-languages.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address, seedContact, seedMailbox } from '../support/seed.ts';

// FEATURES T-05; DESIGN 5.7; RELIABILITY G16: the page behind a link to set a password.

const PASSWORD = 'seven lamps on a quay';
const said: string[] = [];
const hear = (event: string, fields?: object): void => void said.push(`${event} ${JSON.stringify(fields)}`);
const log: Log = { debug: hear, info: hear, warn: hear, error: hear };

let database: FreshDatabase;
let web: WebServer;
let contactId: ContactId;
let token: string;
let people = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  await seedMailbox(db);
  const isTrustedProxy = readNetworks(['127.0.0.0/8', '192.0.2.0/24']) ?? (() => false);
  web = await startWeb({
    db,
    keys: deriveKeys(Buffer.alloc(32, 7)),
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
  await database.drop();
});
beforeEach(async () => {
  await database.db.sql`delete from budgets`;
  const mail = `ana${(people += 1)}@lantern.example`;
  contactId = await seedContact(database.db, 'Ana Peralta', mail);
  token = await newToken(contactId, mail);
});

async function newToken(of: ContactId, mail: string): Promise<string> {
  const minted = mintToken();
  await inTransaction(database.db, (tx) =>
    issueLinks(tx, [{ contactId: of, address: address(mail), hash: minted.hash }]),
  );
  return minted.token.reveal();
}

const pageOf = (of: string): string => `${web.url}/password/${of}`;
const post = (of: string, password: string, again = password) =>
  fetch(pageOf(of), { method: 'POST', body: new URLSearchParams({ password, again }) });
const verdict = (password: string) => verifyPassword(database.db, contactId, new Secret(password));
const update = (set: string) =>
  database.db.sql.unsafe(`update password_links set ${set} where contact_id = ${contactId}`);

/** What a link is that works no more, or never did. */
const DEAD: readonly (readonly [string, () => Promise<string>])[] = [
  ['was used', async () => (await post(token, PASSWORD), token)],
  ['is too old', async () => (await update(`expires_at = now() - interval '1 second'`), token)],
  ['was revoked', async () => (await update('revoked_at = now()'), token)],
  ['nobody made', async () => mintToken().token.reveal()],
  ['is no token at all', async () => 'x'],
  [
    'is of somebody who is not active',
    async () => (await database.db.sql`update contacts set status = 'deactivated' where id = ${contactId}`, token),
  ],
  [
    'went to an address that is another’s now',
    async () => {
      const other = await seedContact(database.db, 'Bo Lind');
      await database.db.sql`update contact_addresses set contact_id = ${other} where contact_id = ${contactId}`;
      return token;
    },
  ],
];

describe('the page', () => {
  test('is a form for whoever has the link, however often they look', async () => {
    for (let look = 0; look < 30; look += 1) {
      const method = look % 3 === 0 ? 'HEAD' : 'GET';
      const page = await fetch(pageOf(token), { method });
      expect(page.status).toBe(200);
      if (method === 'GET') expect(await page.text()).toContain(`value="ana${people}@lantern.example"`);
    }
    expect((await post(token, PASSWORD)).status).toBe(200);
    expect(await verdict(PASSWORD)).toBe('right');
  });

  test('asks by the user name of whoever has one', async () => {
    await database.db.sql`update contacts set user_name = ${`ana.${people}`} where id = ${contactId}`;
    expect(await (await fetch(pageOf(token))).text()).toContain(`value="ana.${people}"`);
    expect((await post(token, `Ana.${people} 12345`.slice(0, 12))).status).toBe(422);
  });

  test('is kept by nobody, framed by nobody, and leads its reader nowhere', async () => {
    for (const page of [await fetch(pageOf(token)), await fetch(pageOf('x')), await post(token, 'short')]) {
      const html = await page.text();
      const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect(page.headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      );
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('x-robots-tag')).toContain('noindex');
      expect(page.headers.get('set-cookie')).toBeNull();
      expect(html).not.toMatch(/<script|src=|href=|url\(|style="/);
      expect(html).not.toContain(token);
    }
  });

  test('shows what others wrote as text', () => {
    const hostile = '"><script>alert(1)</script>{{desk}}';
    const { html } = renderPasswordPage(
      { is: 'form', userName: hostile, problem: null },
      { deskName: hostile, language: pageLanguages().pick([]) },
    );
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;');
  });
});

describe('a link that', () => {
  test.each(DEAD)('%s says the same as any other, by GET and POST, and sets no password', async (_, make) => {
    const dead = await make();
    const [known, got, posted] = [
      await fetch(pageOf(mintToken().token.reveal())),
      await fetch(pageOf(dead)),
      await post(dead, PASSWORD),
    ];
    const said404 = await known.text();
    for (const page of [got, posted]) {
      expect(page.status).toBe(404);
      expect(await page.text()).toBe(said404);
      expect([...page.headers].filter(([name]) => name !== 'date')).toEqual(
        [...known.headers].filter(([name]) => name !== 'date'),
      );
    }
  });

  test('many post at once sets one password', async () => {
    const passwords = Array.from({ length: 6 }, (_, n) => `seven lamps on quay ${n}`);
    const pages = await Promise.all(passwords.map((password) => post(token, password)));
    const won = pages.findIndex(({ status }) => status === 200);
    expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404, 404, 404, 404, 404]);
    expect(await verdict(passwords[won] ?? '')).toBe('right');
  });

  test('is used ends every other of the same person', async () => {
    const other = mintToken();
    await database.db.sql`
      insert into password_links (token_hash, contact_id, address, purpose, expires_at)
      select ${other.hash}, contact_id, address, 'reset', expires_at from password_links where contact_id = ${contactId}`;
    expect((await post(token, PASSWORD)).status).toBe(200);
    expect((await fetch(pageOf(other.token.reveal()))).status).toBe(404);
  });

  test('is used ends those of everybody who is merged with them', async () => {
    const twin = await seedContact(database.db, 'Ana P', `twin${people}@lantern.example`);
    await database.db.sql`update contacts set merged_into_id = ${contactId} where id = ${twin}`;
    const theirs = await newToken(twin, `twin${people}@lantern.example`);
    expect((await fetch(pageOf(theirs))).status).toBe(200);
    expect((await post(token, PASSWORD)).status).toBe(200);
    expect((await fetch(pageOf(theirs))).status).toBe(404);
  });

  test('is used is in the audit, and nothing secret is there or in the log', async () => {
    await post(token, PASSWORD);
    expect(
      await database.db.sql`select actor, operation, input, outcome from audit_rows order by id desc limit 1`,
    ).toEqual([{ actor: `contact:${contactId}`, operation: 'account.set_password', input: {}, outcome: 'done' }]);
    expect(said).toContain(`password.set {"contactId":${contactId}}`);
    expect(said.filter((line) => line.includes(token) || line.includes(PASSWORD))).toEqual([]);
  });
});

test('links that ended long ago are forgotten, and no others', async () => {
  const left = async () => (await database.db.sql`select 1 from password_links where contact_id = ${contactId}`).count;
  await forgetLinks(database.db, new Date(), 1_000);
  expect(await left()).toBe(1);
  await update(`used_at = now() - interval '31 days'`);
  const before = new Date(Date.now() - 30 * 86_400_000);
  expect(await forgetLinks(database.db, before, 1_000)).toBe(1);
  expect(await left()).toBe(0);
  token = await newToken(contactId, `ana${people}@lantern.example`);
  await update(`expires_at = now() - interval '29 days'`);
  expect(await forgetLinks(database.db, before, 1_000)).toBe(0);
  await update(`expires_at = now() - interval '31 days'`);
  expect(await forgetLinks(database.db, before, 1_000)).toBe(1);
});

describe('a password that will not do', () => {
  test.each<[string, string, string, string]>([
    ['is too short', 'lamp', 'lamp', 'That is too short'],
    ['is too long', 'x y z '.repeat(200), 'x y z '.repeat(200), 'That is too long'],
    ['is not the same twice', PASSWORD, `${PASSWORD} `, 'The two passwords are not the same.'],
    ['is the address', 'address', 'address', 'which others know'],
    ['is among the commonest', 'password1234', 'password1234', 'tried first'],
    ['is not there', '', '', 'That is too short'],
  ])('because it %s keeps the form and the link', async (_, password, again, problem) => {
    const own = (text: string): string => (text === 'address' ? `ana${people}@lantern.example` : text);
    const page = await post(token, own(password), own(again));
    expect(page.status).toBe(422);
    const html = await page.text();
    expect(html).toContain(problem);
    expect(html).toContain('<form method="post">');
    if (password !== '' && password !== 'address') expect(html).not.toContain(password);
    expect((await post(token, PASSWORD)).status).toBe(200);
  });

  test.each<[string, RequestInit, number]>([
    ['a form that is none', { body: '{}', headers: { 'content-type': 'application/json' } }, 422],
    ['what is no JSON either', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['a form in another form', { body: new FormData() }, 415],
    ['a flood', { body: new URLSearchParams({ password: 'x'.repeat(40_000) }) }, 413],
  ])('or %s is refused without an error in the log', async (_, init, status) => {
    said.length = 0;
    expect((await fetch(pageOf(token), { method: 'POST', ...init })).status).toBe(status);
    expect(said.filter((line) => line.startsWith('web.failed'))).toEqual([]);
    expect((await fetch(pageOf(token))).status).toBe(200);
  });
});

describe('a visitor', () => {
  test('has twenty tries in a quarter of an hour, and then waits, whatever they try', async () => {
    for (let tries = 0; tries < 20; tries += 1) expect((await fetch(pageOf('x'))).status).toBe(404);
    for (const page of [await fetch(pageOf('x')), await post('x', PASSWORD), await post(token, PASSWORD)]) {
      expect(page.status).toBe(429);
      expect(page.headers.get('retry-after')).toBe('900');
      expect(await page.text()).toContain('Too many tries');
    }
    // Whoever has a link that works still sees it; and after a while it goes on.
    expect((await fetch(pageOf(token))).status).toBe(200);
    await database.db.sql`update budgets set updated_at = now() - interval '15 minutes'`;
    expect((await post(token, PASSWORD)).status).toBe(200);
  });

  test('behind a proxy of ours is told apart from the others there', async () => {
    const from = (client: string) => fetch(pageOf('x'), { headers: { 'x-forwarded-for': client } });
    for (let tries = 0; tries < 20; tries += 1) await from('198.51.100.7');
    expect((await from('198.51.100.7')).status).toBe(429);
    expect((await from('198.51.100.8')).status).toBe(404);
  });

  test('is who the last proxy that is not ours says: what a visitor writes themselves is not believed', async () => {
    const from = (client: string) => fetch(pageOf('x'), { headers: { 'x-forwarded-for': client } });
    // 10.0.0.9 is in a private network, but no proxy that anybody has named.
    for (let tries = 0; tries < 20; tries += 1) await from(`203.0.113.${tries}, 10.0.0.9, 192.0.2.1`);
    expect((await from('203.0.113.77, 10.0.0.9')).status).toBe(429);
    expect((await from('203.0.113.77')).status).toBe(404);
  });

  test('behind a proxy does not see the overview of this machine', async () => {
    // fetch does not let a Host field be chosen.
    const statusOf = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(web.url, { headers: { host: 'localhost', ...headers } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await statusOf({ 'x-forwarded-for': '198.51.100.7' })).toBe(403);
    expect(await statusOf({})).toBe(200);
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('at %s is %s', (ip, key) => {
    expect(visitorKey(ip)).toBe(key);
  });
});
