import { z } from 'zod';
import { actorLabel, isAllowed } from '../access/actor.ts';
import { addressField, bodyField, nameField, optionalNameField, quoted } from '../access/fields.ts';
import { readCustom } from '../access/contact-values.ts';
import { giveAddress } from '../access/give-address.ts';
import { nearest } from '../lib/nearest.ts';
import type { ChangeContext, Happened } from '../access/operation.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact, noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { notAllowed, refusal } from '../access/refusal.ts';
import { operatorField, readAssignee } from '../access/staff-reference.ts';
import {
  holdTicketPeople,
  loadStanding,
  PEOPLE_FIELDS,
  putTicketPeople,
  readTicketPeople,
} from '../access/ticket-people.ts';
import { isActive, PUBLIC_MAIL_DOMAINS } from '../contacts/model.ts';
import type { Person } from '../contacts/person-store.ts';
import { findPeople, personWords } from '../contacts/person-store.ts';
import { findCustomerByName, findDomainCustomers, getUnassignedCustomer, insertContact } from '../contacts/store.ts';
import type { ContactId, CustomerId, TicketId } from '../db/ids.ts';
import { TICKET_STATUSES } from '../db/schema/tickets.ts';
import { takeIds } from '../db/sequences.ts';
import type { AudienceRole } from '../events/audience.ts';
import { AUDIENCE_ROLES, NOT_CHOSEN, TICKET_ROLES } from '../events/audience.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { findMuted } from '../notifications/muted.ts';
import { findSuppressed } from '../notifications/store.ts';
import { putAssignment } from './list-store.ts';
import { listHouse } from './participant-store.ts';
import { addRecord } from './record.ts';
import { insertTickets, setTicketStatuses } from './store.ts';

const NOTIFY_WORDS: readonly string[] = [...AUDIENCE_ROLES, 'nobody'];

/** Roles, parted by commas or as a list; `nobody` alone. */
const notifyField = z
  .union([z.string().transform((written) => written.split(',').map((word) => word.trim())), z.array(z.string())])
  .transform((words, context): readonly AudienceRole[] => {
    const roles = AUDIENCE_ROLES.filter((role) => words.includes(role));
    const wrong = words.find((word) => !NOTIFY_WORDS.includes(word));
    if (wrong === undefined && words.length > 0 && (roles.length === 0 || !words.includes('nobody'))) return roles;
    const meant = wrong === undefined ? null : nearest(wrong, NOTIFY_WORDS);
    const isNot = wrong === undefined ? '' : `, not ${quoted(wrong)}${meant === null ? '' : ` (${meant}?)`}`;
    context.addIssue({ code: 'custom', message: `is nobody, or some of ${AUDIENCE_ROLES.join(',')}${isNot}` });
    return z.NEVER;
  });

const INPUT = z
  .strictObject({
    for: contactField,
    subject: nameField,
    text: bodyField,
    mailbox: addressField.optional(),
    customer: nameField.optional(),
    newContact: z.boolean().default(false),
    firstName: optionalNameField,
    lastName: optionalNameField,
    ...PEOPLE_FIELDS,
    notify: notifyField.default([...TICKET_ROLES]),
    status: z.enum(TICKET_STATUSES).default('open'),
    assign: operatorField.optional(),
  })
  // FEATURES P-04: what is required of whoever is added by hand.
  .refine(({ newContact, firstName }) => !newContact || firstName !== '', {
    path: ['firstName'],
    message: 'is missing: a new contact has one',
  })
  .refine(({ newContact, lastName }) => !newContact || lastName !== '', {
    path: ['lastName'],
    message: 'is missing: a new contact has one',
  })
  .refine(({ newContact, firstName, lastName }) => newContact || (firstName === '' && lastName === ''), {
    path: ['newContact'],
    message: 'is missing: names are for a contact who is made together with the ticket',
  });
type Input = z.infer<typeof INPUT>;

/**
 * Opens a ticket for somebody (FEATURES P-13), who may be made a contact in the same step (P-11). Whoever opens it
 * chooses who is told; its text is in the record as the operator's words.
 */
