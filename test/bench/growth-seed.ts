import { inTransaction } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';

/** How much a desk has behind it. */
export interface DeskSize {
  readonly contacts: number;
  /** Of all of them. */
  readonly addresses: number;
  /** Read, of which six in ten opened a ticket that was acknowledged; the others joined one. */
  readonly messages: number;
}

const CHUNK = 50_000;
const FACTS = {
  mailboxId: 1,
  subject: 'A question about the timer of the lamp in the hall',
  ageMinutes: 0,
  isHeadersOnly: false,
  defects: [],
  classification: { kind: 'personal', signal: 'person', ref: '', answerable: true, unanswerableBecause: null },
  reportsOn: null,
  forwarded: null,
  hasAgentsWords: false,
  asksToMute: null,
  answersDesk: false,
  thread: { is: 'none' },
  duplicateOf: null,
  repeatOf: null,
  override: null,
  pingPongRounds: 0,
  sender: {
    is: 'contact',
    address: 'somebody@customer.example',
    contactId: 1,
    ownerId: 1,
    customerId: 1,
    isActive: true,
  },
  authentication: { verdict: 'pass', says: 'the domain signed it' },
};
const TRACE = ['duplicate', 'own_mail', 'bounce', 'report', 'no_sender', 'participants_reply', 'new_ticket'].map(
  (rule) => ({ rule, applied: rule === 'new_ticket', asked: [] }),
);

/** Names that many share, and few: what a search meets. */
const FIRST = [
  'Ana',
  'Björn',
  'Chidi',
  'Dörte',
  'Emre',
  'Fatima',
  'Giulia',
  'Hana',
  'Ivo',
  'Jonas',
  'Katarzyna',
  'Lin',
];
export const LAST = [
  'Peralta',
  'Okafor',
  'Weil',
  'Lindqvist',
  'Moreau',
  'Yamada',
  'Novák',
  'Schultze',
  'Costa',
  'Haddad',
];

/** Grows a desk to a size, as the product would have left it; what is there already counts. */
export async function growTo(db: Db, mailboxId: MailboxId, { contacts, addresses, messages }: DeskSize): Promise<void> {
  const [now] = await db.sql<{ contacts: number; messages: number }[]>`
    select (select count(*)::int from contacts where created_by = 'growth') as contacts,
      (select count(*)::int from inbound_messages where mailbox_id = ${mailboxId}) as messages`;
  if (now === undefined) throw new Error('a count is a row');
  for (let from = now.contacts; from < contacts; from += CHUNK) {
    await growContacts(db, from, Math.min(contacts, from + CHUNK), addresses / contacts);
  }
  await db.sql`
    insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid) values (${mailboxId}, 'INBOX', 1, 1)
    on conflict do nothing`;
  for (let from = now.messages; from < messages; from += CHUNK) {
    await growMessages(db, mailboxId, from, Math.min(messages, from + CHUNK), contacts);
  }
  // Else the server's own housekeeping of a past that was written in minutes would be measured with the mail.
  await db.sql`vacuum (freeze, analyze)`;
  await db.sql`checkpoint`;
}

/** Contacts [from, to), each with so many addresses on average; a customer for each hundred. */
async function growContacts(db: Db, from: number, to: number, perContact: number): Promise<void> {
  await db.sql`
    insert into customers (name) select 'Growth ' || n from generate_series(${from / 100}::int, ${to / 100 - 1}::int) n
    on conflict do nothing`;
  await db.sql`
    with made as (
      insert into contacts (customer_id, first_name, last_name, phone, created_by)
      select u.id, (${FIRST}::text[])[1 + n % ${FIRST.length}::int], (${LAST}::text[])[1 + (n / 7) % ${LAST.length}::int] || lpad(n::text, 6, '0'),
        '+49 30 ' || lpad(n::text, 7, '0'), 'growth'
      from generate_series(${from}::int, ${to - 1}::int) n join customers u on u.name = 'Growth ' || n / 100
      returning id, first_name, last_name
    )
    insert into contact_addresses (address, contact_id, is_primary)
    select lower(replace(m.last_name, 'á', 'a')) || case k when 1 then '' else '.' || k end || '@company' || m.id / 100 || '.example', m.id, k = 1
    from made m, lateral generate_series(1, case when m.id % 2 = 0 then floor(${perContact}::float8)::int else ceil(${perContact}::float8)::int end) k
    on conflict do nothing`;
}

