import type { Db } from '../../src/db/client.ts';

/** Where in the whole database one of these words stands, whatever its case: `table.column: what is written`. */
export async function whereWritten(
  db: Db,
  words: readonly string[],
  isExempt: (place: string) => boolean = () => false,
): Promise<readonly string[]> {
  const columns = await db.sql<{ table: string; column: string; type: string }[]>`
    select c.table_name as table, c.column_name as column, c.data_type as type from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'jsonb', 'json', 'bytea', 'ARRAY')
    order by 1, 2`;
  const found: string[] = [];
  for (const { table, column, type } of columns) {
    if (isExempt(`${table}.${column}`)) continue;
    const written = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const rows = await db.sql.unsafe<{ text: string }[]>(
      `select ${written} as text from "${table}" where "${column}" is not null`,
    );
    for (const { text } of rows) {
      // Bytes are shown with escapes, JSON too; what is decoded may stand there as well.
      const decoded = type === 'bytea' ? `${text}\n${fromBase64(text)}` : `${text}\n${text.replaceAll('\\"', '"')}`;
      const word = words.find((one) => decoded.toLowerCase().includes(one.toLowerCase()));
      if (word !== undefined) found.push(`${table}.${column}: "${word}" in ${text.slice(0, 300)}`);
    }
  }
  return found;
}

const fromBase64 = (text: string): string =>
  text
    .split(/\s+/)
    .map((line) => Buffer.from(line, 'base64').toString('utf8'))
    .join('');
