import { eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import { sqlState } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus, CustomValues } from '../db/schema/contacts.ts';
import { contacts } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { MergedRow } from './store.ts';

/** One address of a contact, or of somebody merged into them. */
export interface AddressState {
  readonly address: EmailAddress;
  readonly isPrimary: boolean;
  /** When it was proven that they read mail there; null: never. */
  readonly verifiedAt: Date | null;
  readonly verifiedBy: string | null;
  /** Why we do not mail it; null: we do. */
  readonly suppressedFor: string | null;
  /** The contact whose address it is: another than the one who stands for them while they are merged. */
  readonly ownerId: ContactId;
}

/** All that is known of a contact (FEATURES P-04). */
export interface ContactDetail {
  readonly id: ContactId;
  readonly name: string;
  readonly customerId: CustomerId;
  readonly customer: string;
  readonly isMainContact: boolean;
  readonly isMainSiteUser: boolean;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  readonly title: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly userName: string | null;
  readonly phone: string;
  readonly mobile: string;
  readonly fax: string;
  readonly department: string | null;
  readonly jobTitle: string;
  readonly street: string;
  readonly zip: string;
  readonly city: string;
  readonly country: string;
  readonly locale: string | null;
  readonly comment: string;
  readonly custom: CustomValues;
  /** Of the keys in `custom`. */
  readonly customLabels: Readonly<Record<string, string>>;
  readonly relatedDevices: readonly string[];
  readonly pictureType: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
  /** The primary one first; those of who is merged into them are in `merged`. */
  readonly addresses: readonly EmailAddress[];
  /** For whom they stand, since they are one person: by number. */
  readonly merged: readonly MergedRow[];
  /** Of all of these addresses, their own first. */
  readonly addressStates: readonly AddressState[];
}

/** The person of that number or that address: the one who stands for them, if they are merged; null when there is none. */
export async function findContactDetail(db: Queryable, who: ContactId | EmailAddress): Promise<ContactDetail | null> {
  const [contact] = await db.sql<Omit<ContactDetail, 'addresses' | 'addressStates'>[]>`
    select c.id, trim(c.first_name || ' ' || c.last_name) as name, c.customer_id as "customerId", u.name as customer,
      u.main_contact_id is not distinct from c.id as "isMainContact", c.is_main_site_user as "isMainSiteUser",
      c.status, c.deactivated_until as "deactivatedUntil",
      c.title, c.first_name as "firstName", c.last_name as "lastName", c.user_name as "userName", c.phone, c.mobile,
      c.fax, c.department, c.job_title as "jobTitle", c.street, c.zip, c.city, c.country, c.locale, c.comment, c.custom,
      (select coalesce(json_object_agg(f.key, f.label order by f.id), '{}')
        from custom_fields f where f.owner = 'contact' and c.custom ? f.key) as "customLabels",
      c.related_devices as "relatedDevices", c.picture_type as "pictureType",
      c.created_by as "createdBy", c.created_at as "createdAt", c.updated_at as "updatedAt", c.version,
      coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'name', trim(m.first_name || ' ' || m.last_name),
          'customer', v.name, 'addresses', array(select a.address from contact_addresses a where a.contact_id = m.id
            order by a.is_primary desc, a.address)) order by m.id)
        from contacts m join customers v on v.id = m.customer_id where m.merged_into_id = c.id), '[]') as merged
    from contacts c join customers u on u.id = c.customer_id
    where c.id = (${
      typeof who === 'number'
        ? db.sql`select coalesce(merged_into_id, id) from contacts where id = ${who}`
        : db.sql`select coalesce(o.merged_into_id, o.id)
            from contact_addresses a join contacts o on o.id = a.contact_id where a.address = ${who}`
    })`;
  if (contact === undefined) return null;
  const addressStates = await listAddressStates(db, contact.id);
  const own = addressStates.filter(({ ownerId }) => ownerId === contact.id);
  return { ...contact, addresses: own.map(({ address }) => address), addressStates };
}

/** The person of that number, who is there. */
export async function getContactDetail(db: Queryable, id: ContactId): Promise<ContactDetail> {
  const found = await findContactDetail(db, id);
  if (found === null) throw new Error(`contact ${id} is not there`);
  return found;
}

async function listAddressStates(db: Queryable, id: ContactId): Promise<readonly AddressState[]> {
  return db.sql<AddressState[]>`
    select a.address, a.is_primary and a.contact_id = ${id} as "isPrimary", a.verified_at as "verifiedAt",
      a.verified_by as "verifiedBy", s.reason as "suppressedFor", a.contact_id as "ownerId"
    from contact_addresses a left join suppressions s on s.address = a.address
    where a.contact_id in (select o.id from contacts o where o.id = ${id} or o.merged_into_id = ${id})
    order by a.contact_id <> ${id}, a.contact_id, a.is_primary desc, a.address limit 1000`;
}

/** What can be written of a contact; what is not there stays. */
export type ContactColumns = Partial<
  Pick<
    typeof contacts.$inferInsert,
    | 'customerId'
    | 'title'
    | 'firstName'
    | 'lastName'
    | 'userName'
    | 'phone'
    | 'mobile'
    | 'fax'
    | 'department'
    | 'jobTitle'
    | 'street'
    | 'zip'
    | 'city'
    | 'country'
    | 'locale'
    | 'comment'
    | 'custom'
    | 'relatedDevices'
    | 'isMainSiteUser'
    | 'pictureSha256'
    | 'pictureType'
  >
>;

/**
 * The contact, whom the caller has locked, has these fields and this version.
 *
 * @returns false: the user name is somebody else's, and nothing was written
 */
export async function updateContact(tx: Tx, id: ContactId, version: number, columns: ContactColumns): Promise<boolean> {
  try {
    await tx.sql.savepoint(() =>
      tx.orm
        .update(contacts)
        .set({ ...columns, version, updatedAt: sql`now()` })
        .where(eq(contacts.id, id)),
    );
    return true;
  } catch (error) {
    if (sqlState(error) === '23505') return false;
    throw error;
  }
}

/** Who has that user name, whatever its case; null when nobody has. */
export async function findUserNameOwner(
  db: Queryable,
  userName: string,
): Promise<{ readonly id: ContactId; readonly name: string } | null> {
  const [row] = await db.sql<{ id: ContactId; name: string }[]>`
    select id, trim(first_name || ' ' || last_name) as name from contacts
    where lower(user_name) = lower(${userName}) and user_name is not null`;
  return row ?? null;
}

/** A contact's picture; null when they have none. */
export async function findPicture(
  db: Queryable,
  id: ContactId,
): Promise<{ readonly sha256: Buffer; readonly type: string } | null> {
  const [row] = await db.sql<{ sha256: Buffer; type: string }[]>`
    select picture_sha256 as sha256, picture_type as type from contacts
    where id = ${id} and picture_sha256 is not null`;
  return row ?? null;
}
