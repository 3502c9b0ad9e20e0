import type { Tx } from '../db/client.ts';
import type { Erasure } from './model.ts';

type Who = Pick<Erasure, 'ids' | 'addresses'>;

/** The hashes in hex of the pictures they had; they have none any more, no field and no user name. */
export async function eraseFields(tx: Tx, { ids }: Who): Promise<readonly Buffer[]> {
  const rows = await tx.sql<{ sha256: Buffer | null }[]>`
    with before as (select id, picture_sha256 from contacts where id = any(${[...ids]}::bigint[]))
    update contacts c set title = '', first_name = '', last_name = '', user_name = null, phone = '', mobile = '', fax = '',
      department = null, job_title = '', street = '', zip = '', city = '', country = '', locale = null, comment = '',
      custom = '{}', related_devices = '[]', picture_sha256 = null, picture_type = null, is_main_site_user = false,
      status = 'deleted', deactivated_until = null, version = c.version + 1, updated_at = now()
    from before b where c.id = b.id
    returning b.picture_sha256 as sha256`;
  return rows.flatMap(({ sha256 }) => sha256 ?? []);
}

/** Nothing names them any more: no address, group, ticket's extra address, mute, setting of their own, or company's main contact. */
export async function eraseBelongings(tx: Tx, { ids, addresses }: Who): Promise<void> {
  const [contacts, texts] = [[...ids], [...addresses]];
  await tx.sql`delete from contact_addresses where contact_id = any(${contacts}::bigint[])`;
  await tx.sql`delete from group_contacts where contact_id = any(${contacts}::bigint[])`;
  await tx.sql`delete from group_addresses where address = any(${texts}::text[])`;
  await tx.sql`
    delete from mutes where contact_id = any(${contacts}::bigint[]) or address = any(${texts}::text[])`;
  await tx.sql`delete from ticket_addresses where address = any(${texts}::text[])`;
  await tx.sql`delete from toggle_settings where layer = 'contact' and layer_id = any(${contacts}::bigint[])`;
  await tx.sql`update customers set main_contact_id = null where main_contact_id = any(${contacts}::bigint[])`;
}

/** Why they were thought to be one person with somebody else is not known any more; that they were, is. */
export async function eraseEvidence(tx: Tx, { ids }: Who): Promise<void> {
  await tx.sql`
    update contact_merges set evidence = '[]'
    where contact_id = any(${[...ids]}::bigint[]) or into_id = any(${[...ids]}::bigint[])`;
}