/** Messages [from, to) with everything they left behind. */
async function growMessages(db: Db, mailboxId: MailboxId, from: number, to: number, contacts: number): Promise<void> {
  const facts = JSON.stringify(FACTS);
  const trace = JSON.stringify(TRACE);
  const view = JSON.stringify({
    kind: 'ticket_opened',
    desk: { name: 'Desk', address: 'a@desk.test' },
    ticket: { number: 1 },
  });
  await inTransaction(db, async ({ sql }) => {
    await sql`
      create temp table grown on commit drop as
      select n, nextval('inbound_messages_id_seq') as inbound_id, nextval('ticket_entries_id_seq') as entry_id,
        nextval('events_id_seq') as event_id, case when n % 10 < 6 then nextval('tickets_id_seq') end as ticket_id,
        sha256(('content' || n)::bytea) as content_key, p.id as contact_id, p.customer_id
      from generate_series(${from}::int, ${to - 1}::int) n
      join lateral (select id, customer_id from contacts where created_by = 'growth'
        and id = (select min(id) from contacts where created_by = 'growth') + n % ${contacts}::int) p on true
      order by n`;
    await sql`create index on grown (n)`;
    await sql`update grown g set ticket_id = (select max(o.ticket_id) from grown o where o.n between g.n - 9 and g.n) where ticket_id is null`;
    await sql`
      insert into inbound_messages (id, mailbox_id, folder_id, uid, epoch, content_key, message_id_hash, raw_sha256,
        size_bytes, internal_date, status, verdict, rule, attempts, done_at) overriding system value
      select inbound_id, ${mailboxId}, (select id from mailbox_folders where mailbox_id = ${mailboxId}), n + 1, 1, content_key,
        sha256(('id' || n)::bytea), sha256(('raw' || n)::bytea), 4000, now() - interval '30 days', 'done',
        case when n % 10 < 6 then 'opened' else 'appended' end, 'new_ticket', 1, now() - interval '30 days' from grown`;
    await sql`insert into blobs (sha256, size_bytes) select sha256(('raw' || n)::bytea), 200 from grown`;
    await sql`
      insert into blob_chunks (sha256, position, bytes)
      select sha256(('raw' || n)::bytea), 0, decode(repeat(md5(n::text), 12), 'hex') from grown`;
    await sql`
      insert into tickets (id, mailbox_id, customer_id, requester_id, subject) overriding system value
      select ticket_id, ${mailboxId}, customer_id, contact_id, 'A question about the timer, number ' || n
      from grown where n % 10 < 6`;
    await sql`
      insert into ticket_participants (ticket_id, contact_id, role)
      select ticket_id, contact_id, 'requester' from grown where n % 10 < 6`;
    await sql`
      insert into ticket_entries (id, ticket_id, kind, visibility, author, author_name, inbound_id, message_id, text)
        overriding system value
      select entry_id, ticket_id, 'mail', 'everybody', 'contact:' || contact_id, 'Somebody', inbound_id,
        '<growth' || n || '@customer.example>', repeat('The timer switches off too early. ', 6) from grown`;
    await sql`
      insert into message_identities (content_key, inbound_id, message_id_hash, ticket_id, repeat_key)
      select content_key, inbound_id, sha256(('id' || n)::bytea), ticket_id, sha256(('repeat' || n)::bytea) from grown`;
    await sql`
      insert into decisions (inbound_id, rule, facts, trace) select inbound_id, 'new_ticket', ${facts}::text::jsonb, ${trace}::text::jsonb from grown`;
    await sql`
      insert into events (id, kind, actor, ticket_id, entry_id, contact_id, inbound_id) overriding system value
      select event_id, case when n % 10 < 6 then 'ticket_opened' else 'contact_replied' end, 'contact:' || contact_id,
        ticket_id, entry_id, contact_id, inbound_id from grown`;
    await sql`
      with sent as (
        insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, contact_id,
          recipient, recipient_name, because, state, view, "references", attempts, sent_at)
        select md5('public' || n)::uuid, '<v1.t.' || n || '.x@desk.test>', 'ticket_opened', 1, ${mailboxId}, ticket_id,
          event_id, contact_id, 'somebody@customer.example', 'Somebody', 'requester of the ticket', 'sent',
          ${view}::text::jsonb, '[]', 1, now() - interval '30 days'
        from grown where n % 10 < 6 returning id
      )
      insert into deliveries (notification_id, outcome, stage, code, reply) select id, 'sent', 'data', 250, '2.0.0 Ok: queued' from sent`;
  });
}
