import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { processMessage } from '../../src/inbound/process-operations.ts';
import { readRawMessage } from '../../src/inbound/raw-operations.ts';
import { mailOf } from '../mail/fixture.ts';
import type { Taken } from './desk.ts';
import { addressOf, DESK, dmarc, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

/** Another mail wakes the worker, which would look by itself within half a minute. */
async function untilDone(id: number): Promise<Taken> {
  await desk.mail.deliver(DESK, letter('bystander@customer.example'));
  return until('the message is done', async () => {
    const [row] = await desk.db.sql<Taken[]>`
      select id, status, verdict, reason, rule, ticket_id as "ticketId", duplicate_of as "duplicateOf"
      from inbound_messages where id = ${id} and status = 'done'`;
    return row ?? null;
  });
}
const why = async (id: number) => {
  const [found] = await explainMessages(desk.db, String(id));
  return found === undefined ? '' : explanationLines(found).join('\n');
};

test('a mail that a toggle held says which, and goes on with another choice for it alone', async () => {
  await desk.withToggle('create_contact_from_mail', 'off', async () => {
    const held = await desk.take(letter('ana@customer.example'));
    expect(held).toMatchObject({ status: 'held', reason: 'contact_creation_off' });
    expect(await why(held.id)).toContain(`deskbell process ${held.id} --with create_contact_from_mail=on`);
    await expect(desk.done(processMessage, { message: held.id })).rejects.toThrow('still_held');
    await desk.done(processMessage, { message: held.id, with: ['create_contact_from_mail=on'] });
    const done = await untilDone(held.id);
    expect(done).toMatchObject({ verdict: 'opened', rule: 'new_ticket' });
    expect(await why(held.id)).toContain('released  by system:cli, with create_contact_from_mail = on');
    await desk.acknowledgement(done.ticketId);
    await expect(desk.done(processMessage, { message: held.id })).rejects.toThrow('not_held');
  });
});

test('an agent chooses for a message what lets it go on; what its sender is sent is for those who set toggles', async () => {
  const address = addressOf('mira@desk.example');
  const id = await insertOperator(desk.db, { address, name: 'Mira Holt', role: 'agent' });
  if (id === null) throw new Error('no operator');
  const mira = { is: 'operator', id, name: 'Mira Holt', address, role: 'agent' } as const;
  await desk.withToggle('create_contact_from_mail', 'off', async () => {
    const held = await desk.take(letter('dan@customer.example'));
    const choose = (...choices: string[]) =>
      desk.done(processMessage, { message: held.id, with: ['create_contact_from_mail=on', ...choices] }, mira);
    await expect(choose('welcome_new_contact=on', 'welcome_credentials=password')).rejects.toThrow(
      `welcome_new_contact does not decide whether message ${held.id} goes on, so only who may set toggles chooses it.`,
    );
    await choose();
    expect(await untilDone(held.id)).toMatchObject({ verdict: 'opened' });
    expect(await why(held.id)).toContain('released  by Mira Holt, with create_contact_from_mail = on');
    expect(await why(held.id)).toContain('asked create_contact_from_mail = on, set for the desk by Mira Holt on');
  });
});

test('a mail is there byte for byte, whatever became of it', async () => {
  const bytes = mailOf(['From: nobody at all', 'Subject: Raw', 'Message-ID: <raw@x.example>'], 'one\r\ntwo\r\n');
  const held = await desk.take(bytes);
  const raw = await desk.done(readRawMessage, { message: held.id });
  expect(raw.bytes.toString('latin1').endsWith(bytes.toString('latin1'))).toBe(true);
  await expect(desk.done(readRawMessage, { message: 999_999 })).rejects.toThrow('message_not_found');
});

test('when the toggle has been changed since, it goes on as it is', async () => {
  const held = await desk.withToggle('create_ticket_from_mail', 'off', () => desk.take(letter('bo@customer.example')));
  expect(held.status).toBe('held');
  await desk.done(processMessage, { message: held.id });
  expect(await untilDone(held.id)).toMatchObject({ verdict: 'opened' });
});

test('a mail of nobody waits unless a toggle opens it; let go on anyway it is a ticket of nobody, and nobody is answered', async () => {
  const held = await desk.take(mailOf(['From: nobody here', 'Subject: Hello', 'Message-ID: <n@x.example>']));
  expect(held).toMatchObject({ status: 'held', reason: 'no_sender' });
  expect(await why(held.id)).toContain(`deskbell process ${held.id} --with unnamed_sender=open`);
  await desk.done(processMessage, { message: held.id, anyway: true });
  const done = await untilDone(held.id);
  expect(done.verdict).toBe('opened');
  expect(await desk.owed(done.ticketId)).toEqual([]);
});

test('a quarantined mail that an operator believes is a ticket, but its sender is never answered', async () => {
  const forged = Buffer.concat([Buffer.from(`${dmarc('fail', 'bank.example')}\r\n`), letter('ceo@bank.example')]);
  const held = await desk.take(forged);
  expect(held.status).toBe('quarantined');
  expect(await why(held.id)).toContain(
    `no toggle would have let it through; to do it all the same: deskbell process ${held.id} --anyway`,
  );
  await desk.done(processMessage, { message: held.id, anyway: true });
  const done = await untilDone(held.id);
  expect(await desk.owed(done.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('was not sent by whom it says') },
  ]);
});

test.each([
  ['a toggle there is not', ['acknowlege=on'], 'no_such_toggle'],
  ['a value it has not', ['acknowledge=maybe'], 'no_such_value'],
])('%s is refused, and the mail waits on', async (_, choices, code) => {
  const held = await desk.withToggle('create_ticket_from_mail', 'off', () =>
    desk.take(letter('cleo@customer.example')),
  );
  await expect(desk.done(processMessage, { message: held.id, with: choices })).rejects.toThrow(code);
  expect(await desk.db.sql`select status from inbound_messages where id = ${held.id}`).toEqual([{ status: 'held' }]);
});
