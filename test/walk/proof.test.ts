import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TxtAnswer } from '../../src/mail/dkim.ts';
import { rsaKey, signedMail } from '../mail/signed-mail.ts';
import { dmarc, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

const key = rsaKey(2048);
const zone: Record<string, TxtAnswer> = {};
const never = new Promise<TxtAnswer>(() => {});
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({
    authservIds: [MX],
    resolver: (name) => (name.endsWith('.mute.example') ? never : Promise.resolve(zone[name] ?? { is: 'absent' })),
  });
  desk.startWorker();
});
afterAll(() => desk.close());

const flagsOf = async (ticketId: number | null) =>
  (await desk.db.sql<{ flags: unknown }[]>`select flags from ticket_entries where ticket_id = ${ticketId}`)[0]?.flags;
const says = (result: string, from: string): Buffer =>
  Buffer.concat([Buffer.from(`${dmarc(result, from.replace(/^.*@/, ''))}\r\n`), letter(from)]);

test('a mail that our provider says is proven opens a ticket without a warning', async () => {
  const taken = await desk.take(says('pass', 'ana@customer.example'));
  expect(taken.verdict).toBe('opened');
  expect(await flagsOf(taken.ticketId)).toBeNull();
});

test('a mail that fails its own domain is quarantined: no ticket, no contact, no answer', async () => {
  const taken = await desk.take(says('fail', 'ceo@bank.example'));
  expect(taken).toMatchObject({ status: 'quarantined', reason: 'spoofed', ticketId: null });
  expect(await desk.db.sql`select 1 from contact_addresses where address = 'ceo@bank.example'`).toEqual([]);
});

test('the same words from a server we do not believe are no word at all', async () => {
  const forged = Buffer.from(says('fail', 'bo@bank.example').toString().replaceAll(MX, 'mx.attacker.example'));
  const taken = await desk.take(forged);
  expect(taken.verdict).toBe('opened');
  expect(await flagsOf(taken.ticketId)).toEqual(['sender_unproven']);
});

test("without a word, the signature of the sender's own domain proves them", async () => {
  zone['s1._domainkey.signed.example'] = { is: 'found', records: [[key.record.slice(0, 200), key.record.slice(200)]] };
  const taken = await desk.take(await signedMail(letter('cleo@signed.example'), 'signed.example', key));
  expect(await flagsOf(taken.ticketId)).toBeNull();
});

test('a large mail is proven as well, though its bytes went to its reader', async () => {
  zone['s1._domainkey.large.example'] = { is: 'found', records: [[key.record.slice(0, 200), key.record.slice(200)]] };
  const body = `${'a line of a large mail\r\n'.repeat(420_000)}`;
  const taken = await desk.take(await signedMail(letter('lara@large.example', [], body), 'large.example', key));
  expect(taken.verdict).toBe('opened');
  const facts = await desk.db
    .sql`select facts #>> '{authentication,verdict}' as verdict from decisions where inbound_id = ${taken.id}`;
  expect(facts).toEqual([{ verdict: 'pass' }]);
});

test('while DNS gives no answer the mail waits, others go on, and nothing is lost or counted against it', async () => {
  const name = 's1._domainkey.slow.example';
  zone[name] = { is: 'trouble', says: 'SERVFAIL' };
  const known = await desk.countTaken();
  await desk.mail.deliver('support@desk.test', await signedMail(letter('dora@slow.example'), 'slow.example', key));
  await desk.mail.deliver('support@desk.test', letter('eva@customer.example'));
  const states = () => desk.db.sql<{ id: number; status: string; attempts: number }[]>`
    select id, status, attempts from inbound_messages order by id offset ${known}`;
  await until('the mail behind it is done', async () => ((await states())[1]?.status === 'done' ? true : null));
  expect((await states())[0]).toMatchObject({ status: 'received', attempts: 0 });
  zone[name] = { is: 'found', records: [[key.record.slice(0, 200), key.record.slice(200)]] };
  const waits = () => desk.db.sql`update inbound_messages set next_attempt_at = now() where status = 'received'`;
  await waits();
  await desk.mail.deliver('support@desk.test', letter('fay@customer.example'));
  await until('it is done too', async () => ((await states())[0]?.status === 'done' ? true : null));
});

test('a hundred mails whose DNS never answers do not hold up the mail behind them', async () => {
  const known = await desk.countTaken();
  for (let n = 0; n < 100; n += 1) {
    const mail = await signedMail(letter(`m${n}@mute.example`), 'mute.example', key, { selector: `s${n}` } as never);
    await desk.mail.deliver('support@desk.test', mail);
  }
  await desk.mail.deliver('support@desk.test', letter('gwen@customer.example'));
  await until(
    'the mail behind them is done',
    async () => {
      const rows = await desk.db.sql<{ status: string }[]>`
        select status from inbound_messages order by id offset ${known}`;
      return rows.length === 101 && rows[100]?.status === 'done' ? true : null;
    },
    60_000,
  );
  const [waiting] = await desk.db.sql<{ count: number }[]>`
    select count(*)::int as count from inbound_messages where status = 'received' and attempts = 0 and waits > 0`;
  expect(waiting?.count).toBe(100);
}, 90_000);
