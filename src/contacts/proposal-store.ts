import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';
import type { Profile } from './evidence.ts';
import { COMPARED_DIGITS, MIN_LOCAL_LENGTH, MIN_NAME_LENGTH, MIN_PHONE_DIGITS, ROLE_LOCAL_PARTS } from './names.ts';

/** What more people than these have in common says nothing of any two of them. */
const MAX_GROUP = 10;
/** So many things that people have in common are looked at; the rarest first. */
const MAX_GROUPS = 20_000;
/** So many pairs are weighed, those with the most in common first. */
const MAX_PAIRS = 1_000;
/** Of people without a name, the names under the mail of the newest. */
const MAX_NAMELESS = 2_000;
/** Of the newest mail the signatures. */
const MAX_SIGNED = 1_000;
/** Characters of a mail in which its signature is sought. */
const MAX_TEXT = 4_000;

/** What somebody has that others may have, too. */
export interface Trait {
  readonly kind: 'name' | 'phone' | 'local_part' | 'signature';
  readonly key: string;
  readonly personId: ContactId;
}

/** Something that too many people have in common. */
export interface CommonTrait {
  readonly kind: Trait['kind'];
  readonly key: string;
  readonly people: number;
}

export interface CandidatePairs {
  readonly pairs: readonly { readonly a: ContactId; readonly b: ContactId }[];
  /** The ten that most people have in common. */
  readonly tooCommon: readonly CommonTrait[];
}

/**
 * Pairs of people who have a trait in common, of which operators have not said that they are two; those with the most
 * in common first. One statement over all people: each trait is grouped, so that its cost grows with the people and not
 * with their pairs, however many are called the same.
 *
 * @param customerId null: of all customers; else one of the two is of this one
 * @param signed traits that SQL cannot find, from the newest mail
 */
export async function findCandidatePairs(
  db: Queryable,
  customerId: CustomerId | null,
  signed: readonly Trait[],
): Promise<CandidatePairs> {
  const [row] = await db.sql<[CandidatePairs]>`
    with rows as materialized (
      select id, coalesce(merged_into_id, id) as person, customer_id, first_name || ' ' || last_name as name, phone, mobile
      from contacts where status <> 'deleted'
    ), nameless as (
      select r.id, r.person from rows r where trim(r.name) = '' order by r.id desc limit ${MAX_NAMELESS}
    ), names as (
      select person, name from rows where trim(name) <> ''
      union all
      select n.person, mail.author_name from nameless n cross join lateral (
        select e.author_name from (
          select ticket_id from ticket_participants where contact_id = n.id order by ticket_id desc limit 3
        ) p join ticket_entries e on e.ticket_id = p.ticket_id and e.author = 'contact:' || n.id
        order by e.id desc limit 2
      ) mail
    ), folded as materialized (
      select person, array(select word from unnest(regexp_split_to_array(
          replace(regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g'), 'ß', 'ss'),
          '[\\s.,;:_()"''/-]+')) word where word <> '' order by word collate "C") as words
      from names
    ), addresses as (
      select r.person, r.customer_id, regexp_replace(split_part(a.address, '@', 1), '(.)[+].*$', '\\1') as local_part,
        split_part(a.address, '@', 2) as domain
      from contact_addresses a join rows r on r.id = a.contact_id
      where split_part(a.address, '@', 2) <> all(${[...PUBLIC_MAIL_DOMAINS]}::text[])
    ), personal as materialized (
      select * from addresses
      where length(local_part) >= ${MIN_LOCAL_LENGTH} and local_part <> all(${[...ROLE_LOCAL_PARTS]}::text[])
    ), traits as (
      select 'name' as kind, array_to_string(words, ' ') as key, person from folded where cardinality(words) >= 2
      union
      select 'phone', right(digits, ${COMPARED_DIGITS}), person
      from (
        select person, regexp_replace(number, '\\D', '', 'g') as digits
        from rows cross join lateral (values (phone), (mobile)) as n(number) where number <> ''
      ) numbers where length(digits) >= ${MIN_PHONE_DIGITS}
      union
      select 'local_part', local_part || '@' || case
        when domain ~ '[.][a-z]{1,3}[.][a-z]{2}$' then split_part(domain, '.', -3) else split_part(domain, '.', -2) end, person
      from personal
      union
      select 'local_part', local_part || ' of customer ' || customer_id, person from personal
      where customer_id not in (select id from customers where is_unassigned)
      union
      select 'signature', s.key, s."personId" from json_to_recordset(${records(db, signed)}) as s(key text, "personId" bigint)
    ), groups as (
      select kind, key, count(*)::int as people, (array_agg(person order by person))[:${MAX_GROUP}] as ids
      from traits where kind <> 'name' or length(key) >= ${MIN_NAME_LENGTH}
      group by kind, key having count(*) > 1
    ), rare as (
      select kind, ids from groups where people <= ${MAX_GROUP} order by people, kind, key limit ${MAX_GROUPS}
    ), known as (
      select contact_id as one, other_id as other from contact_dismissals
      union all
      select contact_id, into_id from contact_merges where undone_at is not null
    ), apart as (
      select distinct coalesce(x.merged_into_id, x.id) as one, coalesce(y.merged_into_id, y.id) as other
      from known join contacts x on x.id = known.one join contacts y on y.id = known.other
    ), pairs as (
      select a, b, count(distinct kind) as kinds
      from rare cross join lateral unnest(ids) as a cross join lateral unnest(ids) as b
      where a < b
      group by a, b
    ), open as (
      select a, b, kinds from pairs
      where not exists (select 1 from apart where (one = a and other = b) or (one = b and other = a))
        and (${customerId}::bigint is null or exists (
          select 1 from rows where person in (a, b) and customer_id = ${customerId}))
      order by kinds desc, a, b limit ${MAX_PAIRS}
    )
    select
      coalesce((select json_agg(json_build_object('a', a, 'b', b) order by kinds desc, a, b) from open), '[]') as pairs,
      coalesce((select json_agg(json_build_object('kind', kind, 'key', key, 'people', people))
        from (select * from groups where people > ${MAX_GROUP} order by people desc, kind, key limit 10) common), '[]')
        as "tooCommon"`;
  return row;
}

