import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../db/client.ts';
import type { SearchWord } from './search-words.ts';
import { searchWord, splitWords } from './search-words.ts';

/** The words of a search, folded as the columns are that it looks through: machines differ about lower case in a few letters. */
export async function foldWords(db: Queryable, text: string): Promise<readonly SearchWord[]> {
  const words = splitWords(text);
  if (words.length === 0) return [];
  const rows = await db.sql<{ word: string; trigrams: number }[]>`
    select lower(w.word) as word, cardinality(show_trgm(w.word)) as trigrams
    from unnest(${[...words]}::text[]) with ordinality w(word, position) order by w.position`;
  return rows.map(({ word, trigrams }) => searchWord(word, trigrams));
}

/** The column has the word. */
export const isLike = (column: SQL, { patterns }: SearchWord): SQL =>
  sql`(${sql.join(
    patterns.map((pattern) => sql`${column} like ${pattern}`),
    sql` or `,
  )})`;

/**
 * Asks with the values at hand: a statement that is prepared once for all words is sooner or later planned as if every
 * word were common, and reads everything.
 */
export async function askPlanned<Row extends object>(db: Queryable, statement: SQL): Promise<readonly Row[]> {
  const rows: readonly unknown[] = await db.orm.execute(statement);
  return rows as readonly Row[];
}
