import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import { authorsOf } from './find-store.ts';
import type { Erasure } from './model.ts';
import { ERASED_SUBJECT, ERASED_TEXT } from './model.ts';

/** Entries they wrote do not name them any more. Before `eraseMentions`: who reads a name here, to write it there, is waited for. */
export async function eraseAuthors(tx: Tx, who: Erasure): Promise<void> {
  await tx.sql`
    update ticket_entries set author_name = ${DELETED_CONTACT}, author = case when author like 'mail:%' then 'mail' else author end
    where author = any(${authorsOf(who)}::text[])`;
  await tx.sql`
    update events set actor = 'mail' where actor = any(${who.addresses.map((address) => `mail:${address}`)}::text[])`;
}

/**
 * Nobody else's entry names them as its reader, and no note or change of status that the desk wrote names them; what
 * people wrote stays as it is.
 */
export async function eraseMentions(tx: Tx, { terms, ticketIds }: Erasure): Promise<void> {
  await tx.sql`
    update ticket_entries set
      addressed = regexp_replace(regexp_replace(addressed::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb,
      defects = regexp_replace(defects::text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi')::jsonb
    where addressed::text ~* ${terms.hint} or defects::text ~* ${terms.hint}`;
  await tx.sql`
    update ticket_entries set text = regexp_replace(regexp_replace(regexp_replace(text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'),
      ${terms.names}, ${DELETED_CONTACT}, 'gi'), ${terms.loneNames}, ${DELETED_CONTACT}, 'g')
    where kind in ('note', 'status')
      and (text ~* ${terms.hint} or (ticket_id = any(${[...ticketIds]}::bigint[]) and text ~ ${terms.loneNames}))`;
}

/**
 * What they wrote is gone: texts, subjects, files. In what others wrote to the same tickets, quotes above all, they are
 * not named any more.
 *
 * @returns the hashes of their files
 */
export async function eraseTexts(tx: Tx, who: Erasure): Promise<readonly Buffer[]> {
  const { terms } = who;
  const [authors, tickets] = [authorsOf(who), [...who.ticketIds]];
  await tx.sql`
    update tickets t set subject = ${ERASED_SUBJECT}
    where t.id = any(${tickets}::bigint[]) and exists (
      select 1 from ticket_entries e where e.author = any(${authors}::text[]) and e.ticket_id = t.id
        and e.id = (select min(f.id) from ticket_entries f where f.ticket_id = t.id))`;
  const files = await tx.sql<{ sha256: Buffer }[]>`
    delete from attachments a using ticket_entries e
    where e.id = a.entry_id and e.author = any(${authors}::text[]) and e.kind = 'mail'
    returning a.sha256`;
  await tx.sql`
    update ticket_entries set text = ${ERASED_TEXT}, html = null, addressed = null, defects = null
    where author = any(${authors}::text[]) and kind = 'mail'`;
  await tx.sql`
    update ticket_entries set
      text = regexp_replace(regexp_replace(text, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi'),
      html = regexp_replace(regexp_replace(html, ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')
    where ticket_id = any(${tickets}::bigint[]) and (text ~* ${terms.hint} or html ~* ${terms.hint})`;
  return files.map(({ sha256 }) => sha256);
}
