import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { ContactListStatus } from './model.ts';
import type { MergedRow } from './store.ts';
import type { SearchWord } from './search-words.ts';
import { askPlanned, askPrepared, foldWords, isFoundLike, isLike } from './word-store.ts';

/** A contact in a list. */
export interface ListedContact {
  readonly id: ContactId;
  readonly name: string;
  readonly customer: string;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  readonly mergedIntoId: ContactId | null;
  readonly userName: string | null;
  readonly phone: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly version: number;
  /** The primary one first; those of who is merged into them are in `merged`. */
  readonly addresses: readonly EmailAddress[];
  /** For whom they stand, since they are one person: by number. */
  readonly merged: readonly MergedRow[];
}

export interface ContactQuery {
  readonly customerId: CustomerId | null;
  /** "" for all. */
  readonly search: string;
  /** null: all but the deleted and the merged. */
  readonly status: ContactListStatus | null;
  readonly limit: number;
  /** Only contacts with higher numbers; 0 for all. */
  readonly after: number;
  readonly now: Date;
}

export interface ContactPage {
  /** By their number. */
  readonly contacts: readonly ListedContact[];
  /** More follow after this number; null: these are all. */
  readonly next: number | null;
  /** False: so many match that only the contacts up to `next` were looked through. */
  readonly isFull: boolean;
}

/** A word that more than so many match is common: the contacts are looked through in order, so many at a time. */
const COMMON = 10_000;
const WINDOW = 10_000;
/** A list as short as that is read in one way, which is planned once: planning takes longer than reading. */
const FEW = 20;

/**
 * One page of a list. A word that few match leads to them by its index; where all are common, contacts are looked
 * through in their order until the page is full or the window ends: a page costs the same at any number of contacts.
 */
export async function searchContacts(db: Queryable, query: ContactQuery): Promise<ContactPage> {
  const words = await foldWords(db, query.search);
  if (words.length === 0) return pageOf(await listInOrder(db, query), query.limit);
  for (const word of words) {
    const ids = word.isIndexed ? await findHits(db, query, word, words) : null;
    if (ids !== null) return pageOf(await listByIds(db, ids), query.limit);
  }
  return lookThrough(db, query, words);
}

/**
 * Those whom the word leads to, and who else stands for them; all words are asked of all that is theirs.
 *
 * @returns by their number; null: the word is common
 */
async function findHits(
  db: Queryable,
  query: ContactQuery,
  word: SearchWord,
  words: readonly SearchWord[],
): Promise<readonly ContactId[] | null> {
  const [row] = await askPlanned<{ hits: number; ids: readonly ContactId[] }>(
    db,
    sql`
    with named as materialized (
      select c.id, c.merged_into_id from contacts c where ${isFoundLike(sql`c.search`, word)} limit ${COMMON + 1}
    ), reached as materialized (
      select a.contact_id from contact_addresses a where ${isFoundLike(sql`a.address`, word)} limit ${COMMON + 1}
    ), counted as materialized (
      select ((select count(*) from named) + (select count(*) from reached))::int as hits
    ), hits as materialized (
      select id, merged_into_id from named where (select hits from counted) <= ${COMMON}
      union
      select c.id, c.merged_into_id from reached r join contacts c on c.id = r.contact_id
      where (select hits from counted) <= ${COMMON}
    ), people as materialized (
      select id from hits union select merged_into_id from hits where merged_into_id is not null
    )
    select n.hits, array(
      select c.id from people p join contacts c on c.id = p.id
      where ${isAskedFor(query)} and ${hasAll(words)}
      order by c.id limit ${query.limit + 1}
    ) as ids
    from counted n`,
  );
  return row === undefined || row.hits > COMMON ? null : row.ids;
}

async function listInOrder(db: Queryable, query: ContactQuery): Promise<readonly ListedContact[]> {
  const rows = await askPlanned<{ id: ContactId }>(
    db,
    sql`select c.id from contacts c where ${isAskedFor(query)} order by c.id limit ${query.limit + 1}`,
  );
  return listByIds(
    db,
    rows.map(({ id }) => id),
  );
}

async function lookThrough(db: Queryable, query: ContactQuery, words: readonly SearchWord[]): Promise<ContactPage> {
  const [edge] = await askPlanned<{ last: number; count: number }>(
    db,
    sql`
    select coalesce(max(id), 0) as last, count(*)::int as count from (
      select c.id from contacts c where ${isAskedFor(query)} order by c.id limit ${WINDOW}) looked`,
  );
  const { last, count } = edge ?? { last: 0, count: 0 };
  const found = await askPlanned<{ id: ContactId }>(
    db,
    sql`
    select c.id from contacts c where ${isAskedFor(query)} and c.id <= ${last} and ${hasAll(words)}
    order by c.id limit ${query.limit + 1}`,
  );
  const rows = await listByIds(
    db,
    found.map(({ id }) => id),
  );
  const page = pageOf(rows, query.limit);
  return page.next === null && count === WINDOW ? { ...page, next: last, isFull: false } : page;
}

