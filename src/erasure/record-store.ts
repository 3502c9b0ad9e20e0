import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { Erasure } from './model.ts';

/**
 * Decisions do not say any more from which address mail came; whose it was, they say by number. Mail that waits for a
 * person is that of somebody erased: only anew, or past the rules, will it be let through.
 */
export async function eraseFacts(
  tx: Tx,
  { terms, addresses, messageIds }: Erasure,
  withMessages: boolean,
): Promise<void> {
  // Where an address is in nearly all of them: putting a value there costs a tenth of reading the whole for it.
  await tx.sql`
    update decisions set facts = case when facts #>> '{sender,address}' = any(${[...addresses]}::text[])
      then jsonb_set(facts, '{sender,address}', to_jsonb(${DELETED_CONTACT}::text))
      else jsonb_set(facts, '{forwarded,sender,address}', to_jsonb(${DELETED_CONTACT}::text)) end
    where inbound_id = any(${[...messageIds]}::bigint[])
      and (facts #>> '{sender,address}' = any(${[...addresses]}::text[])
        or facts #>> '{forwarded,sender,address}' = any(${[...addresses]}::text[]))`;
  await tx.sql`
    update decisions set facts = regexp_replace(regexp_replace(facts::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb
    where facts::text ~* ${terms.hint}`;
  // What an operator said about it, and whom they named as its sender.
  await tx.sql`
    update inbound_messages set released = regexp_replace(regexp_replace(released::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb
    where released::text ~* ${terms.hint}`;
  await tx.sql`
    update decisions d set facts = jsonb_set(d.facts, '{sender}', jsonb_build_object('is', 'erased',
      'address', ${DELETED_CONTACT}::text, 'customerId', d.facts #> '{sender,customerId}'))
    from inbound_messages m
    where m.id = d.inbound_id and m.id = any(${[...messageIds]}::bigint[]) and m.status in ('held', 'quarantined')
      and d.facts #>> '{sender,is}' in ('contact', 'unknown')`;
  if (!withMessages) return;
  await tx.sql`
    update decisions set facts = jsonb_set(case when facts -> 'forwarded' ? 'subject'
      then jsonb_set(facts, '{forwarded,subject}', '""') else facts end, '{subject}', '""')
    where inbound_id = any(${[...messageIds]}::bigint[])`;
}

/** The operations that are about contacts: their input is who they are. */
const ABOUT_CONTACTS = ['contact.%', 'address.%'];
/** Under what these write a contact's number: other numbers are versions, customers, or how many. */
const CONTACT_KEYS = ['id', 'contact', 'other', 'into', 'to', 'partOf', 'standsFor', 'merged'];

/**
 * The audit says who did what to that contact and when, but nothing of what it was; what was done to others does not
 * name them any more.
 */
export async function eraseAudit(tx: Tx, { ids, terms }: Erasure): Promise<void> {
  const isOne = CONTACT_KEYS.flatMap((key) => ids.map((id) => `@.${key} == ${id}`));
  const isTheirs = `$.** ? (${isOne.join(' || ')})`;
  await tx.sql`
    update audit_rows set input = jsonb_build_object('contact', ${ids[0] ?? null}::bigint, 'erased', true), changes = null
    where operation like any(${ABOUT_CONTACTS}::text[])
      and (input @? ${isTheirs}::text::jsonpath or changes @? ${isTheirs}::text::jsonpath
        or (input::text ~* ${terms.hint} and input::text ~* ${terms.addresses})
        or (changes::text ~* ${terms.hint} and changes::text ~* ${terms.addresses}))`;
  await tx.sql`
    update audit_rows set
      input = regexp_replace(regexp_replace(input::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb,
      changes = regexp_replace(regexp_replace(changes::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb
    where input::text ~* ${terms.hint} or changes::text ~* ${terms.hint}`;
}