/** A mail of somebody, and whose it is now. */
export interface SignedMail {
  readonly personId: ContactId;
  readonly authorName: string;
  readonly subject: string;
  readonly text: string;
}

/** The newest mail of contacts on the desk, at most 1,000; the beginning of each. */
export async function listNewestSigned(db: Queryable): Promise<readonly SignedMail[]> {
  return db.sql<SignedMail[]>`
    select coalesce(c.merged_into_id, c.id) as "personId", e.author_name as "authorName", t.subject, e.text
    from (
      select id, ticket_id, author, author_name, left(text, ${MAX_TEXT}) as text from ticket_entries
      where kind = 'mail' and author like 'contact:%' order by id desc limit ${MAX_SIGNED}
    ) e
    join tickets t on t.id = e.ticket_id
    join contacts c on c.id = split_part(e.author, ':', 2)::bigint
    order by e.id desc`;
}

/** Of each of these people the newest three mails, the newest first; the beginning of each. */
export async function listNewestMail(db: Queryable, ids: readonly ContactId[]): Promise<readonly SignedMail[]> {
  return db.sql<SignedMail[]>`
    select coalesce(c.merged_into_id, c.id) as "personId", e.author_name as "authorName", e.subject, e.text
    from contacts c cross join lateral (
      select m.id, m.author_name, t.subject, left(m.text, ${MAX_TEXT}) as text
      from (
        select distinct ticket_id from ticket_participants where contact_id = c.id order by ticket_id desc limit 5
      ) p
      join tickets t on t.id = p.ticket_id
      join ticket_entries m on m.ticket_id = p.ticket_id and m.kind = 'mail' and m.author = 'contact:' || c.id
      order by m.id desc limit 3
    ) e
    where c.id = any(array(${rowsOf(db, ids)}))
    order by 1, e.id desc`;
}

/** The tickets in which these people wrote, among the newest 20 in which any of them takes part. */
export async function listTicketsWrittenIn(
  db: Queryable,
  ids: readonly ContactId[],
): Promise<readonly { readonly personId: ContactId; readonly number: number }[]> {
  return db.sql<{ personId: ContactId; number: number }[]>`
    with theirs as materialized (
      select id, coalesce(merged_into_id, id) as person from contacts where id = any(array(${rowsOf(db, ids)}))
    ), recent as (
      select distinct p.ticket_id from theirs c cross join lateral (
        select distinct ticket_id from ticket_participants where contact_id = c.id order by ticket_id desc limit 20
      ) p
    )
    select distinct c.person as "personId", t.number
    from recent r
    join tickets t on t.id = r.ticket_id
    join ticket_entries e on e.ticket_id = r.ticket_id and e.kind = 'mail'
    join theirs c on e.author = 'contact:' || c.id
    order by 1, 2 desc`;
}

/** People with all that is theirs, and theirs who are merged into them; without what they wrote. */
export async function listPeople(
  db: Queryable,
  ids: readonly ContactId[],
): Promise<readonly Pick<Profile, 'id' | 'customerId' | 'name' | 'phones' | 'addresses'>[]> {
  return db.sql<Pick<Profile, 'id' | 'customerId' | 'name' | 'phones' | 'addresses'>[]>`
    select c.id, (select u.id from customers u where u.id = c.customer_id and not u.is_unassigned) as "customerId",
      trim(c.first_name || ' ' || c.last_name) as name,
      array(select number from contacts o cross join lateral (values (o.phone), (o.mobile)) as n(number)
        where (o.id = c.id or o.merged_into_id = c.id) and number <> '' order by o.id, number limit 20) as phones,
      array(select a.address from contact_addresses a
        where a.contact_id = any(array(select c.id union all select o.id from contacts o where o.merged_into_id = c.id))
        order by a.contact_id, a.is_primary desc, a.address limit 100) as addresses
    from contacts c where c.id = any(${[...ids]}::bigint[]) order by c.id`;
}

/** These people's own rows, and those of whoever is merged into them. */
const rowsOf = (db: Queryable, ids: readonly ContactId[]) => db.sql`
  select id from contacts where id = any(${[...ids]}::bigint[])
  union all select id from contacts where merged_into_id = any(${[...ids]}::bigint[])`;