export const openTicketByHand = changeOperation({
  name: 'ticket.open',
  permission: 'ticket.write',
  input: INPUT,
  run: async (context, input) => {
    const { tx, actor } = context;
    await holdTicketPeople(tx, input, input.for);
    const mailbox = await readMailbox(context, input.mailbox);
    if (!mailbox.ok) return mailbox;
    const requester = await readRequester(context, input, mailbox.value);
    if (!requester.ok) return requester;
    const { ownerId: contactId, customerId } = requester.value;
    const named = await readTicketPeople(context, customerId, input);
    if (!named.ok) return named;
    const assignee = input.assign === undefined ? ok(null) : await readAssignee(tx, input.assign);
    if (!assignee.ok) return assignee;

    const ids = await takeIds(tx, { contacts: 0, tickets: 1, ticket_entries: 0, events: 0 });
    const id = ids.tickets[0] as TicketId;
    const { id: mailboxId, displayName, teamId } = mailbox.value;
    const ticket = { id, mailboxId, customerId, requesterId: contactId, subject: input.subject };
    const number = (await insertTickets(tx, [ticket])).get(id);
    if (number === undefined) throw new Error(`ticket ${id} got no number`);
    const put = await putTicketPeople(tx, id, named.value);
    if (!put.ok) return put;
    const author = { label: actorLabel(actor), name: actor.is === 'operator' ? actor.name : displayName };
    const entryId = await addRecord(tx, id, 'reply', author, input.text);
    if (input.status !== 'open') await setTicketStatuses(tx, [{ id, status: input.status }]);
    if (assignee.value !== null) await putAssignment(tx, id, { assigneeId: assignee.value.id, teamId });

    const about = { ticketId: id, contactId, inboundId: null };
    const events: Happened[] = [
      ...(input.newContact ? [createdNow(contactId, input.notify)] : []),
      { kind: 'ticket_opened_by_operator', entryId, ...about, notify: input.notify },
      ...(assignee.value === null
        ? []
        : [
            {
              kind: 'ticket_assigned',
              entryId,
              ...about,
              payload: { assigneeId: assignee.value.id, teamId: null },
            } as const,
          ]),
    ];
    const standing = await loadStanding(tx, id);
    const output = {
      number,
      status: input.status,
      requester: personWords(requester.value),
      customer: requester.value.customer,
      newContact: input.newContact ? contactId : null,
      assignee: assignee.value?.name ?? null,
      ...standing,
      ...(await whoIsTold(context, id, standing.audience, input.notify)),
    };
    return changed(output, events, { from: null, to: { number, requesterId: contactId, status: input.status } });
  },
});

/** About the person, not about the ticket; who is not to be told of theirs is not welcomed either. */
const createdNow = (contactId: ContactId, notify: readonly AudienceRole[]): Happened => ({
  kind: 'contact_created',
  ticketId: null,
  entryId: null,
  contactId,
  inboundId: null,
  refusal: notify.includes('requester') ? null : NOT_CHOSEN,
});

/** The one given, else the only one there is. */
async function readMailbox(
  { tx }: ChangeContext,
  address: EmailAddress | undefined,
): Promise<Result<Mailbox, Refusal>> {
  const all = await listMailboxes(tx);
  const [only] = all;
  const found =
    address === undefined ? (all.length === 1 ? only : undefined) : all.find((one) => one.address === address);
  if (found !== undefined) return ok(found);
  const see = 'See all with: deskbell mailbox list';
  if (address !== undefined) {
    return err(refusal('mailbox_not_found', `The desk has no mailbox ${address}.`, see));
  }
  if (only === undefined)
    return err(refusal('mailbox_not_found', 'The desk has no mailbox yet.', 'Add one: deskbell mailbox add'));
  const message = `The desk has ${all.length} mailboxes, and the ticket is of one of them.`;
  return err(refusal('mailbox_unsaid', message, `Say which, such as: --mailbox ${only.address}`));
}

/** Whose ticket it will be: somebody active (FEATURES P-06), or an address that becomes a contact now (P-11). */
async function readRequester(context: ChangeContext, input: Input, mailbox: Mailbox): Promise<Result<Person, Refusal>> {
  const { tx, clock } = context;
  const key = asContactKey(input.for);
  const person = (await findPeople(tx, [key])).get(key);
  if (person === undefined)
    return typeof input.for === 'number' ? err(noContact(input.for)) : newContact(context, input, input.for, mailbox);
  const name = personWords(person);
  if (input.newContact) {
    const message = `${input.for} is ${name} already, contact ${person.contactId} of ${person.customer}.`;
    return err(refusal('contact_exists', message, 'Leave out --new-contact and the names.'));
  }
  if (!isActive(person, clock.now())) return err(notActive(person));
  if (input.customer !== undefined && (await findCustomerByName(tx, input.customer)) !== person.customerId) {
    const message = `${name} is of ${person.customer}, not of ${quoted(input.customer)}.`;
    return err(refusal('other_customer', message, "Leave out --customer: a ticket is of its requester's customer."));
  }
  return ok(person);
}

