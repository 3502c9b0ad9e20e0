import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/lib/crypto.ts';
import { secretPlace } from '../../src/mailboxes/model.ts';
import { insertMailbox, listMailboxes } from '../../src/mailboxes/store.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { TRIAL_PASSWORD } from '../../src/trial/trial-database.ts';
import { mailOf } from '../mail/fixture.ts';
import type { Taken } from './desk.ts';
import { addressOf, DESK, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

const BILLING = 'billing@desk.test';
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  const [support] = await listMailboxes(desk.db);
  if (support === undefined) throw new Error('no mailbox');
  const address = addressOf(BILLING);
  const imapSecret = desk.keys.box.seal(new Secret(TRIAL_PASSWORD), secretPlace(address, 'imap'));
  await insertMailbox(desk.db, { ...support, id: undefined, address, imapSecret } as never);
  desk.startWorker();
});
afterAll(() => desk.close());

let written = 0;
/** A mail of its own sender; with the same `content` it says the same. */
function mail(id: string | null, content: string, from: string): Buffer {
  return mailOf(
    [
      `From: ${from}`,
      `To: ${DESK}`,
      'Subject: The lamp',
      'Date: Sat, 21 Nov 2026 12:00:00 +0000',
      ...(id === null ? [] : [`Message-ID: <${id}@sender.example>`]),
    ],
    `${content}\r\n`,
  );
}

async function take(box: string, bytes: Buffer): Promise<Taken> {
  const known = await desk.countTaken();
  // Each journey leaves its own trace.
  written += 1;
  await desk.mail.deliver(box, Buffer.concat([Buffer.from(`Received: by hop${written}.example\r\n`), bytes]));
  return desk.untilTaken(known);
}

// What the second of two mails is, by what is the same as in the first (DESIGN 5.1, FEATURES B-08).
describe('a mail is the same mail by its content', () => {
  test.each<[id: 'same' | 'other' | 'missing' | 'first missing', content: 'same' | 'other', box: string, is: string]>([
    ['same', 'same', DESK, 'duplicate'],
    ['same', 'same', BILLING, 'duplicate'],
    ['same', 'other', DESK, 'another'],
    ['same', 'other', BILLING, 'another'],
    ['other', 'same', DESK, 'repeat'],
    ['other', 'same', BILLING, 'repeat'],
    ['other', 'other', DESK, 'another'],
    ['other', 'other', BILLING, 'another'],
    ['missing', 'same', DESK, 'duplicate'],
    ['missing', 'same', BILLING, 'duplicate'],
    ['missing', 'other', DESK, 'another'],
    ['missing', 'other', BILLING, 'another'],
    ['first missing', 'same', DESK, 'repeat'],
    ['first missing', 'same', BILLING, 'repeat'],
    ['first missing', 'other', DESK, 'another'],
    ['first missing', 'other', BILLING, 'another'],
  ])('%s Message-ID, %s content, second time to %s: %s', async (id, content, box, is) => {
    written += 1;
    const [from, name] = [`p${written}@customer.example`, `m${written}`];
    const isFirstMissing = id === 'missing' || id === 'first missing';
    const secondId = id === 'missing' ? null : id === 'same' ? name : `${name}.again`;
    const first = await take(DESK, mail(isFirstMissing ? null : name, 'It is dark.', from));
    const second = await take(box, mail(secondId, content === 'same' ? 'It is dark.' : 'It smells.', from));
    expect(first.verdict).toBe('opened');
    if (is === 'duplicate') {
      expect(second).toMatchObject({ verdict: 'duplicate', duplicateOf: first.id, ticketId: first.ticketId });
      return;
    }
    expect(second.verdict).toBe('opened');
    expect(second.ticketId).not.toBe(first.ticketId);
    const [entry] = await desk.db.sql<{ flags: readonly string[] }[]>`
      select flags from ticket_entries where ticket_id = ${second.ticketId}`;
    expect(entry?.flags.includes('probable_repeat')).toBe(is === 'repeat');
    const [owed] = await desk.owed(second.ticketId);
    expect(owed?.reason ?? null).toEqual(is === 'repeat' ? expect.stringContaining('the same words came') : null);
  });

  test('one that came through two mailboxes is one entry, which names both', async () => {
    const bytes = mail('both', 'To both.', 'zoe@customer.example');
    const { ticketId } = await take(DESK, bytes);
    await take(BILLING, bytes);
    const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
    const { entries } = await desk.done(showTicket, { number: ticket?.number });
    expect(entries).toHaveLength(1);
    expect(entries[0]?.notes).toContain(`the same mail came also to ${BILLING}`);
  });
});

test('what was held is in no ticket, so the same words sent again are no repeat', async () => {
  const from = 'yara@customer.example';
  await desk.withToggle('create_ticket_from_mail', 'off', async () => {
    expect(await take(DESK, mail('held', 'It is dark.', from))).toMatchObject({ status: 'held' });
  });
  const again = await take(DESK, mail('held.again', 'It is dark.', from));
  expect(await desk.owed(again.ticketId)).toMatchObject([{ reason: null }]);
});

test('two machines that answer each other: ours falls silent, and every mail of the other is still a ticket', async () => {
  const from = 'robot@machine.example';
  const taken: Taken[] = [];
  for (let round = 0; round < 6; round += 1) {
    taken.push(await take(DESK, mail(`robot${round}`, `Thank you for your message number ${round}.`, from)));
  }
  expect(taken.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 6 }, () => 'opened'));
  const owed = (await Promise.all(taken.map(({ ticketId }) => desk.owed(ticketId)))).flat();
  expect(owed.map(({ state }) => state === 'suppressed')).toEqual([false, false, false, true, true, true]);
  expect(owed[4]?.reason).toContain('as a machine would write');
  await desk.db.sql`update mail_rhythms set last_at = last_at - interval '2 hours'`;
  await desk.db.sql`update budgets set updated_at = updated_at - interval '2 hours', level = 0`;
  const probe = await take(DESK, mail('robot.probe', 'And good night.', from));
  await until('the probe is answered', async () =>
    (await desk.owed(probe.ticketId))[0]?.state === 'sent' ? true : null,
  );
});
