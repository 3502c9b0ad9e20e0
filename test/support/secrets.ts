import type { Db } from '../../src/db/client.ts';

/** What a mail says, of quoted-printable its soft line breaks and escapes undone. */
export const unfolded = (mail: string): string =>
  mail
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The link to set a password in a mail, and its token; null: there is none. */
export function linkIn(mail: string): { readonly link: string; readonly token: string } | null {
  const match = /(https?:\/\/[^\s"<>]+)\/password\/([\w-]{43})/.exec(unfolded(mail));
  return match === null ? null : { link: match[0], token: match[2] ?? '' };
}

/** The columns of all tables in which a text stands, plain, in hex or in base64, whatever a mail does with its lines. */
export async function findEverywhere(db: Db, secret: string): Promise<readonly string[]> {
  const columns = await db.sql<{ name: string; column: string; type: string }[]>`
    select c.table_name as name, c.column_name as "column", c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1, 2`;
  const found: string[] = [];
  for (const { name, column, type } of columns) {
    const values = await db.sql<{ value: Buffer | string | null }[]>`
      select ${type === 'bytea' ? db.sql`${db.sql(column)}` : db.sql`${db.sql(column)}::text`} as value from ${db.sql(name)}`;
    const says = values.some(
      ({ value }) => value !== null && formsOf(secret).some((form) => textOf(value).includes(form)),
    );
    if (says) found.push(`${name}.${column}`);
  }
  return found;
}

const textOf = (value: Buffer | string): string => `${unfolded(value.toString('latin1'))}\n${value.toString('latin1')}`;

const formsOf = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret, 'latin1');
  // Base64 of a text within a text depends on where it begins.
  const within = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before + 2, -4),
  );
  return [secret, bytes.toString('hex'), Buffer.from(secret, 'base64url').toString('hex'), ...within];
};
