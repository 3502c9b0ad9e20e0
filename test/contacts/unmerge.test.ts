import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/access/operation.ts';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { mailOf } from '../mail/fixture.ts';
import { openIntake } from '../support/intake.ts';
import { seedContact, seedMailbox } from '../support/seed.ts';

let parsePool: ParsePool;
beforeAll(() => void (parsePool = createParsePool({ threads: 1 })));
afterAll(() => parsePool.close());

const PEOPLE = ['Ana', 'Bea', 'Cleo', ''] as const;
const person = fc.nat(PEOPLE.length - 1);

/** Mail of somebody: new, or an answer to an earlier one of theirs by its Message-ID, or to what the desk wrote them. */
const mail = fc.record({
  do: fc.constant('mail' as const),
  person,
  address: fc.nat(1),
  answers: fc.constantFrom('nothing', 'own_mail', 'acknowledgement'),
});
const stranger = fc.record({ do: fc.constant('stranger' as const), number: fc.nat(2) });
const merge = fc.record({ do: fc.constant('merge' as const), person, into: person });
const unmerge = fc.record({ do: fc.constant('unmerge' as const), person });
const step = fc.oneof(
  { arbitrary: mail, weight: 5 },
  { arbitrary: stranger, weight: 1 },
  { arbitrary: merge, weight: 3 },
  { arbitrary: unmerge, weight: 1 },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  readonly dump: unknown;
  readonly merges: number;
  /** Mails of somebody who was merged when they came. */
  readonly meanwhile: number;
}

/** Plays a history in a new desk, with its merges or without, then un-merges everybody, and says what is there. */
async function play(steps: readonly Step[], withMerges: boolean): Promise<Played> {
  const desk = await openTestDesk();
  try {
    await seedMailbox(desk.db);
    await desk.db.sql`insert into customers (name) values ('Lantern'), ('Quarry')`;
    const contacts: number[] = [];
    for (const [index, name] of PEOPLE.entries()) {
      const id = await seedContact(desk.db, name, ...[0, 1].map((of) => addressOf(index, of)));
      await desk.db.sql`
        update contacts set customer_id = (select id from customers where name = ${index % 2 === 0 ? 'Lantern' : 'Quarry'})
        where id = ${id}`;
      contacts.push(id);
    }
    const take = await openIntake(desk.db, desk.deps.keys, parsePool);
    let merges = 0;
    let meanwhile = 0;
    const takeBack = (contact: number | undefined) => perform(desk.deps, CLI, unmergeContact, { contact });
    const lastOf = new Map<string, string>();
    let number = 0;
    for (const one of steps) {
      if (one.do === 'merge' && withMerges) {
        const input = { contact: contacts[one.person], into: contacts[one.into], acrossCustomers: true };
        merges += (await perform(desk.deps, CLI, mergeContacts, input)).ok ? 1 : 0;
      }
      if (one.do === 'unmerge' && withMerges) await takeBack(contacts[one.person]);
      if (one.do !== 'mail' && one.do !== 'stranger') continue;
      number += 1;
      const from = one.do === 'mail' ? addressOf(one.person, one.address) : `stranger${one.number}@elsewhere.example`;
      const parent = one.do === 'mail' ? await answered(desk, one.answers, from, lastOf) : null;
      const id = `<m${number}@sender.example>`;
      const subject = parent === null ? `Question ${number}` : 'Re: Question';
      await take([
        mailOf(
          [
            `From: Whoever <${from}>`,
            `Subject: ${subject}`,
            `Message-ID: ${id}`,
            ...(parent === null ? [] : [`In-Reply-To: ${parent}`]),
          ],
          `Words ${number}\r\n`,
        ),
      ]);
      lastOf.set(from, id);
      const [row] = await desk.db.sql<{ is: boolean }[]>`
        select merged_into_id is not null as is from contacts
        where id = (select contact_id from contact_addresses where address = ${from})`;
      if (row?.is === true) meanwhile += 1;
    }
    for (const contact of contacts) await takeBack(contact);
    return { dump: await dumpOf(desk), merges, meanwhile };
  } finally {
    await desk.drop();
  }
}

const addressOf = (index: number, of: number): string => `p${index}.${of}@home${index}.example`;

async function answered(
  desk: TestDesk,
  what: string,
  from: string,
  lastOf: ReadonlyMap<string, string>,
): Promise<string | null> {
  if (what === 'own_mail') return lastOf.get(from) ?? null;
  if (what === 'nothing') return null;
  const [row] = await desk.db.sql<{ id: string }[]>`
    select message_id as id from notifications where recipient = ${from} order by id desc limit 1`;
  return row?.id ?? null;
}

/**
 * All that a merge might touch, without times and versions, which count it, what random bits made, and the journal itself. Facts say who stood for
 * the sender at that time, which is true for ever: of them the owner of the address is compared.
 */
async function dumpOf({ db: { sql } }: TestDesk): Promise<unknown> {
  return {
    contacts: await sql`
      select id, customer_id, first_name, last_name, status, merged_into_id from contacts order by id`,
    addresses: await sql`select address, contact_id, is_primary from contact_addresses order by address`,
    tickets: await sql`select id, number, customer_id, requester_id, subject, status from tickets order by id`,
    participants: await sql`select ticket_id, contact_id, role from ticket_participants order by 1, 2, 3`,
    entries: await sql`
      select id, ticket_id, kind, visibility, author, author_name, inbound_id, text, flags from ticket_entries order by id`,
    links: await sql`select * from ticket_links order by 1, 2, 3`,
    notifications: await sql`
      select kind, ticket_id, contact_id, recipient, recipient_name, because, state, reason, message_id, view, in_reply_to
      from notifications order by id`,
    messages: await sql`
      select id, status, verdict, reason, rule, ticket_id, entry_id, duplicate_of from inbound_messages order by id`,
    decisions: await sql`
      select inbound_id, rule, trace, facts #- '{sender,contactId}' #- '{sender,customerId}' as facts
      from decisions order by 1`,
    events: await sql`
      select kind, actor, ticket_id, entry_id, contact_id, inbound_id from events
      where kind not in ('contact_merged', 'contact_unmerged') order by id`,
    settings: await sql`select toggle, layer, layer_id, value from toggle_settings order by 1, 2, 3`,
    standing: await sql`select contact_id from contact_merges where undone_at is null`,
  };
}

test('un-merging is the identity, whatever mail came in between (P-14, B-12)', async () => {
  let [merges, meanwhile] = [0, 0];
  const history = fc.array(step, { minLength: 8, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const merged = await play(steps, true);
      const plain = await play(steps, false);
      merges += merged.merges;
      meanwhile += merged.meanwhile;
      expect(merged.dump).toEqual(plain.dump);
    }),
    { seed: 20_300_131, numRuns: 8 },
  );
  // The histories are worth something.
  expect(merges).toBeGreaterThan(8);
  expect(meanwhile).toBeGreaterThan(8);
}, 120_000);
