import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketId } from '../../src/db/ids.ts';
import { letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// FEATURES B-05: whoever answers a mail has it, so its fate is known.
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

/** A conversation whose acknowledgement left its sender, as far as anybody knows, perhaps. */
async function uncertain(from: string) {
  const { ticketId } = await desk.take(letter(from));
  const { messageId } = await desk.acknowledgement(ticketId);
  // It arrives before the worker has written that it went.
  await until('it was sent', async () => ((await fateOf(ticketId))?.state === 'sent' ? true : null));
  await desk.db.sql`
    update notifications set state = 'uncertain', reason = 'lost', sent_at = null, next_attempt_at = now() + interval '1 day'
    where ticket_id = ${ticketId}`;
  return { ticketId, messageId };
}

const fateOf = async (ticketId: TicketId | null) => (await desk.owed(ticketId))[0];

test('a reply of its recipient says that an uncertain mail arrived', async () => {
  const { ticketId, messageId } = await uncertain('ana@customer.example');
  await desk.take(letter('ana@customer.example', [`In-Reply-To: ${messageId}`, `References: ${messageId}`]));
  expect(await fateOf(ticketId)).toMatchObject({ state: 'sent', reason: null });
  const record = await desk.db.sql`
    select d.outcome, d.reply from deliveries d join notifications n on n.id = d.notification_id
    where n.ticket_id = ${ticketId} order by d.id desc limit 1`;
  expect(record).toEqual([{ outcome: 'answered', reply: 'its recipient answered it' }]);
});

test.each([
  ['somebody else answers it', 'stranger@elsewhere.example', (id: string) => [`In-Reply-To: ${id}`]],
  [
    'they answer another mail of the thread',
    null,
    (id: string) => ['In-Reply-To: <another@desk.test>', `References: ${id} <another@desk.test>`],
  ],
] as const)('nothing is known when %s', async (name, other, lines) => {
  const from = `${name.split(' ')[0]}@customer.example`;
  const { ticketId, messageId } = await uncertain(from);
  await desk.take(letter(other ?? from, lines(messageId)));
  expect(await fateOf(ticketId)).toMatchObject({ state: 'uncertain' });
});