function notActive(person: Person): Refusal {
  const { contactId, status, deactivatedUntil } = person;
  if (status === 'deleted') {
    const message = `Contact ${contactId} was deleted, and nobody is behind that number any more.`;
    return refusal('contact_not_active', message, 'Name somebody else.');
  }
  const until = deactivatedUntil === null ? '' : ` until ${deactivatedUntil.toISOString().slice(0, 10)}`;
  const message = `${personWords(person)} is deactivated${until}, so no new ticket of theirs is opened, however it comes.`;
  return refusal('contact_not_active', message, `Make them active first: deskbell contact activate ${contactId}`);
}

async function newContact(
  context: ChangeContext,
  { newContact: isWanted, firstName, lastName, customer: written }: Input,
  address: EmailAddress,
  { defaultCustomerId }: Mailbox,
): Promise<Result<Person, Refusal>> {
  const { tx, actor } = context;
  if (!isWanted) {
    const mend = 'To make one together with the ticket: --new-contact --first-name <name> --last-name <name>';
    return err(refusal('contact_not_found', `There is no contact ${address}.`, mend));
  }
  if (!isAllowed(actor, 'contact.manage')) return err(notAllowed(actor, 'contact.manage'));
  const custom = await readCustom(tx, 'contact', {}, {}, true);
  if (!custom.ok) {
    const message = `A new contact has more than a name: ${custom.error.map(({ says }) => says).join('; ')}.`;
    return err(refusal('contact_incomplete', message, `Add them first: deskbell contact add --address ${address}`));
  }
  const named = written === undefined ? null : await findCustomerByName(tx, written);
  if (written !== undefined && named === null) return err(noCustomer(written));
  const customerId = named ?? (await customerOfDomain(context, address)) ?? defaultCustomerId;
  const contactId = await insertContact(tx, {
    customerId: customerId ?? (await getUnassignedCustomer(tx)),
    firstName,
    lastName,
    status: 'active',
    deactivatedUntil: null,
    createdBy: actorLabel(actor),
  });
  const refused = await giveAddress(tx, address, contactId, true);
  if (refused !== null) return err(refused);
  const person = (await findPeople(tx, [contactId])).get(contactId);
  if (person === undefined) throw new Error(`contact ${contactId} is gone`);
  return ok(person);
}

async function customerOfDomain({ tx }: ChangeContext, address: EmailAddress): Promise<CustomerId | null> {
  const domain = domainOf(address);
  return PUBLIC_MAIL_DOMAINS.has(domain) ? null : ((await findDomainCustomers(tx, [domain])).get(domain) ?? null);
}

/** To whom the mail about it goes, each once; and to whom not though they were chosen. */
async function whoIsTold(
  { tx, actor }: ChangeContext,
  ticketId: TicketId,
  audience: Awaited<ReturnType<typeof loadStanding>>['audience'],
  notify: readonly AudienceRole[],
) {
  const chosen = [...audience, ...(await listHouse(tx, ticketId))].filter(
    // Whoever opens it knows that it is there.
    ({ role, address }) => notify.includes(role) && !(actor.is === 'operator' && actor.address === address),
  );
  const participants = [...new Map(chosen.map((row) => [row.address, row])).values()];
  const suppressed = await findSuppressed(
    tx,
    participants.map(({ address }) => address),
  );
  const personId = audience.find(({ role }) => role === 'requester')?.contactId ?? null;
  const muted = await findMuted(tx, 'ticket_opened_for_you', { id: ticketId, personId }, participants);
  const notTold = participants.flatMap(({ address, isActive: mayBeTold }) => {
    const reason = mayBeTold ? (muted.get(address) ?? suppressed.get(address)) : 'the contact is not active';
    return reason === undefined ? [] : [{ address, reason, isMuted: mayBeTold && muted.has(address) }];
  });
  return { participants, notTold };
}