/**
 * These people, by their number; all that is theirs is gathered at once. Their numbers are known before: how ten are
 * best read and how a thousand are is not the same, and PostgreSQL guesses badly which it will be.
 */
async function listByIds(db: Queryable, found: readonly ContactId[]): Promise<readonly ListedContact[]> {
  if (found.length === 0) return [];
  const ids = sql`${`{${found.join(',')}}`}::bigint[]`;
  const ask = found.length <= FEW ? askPrepared : askPlanned;
  return ask(
    db,
    sql`
    with reached as (
      select a.contact_id, array_agg(a.address order by a.is_primary desc, a.address) as addresses
      from contact_addresses a where a.contact_id = any(${ids}) group by a.contact_id
    ), stood_for as (
      select m.merged_into_id, jsonb_agg(jsonb_build_object('id', m.id, 'name', trim(m.first_name || ' ' || m.last_name),
        'customer', v.name, 'addresses', array(select a.address from contact_addresses a where a.contact_id = m.id
          order by a.is_primary desc, a.address)) order by m.id) as merged
      from contacts m join customers v on v.id = m.customer_id
      where m.merged_into_id = any(${ids}) group by m.merged_into_id
    )
    select c.id, trim(c.first_name || ' ' || c.last_name) as name, u.name as customer, c.status,
      c.deactivated_until as "deactivatedUntil", c.merged_into_id as "mergedIntoId", c.user_name as "userName", c.phone,
      c.comment, c.created_by as "createdBy", c.created_at as "createdAt", c.version,
      coalesce(r.addresses, '{}') as addresses, coalesce(s.merged, '[]') as merged
    from contacts c
    join customers u on u.id = c.customer_id
    left join reached r on r.contact_id = c.id
    left join stood_for s on s.merged_into_id = c.id
    where c.id = any(${ids})
    order by c.id`,
  );
}

/** One row more than asked for was read: so it is known whether more follow. */
function pageOf(rows: readonly ListedContact[], limit: number): ContactPage {
  const contacts = rows.slice(0, limit);
  return { contacts, next: rows.length > limit ? (contacts.at(-1)?.id ?? null) : null, isFull: true };
}

const isAskedFor = ({ customerId, status, after, now }: ContactQuery): SQL => {
  // Whoever is merged is in the row of the one who stands for them, under both their customers.
  const standing = sql`array(select m.merged_into_id from contacts m where m.customer_id = ${customerId} and m.merged_into_id is not null)`;
  const ofCustomer = customerId === null ? sql`true` : sql`(c.customer_id = ${customerId} or c.id = any(${standing}))`;
  return sql`c.id > ${after} and ${ofCustomer} and ${STANDS[status ?? 'any'](now)}`;
};

const STANDS: Readonly<Record<ContactListStatus | 'any', (now: Date) => SQL>> = {
  any: () => sql`c.status <> 'deleted' and c.merged_into_id is null`,
  active: (now) => sql`
    (c.status = 'active' or c.status = 'deactivated_until' and c.deactivated_until <= ${now}) and c.merged_into_id is null`,
  deactivated: () => sql`c.status = 'deactivated' and c.merged_into_id is null`,
  deactivated_until: (now) => sql`
    c.status = 'deactivated_until' and c.deactivated_until > ${now} and c.merged_into_id is null`,
  deleted: () => sql`c.status = 'deleted'`,
  merged: () => sql`c.merged_into_id is not null and c.status <> 'deleted'`,
};

/** Everything of the person that a search looks through has every word, wherever. */
const hasAll = (words: readonly SearchWord[]): SQL => sql`(
    select ${sql.join(
      words.map((word) => isLike(sql`t.text`, word)),
      sql` and `,
    )}
    from (
      select c.search || ' ' ||
        coalesce((select string_agg(a.address, ' ') from contact_addresses a where a.contact_id = c.id), '') || ' ' ||
        coalesce((
          select string_agg(m.search || ' ' || coalesce(
            (select string_agg(a.address, ' ') from contact_addresses a where a.contact_id = m.id), ''), ' ')
          from contacts m where m.merged_into_id = c.id), '') as text
      offset 0
    ) t)`;
