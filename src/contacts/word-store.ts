import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Queryable } from '../db/client.ts';
import type { SearchWord } from './search-words.ts';
import { partsOf, searchWord, splitWords } from './search-words.ts';

/** The words of a search, folded as the columns are that it looks through: machines differ about lower case in a few letters. */
export async function foldWords(db: Queryable, text: string): Promise<readonly SearchWord[]> {
  const words = splitWords(text);
  if (words.length === 0) return [];
  const rows = await db.sql<{ word: string; trigrams: number; isLarge: boolean }[]>`
    select lower(w.word) as word, cardinality(show_trgm(w.word)) as trigrams,
      (select reltuples > ${LARGE}::int from pg_class where oid = 'contact_addresses'::regclass) as "isLarge"
    from unnest(${[...words]}::text[]) with ordinality w(word, position) order by w.position`;
  const parts = rows.flatMap(({ word, isLarge }) => (isLarge ? partsOf(word) : []));
  const common = await findCommonParts(db, [...new Set(parts)]);
  return rows.map(({ word, trigrams }) => searchWord(word, trigrams, common));
}

/** With fewer addresses, looking for what all have costs no more than asking what that is. */
const LARGE = 50_000;
/** Of a hundred names or addresses so many have it. */
const COMMON_PERCENT = 5;

/**
 * Which of these are in many names or addresses, as far as the sample tells that PostgreSQL keeps for its planner: the
 * domain that half of all people share, or "example". Where there is no sample nothing is known to be common.
 */
async function findCommonParts(db: Queryable, parts: readonly string[]): Promise<ReadonlySet<string>> {
  if (parts.length === 0) return new Set();
  const rows = await db.sql<{ part: string }[]>`
    select p.part
    from pg_stats s, unnest(s.histogram_bounds::text::text[]) b(bound), unnest(${[...parts]}::text[]) p(part)
    where s.schemaname = current_schema()
      and (s.tablename = 'contacts' and s.attname = 'search' or s.tablename = 'contact_addresses' and s.attname = 'address')
    group by p.part, s.tablename
    having count(*) filter (where strpos(b.bound, p.part) > 0) * 100 > count(*) * ${COMMON_PERCENT}::int`;
  return new Set(rows.map(({ part }) => part));
}

/** The column has the word. */
export const isLike = (column: SQL, { patterns }: SearchWord): SQL =>
  sql`(${sql.join(
    patterns.map((pattern) => sql`${column} like ${pattern}`),
    sql` or `,
  )})`;

/** The same, found by the column's index. What is left of the word when its common parts are not asked for leads there. */
export const isFoundLike = (column: SQL, word: SearchWord): SQL =>
  // Not another "like": the index would be asked for that as well.
  word.rarePattern === null
    ? isLike(column, word)
    : sql`(${column} like ${word.rarePattern} and strpos(${column}, ${word.word}) > 0)`;

/**
 * Asks with the values at hand: a statement that is prepared once for all words is sooner or later planned as if every
 * word were common, and reads everything.
 */
export async function askPlanned<Row extends object>(db: Queryable, statement: SQL): Promise<readonly Row[]> {
  const rows: readonly unknown[] = await db.orm.execute(statement);
  return rows as readonly Row[];
}

/** Asks what PostgreSQL has planned once: for statements that are best done in one way, whatever they are about. */
export async function askPrepared<Row extends object>(db: Queryable, statement: SQL): Promise<readonly Row[]> {
  const { sql: text, params } = DIALECT.sqlToQuery(statement);
  const rows: readonly unknown[] = await db.sql.unsafe(text, params as string[], { prepare: true });
  return rows as readonly Row[];
}

const DIALECT = new PgDialect();
