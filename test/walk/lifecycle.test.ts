import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAddress } from '../../src/contacts/address-operations.ts';
import { activateContact, deactivateContact } from '../../src/contacts/lifecycle-operations.ts';
import { moveAddress } from '../../src/contacts/move-operations.ts';
import { addContact } from '../../src/contacts/operations.ts';
import type { TicketId } from '../../src/db/ids.ts';
import { deleteContact } from '../../src/erasure/operations.ts';
import { processMessage } from '../../src/inbound/process-operations.ts';
import { clearToggle, setToggle } from '../../src/settings/operations.ts';
import { closeTicket, replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { DESK, letter, MX, openDesk, proven, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

const inReplyTo = (id: string) => [`In-Reply-To: ${id}`, `References: ${id}`];

async function conversation(from: string) {
  const { ticketId } = await desk.take(letter(from));
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const { messageId: ours } = await desk.acknowledgement(ticketId);
  // It has arrived; that it has is known a moment later.
  await until('the acknowledgement is said to be sent', async () =>
    (await desk.owed(ticketId)).every(({ state }) => state === 'sent') ? true : null,
  );
  return { ticketId, number: ticket?.number ?? 0, ours };
}

const statusOf = async (ticketId: TicketId | null) => {
  const [row] = await desk.db.sql<{ status: string }[]>`select status from tickets where id = ${ticketId}`;
  return row?.status;
};
const closedDaysAgo = (ticketId: TicketId | null, days: number) => desk.db.sql`
  update tickets set status = 'closed', closed_at = now() - ${days} * interval '1 day' where id = ${ticketId}`;
const contactOf = async (address: string) => {
  const [row] = await desk.db.sql<{ id: number; verifiedBy: string | null }[]>`
    select contact_id as id, verified_by as "verifiedBy" from contact_addresses where address = ${address}`;
  return row ?? null;
};

/** What keeps somebody's mail from opening tickets, how it is done and undone, and the reason their mail is held for. */
const KEPT = [
  {
    who: 'P-06: a deactivated contact',
    reason: 'non_active_contact',
    keep: (contact: string) => desk.done(deactivateContact, { contact }),
    free: (contact: string) => desk.done(activateContact, { contact }),
  },
  {
    who: 'P-06: a contact deactivated until a day to come',
    reason: 'non_active_contact',
    keep: (contact: string) => desk.done(deactivateContact, { contact, until: new Date(Date.now() + 86_400_000) }),
    free: (contact: string) => desk.db.sql`
      update contacts set deactivated_until = now() - interval '1 second'
      where id = (select contact_id from contact_addresses where address = ${contact})`,
  },
  {
    who: 'P-08: a contact for whom no tickets are made',
    reason: 'auto_ticket_off',
    keep: (contact: string) => desk.done(setToggle, { toggle: 'create_ticket_from_mail', value: 'off', contact }),
    free: (contact: string) => desk.done(clearToggle, { toggle: 'create_ticket_from_mail', contact }),
  },
];

describe.each(KEPT)('$who', ({ who, reason, keep, free }) => {
  const from = `kept${KEPT.findIndex((one) => one.who === who)}@customer.example`;
  let talk: Awaited<ReturnType<typeof conversation>>;
  beforeAll(async () => {
    talk = await conversation(from);
    await keep(from);
  });

  test('opens no ticket by mail: it is held, and says why', async () => {
    expect(await desk.take(letter(from))).toMatchObject({ status: 'held', reason, ticketId: null });
  });

  test('opens none by naming a ticket without answering it', async () => {
    const forward = letter(from, [...inReplyTo(talk.ours), 'Subject: Fwd: something else']);
    expect(await desk.take(forward)).toMatchObject({ status: 'held', reason, ticketId: null });
  });

  test('may go on in an open ticket, and is answered there by operators', async () => {
    const reply = await desk.take(letter(from, inReplyTo(talk.ours)));
    expect(reply).toMatchObject({ verdict: 'appended', ticketId: talk.ticketId });
    await desk.done(replyToTicket, { number: talk.number, text: 'Good news.' });
    const answer = await until('the answer has arrived', async () =>
      (await desk.inbox(from)).some((text) => text.includes('Good news.')) ? true : null,
    );
    expect(answer).toBe(true);
  });

  test('a reply to a ticket that was closed within the reopen period joins and reopens it', async () => {
    await closedDaysAgo(talk.ticketId, 3);
    expect(await desk.take(letter(from, inReplyTo(talk.ours)))).toMatchObject({
      verdict: 'appended',
      ticketId: talk.ticketId,
    });
    expect(await statusOf(talk.ticketId)).toBe('open');
  });

  test('section 2.2: a reply that would open another ticket is refused and held', async () => {
    await closedDaysAgo(talk.ticketId, 40);
    expect(await desk.take(letter(from, inReplyTo(talk.ours)))).toMatchObject({
      status: 'held',
      reason,
      ticketId: null,
    });
    expect(await statusOf(talk.ticketId)).toBe('closed');
  });

  test('opens tickets again when that is over', async () => {
    await free(from);
    expect(await desk.take(letter(from))).toMatchObject({ verdict: 'opened' });
  });
});

test('P-06: automatic mail does not go to a contact who is not active, and a row says so', async () => {
  const { number, ticketId } = await conversation('quiet@customer.example');
  await desk.done(deactivateContact, { contact: 'quiet@customer.example' });
  await desk.done(closeTicket, { number });
  expect((await desk.owed(ticketId)).at(-1)).toMatchObject({
    state: 'suppressed',
    reason: 'the contact is not active',
  });
});

describe('P-07: mail from the address of a deleted contact', () => {
  test('is held, also when it answers a ticket of theirs with our token, and nobody is made', async () => {
    const { ours, ticketId, number } = await conversation('Gone Girl <gone@customer.example>');
    await desk.done(deleteContact, { contact: 'gone@customer.example', confirm: 'gone@customer.example' });
    const held = { status: 'held', reason: 'deleted_contact', ticketId: null };
    expect(await desk.take(letter('gone@customer.example'))).toMatchObject(held);
    expect(await desk.take(letter('gone@customer.example', inReplyTo(ours)))).toMatchObject(held);
    expect(await contactOf('gone@customer.example')).toBeNull();
    expect((await desk.done(showTicket, { number })).participants).toEqual([]);
    expect((await desk.owed(ticketId)).map(({ recipient }) => recipient)).toEqual(['deleted contact']);
  });

  test('makes a contact anew where the toggle says so, and leaves no tombstone', async () => {
    const { ours } = await conversation('back@customer.example');
    const before = await contactOf('back@customer.example');
    await desk.done(deleteContact, { contact: 'back@customer.example', confirm: 'back@customer.example' });
    await desk.withToggle('recreate_deleted_contact', 'on', async () => {
      // What they once took part in is not theirs any more: whoever it is now, operators let them in.
      expect(await desk.take(letter('back@customer.example', inReplyTo(ours)))).toMatchObject({ verdict: 'airlocked' });
      expect(await desk.take(letter('back@customer.example'))).toMatchObject({ verdict: 'opened' });
    });
    const after = await contactOf('back@customer.example');
    expect(after).not.toBeNull();
    expect(after?.id).not.toBe(before?.id);
    expect(await desk.take(letter('back@customer.example'))).toMatchObject({ verdict: 'opened' });
  });

  test('makes none anew where mail is to make no contacts at all', async () => {
    await conversation('still@customer.example');
    await desk.done(deleteContact, { contact: 'still@customer.example', confirm: 'still@customer.example' });
    await desk.withToggle('recreate_deleted_contact', 'on', () =>
      desk.withToggle('create_contact_from_mail', 'off', async () => {
        const held = { status: 'held', reason: 'contact_creation_off' };
        expect(await desk.take(letter('still@customer.example'))).toMatchObject(held);
      }),
    );
  });

  test('goes on when an operator says so for one mail, as somebody new or as nobody', async () => {
    await conversation('one@customer.example');
    await desk.done(deleteContact, { contact: 'one@customer.example', confirm: 'one@customer.example' });
    const decided = async (id: number) => {
      // Another mail wakes the worker, which would look by itself within half a minute.
      await desk.mail.deliver(DESK, letter('bystander@customer.example'));
      return until('it is decided anew', async () => {
        const [row] = await desk.db.sql<{ requester: number | null }[]>`
          select t.requester_id as requester from inbound_messages m join tickets t on t.id = m.ticket_id where m.id = ${id}`;
        return row ?? null;
      });
    };
    const { id: anyway } = await desk.take(letter('one@customer.example'));
    await desk.done(processMessage, { message: anyway, anyway: true });
    expect(await decided(anyway)).toEqual({ requester: null });
    const { id } = await desk.take(letter('one@customer.example'));
    await desk.done(processMessage, { message: id, with: ['recreate_deleted_contact=on'] });
    expect((await decided(id)).requester).toBe((await contactOf('one@customer.example'))?.id);
  });

  test('is not held any more when the address is given to somebody by hand, and that is said', async () => {
    await conversation('again@customer.example');
    await desk.done(deleteContact, { contact: 'again@customer.example', confirm: 'again@customer.example' });
    const added = await desk.done(addContact, {
      firstName: 'Ida',
      lastName: 'Again',
      customer: 'Unassigned',
      addresses: ['again@customer.example'],
    });
    expect(added?.tombstonesLifted).toEqual(['again@customer.example']);
    const more = await desk.done(addAddress, { contact: added?.id, address: 'fresh@customer.example' });
    expect(more?.tombstonesLifted).toEqual([]);
    expect(await desk.take(letter('again@customer.example'))).toMatchObject({ verdict: 'opened' });
  });
});

describe('P-02: an address', () => {
  test('is verified by the first authenticated mail that opens or joins a ticket, and by no other', async () => {
    const { ours } = await conversation('vera@proof.example');
    expect((await contactOf('vera@proof.example'))?.verifiedBy).toBeNull();
    await desk.done(addAddress, { contact: 'vera@proof.example', address: 'vera@second.example' });
    await desk.take(proven('vera@second.example', inReplyTo(ours)));
    expect((await contactOf('vera@second.example'))?.verifiedBy).toBe('mail');
    expect((await contactOf('vera@proof.example'))?.verifiedBy).toBeNull();
    await desk.take(proven('new@proof.example'));
    expect((await contactOf('new@proof.example'))?.verifiedBy).toBe('mail');
    // Held mail has become nothing yet.
    await desk.done(deactivateContact, { contact: 'vera@proof.example' });
    await desk.take(proven('vera@proof.example'));
    expect((await contactOf('vera@proof.example'))?.verifiedBy).toBeNull();
  });

  test('that moved brings answers to tickets its new owner takes part in, and to others for operators alone', async () => {
    const { ours, ticketId } = await conversation('office@moving.example');
    await desk.done(addAddress, { contact: 'office@moving.example', address: 'ulf@moving.example', primary: true });
    const ida = await desk.done(addContact, {
      firstName: 'Ida',
      lastName: 'Moving',
      customer: 'Unassigned',
      addresses: ['ida@moving.example'],
    });
    await desk.done(moveAddress, { address: 'office@moving.example', to: ida?.id });
    expect(await desk.take(letter('office@moving.example', inReplyTo(ours)))).toMatchObject({
      verdict: 'airlocked',
      ticketId,
    });
    // The old owner takes part still, from wherever they write.
    expect(await desk.take(letter('ulf@moving.example', inReplyTo(ours)))).toMatchObject({
      verdict: 'appended',
      ticketId,
    });
    await desk.db.sql`
      insert into ticket_participants (ticket_id, contact_id, role) values (${ticketId}, ${ida?.id ?? 0}, 'cc')`;
    expect(await desk.take(letter('office@moving.example', inReplyTo(ours)))).toMatchObject({
      verdict: 'appended',
      ticketId,
    });
  });
});
