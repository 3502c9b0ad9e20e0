import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { ContactStatus, CustomValues } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

const CURSOR_ROWS = 1000;

/** A person as a file has them; the columns of `CONTACT_FIELDS` by their headers are beside these. */
export interface ExportedContact {
  readonly customer: string;
  /** The primary one first; with those of whoever is merged into this contact. */
  readonly addresses: readonly EmailAddress[];
  readonly texts: Readonly<Record<string, string | null>>;
  readonly isMainSiteUser: boolean;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  readonly relatedDevices: readonly string[];
  readonly custom: CustomValues;
}

/** People by their number, in pieces: neither deleted nor merged into others; of one customer when one is given. */
export function streamContacts(db: Queryable, customerId: CustomerId | null): AsyncIterable<ExportedContact[]> {
  return db.sql<ExportedContact[]>`
    select u.name as customer, coalesce(a.addresses, '{}') as addresses,
      json_build_object('title', c.title, 'first_name', c.first_name, 'last_name', c.last_name,
        'user_name', c.user_name, 'phone', c.phone, 'mobile', c.mobile, 'fax', c.fax, 'department', c.department,
        'job_title', c.job_title, 'street', c.street, 'zip', c.zip, 'city', c.city, 'country', c.country,
        'locale', c.locale, 'comment', c.comment) as texts,
      c.is_main_site_user as "isMainSiteUser", c.status, c.deactivated_until as "deactivatedUntil",
      c.related_devices as "relatedDevices", c.custom
    from contacts c
    join customers u on u.id = c.customer_id
    left join lateral (
      select array_agg(k.address order by (k.is_primary and k.contact_id = c.id) desc, k.address collate "C") as addresses
      from (select c.id union all select m.id from contacts m where m.merged_into_id = c.id) who(id)
      join contact_addresses k on k.contact_id = who.id
    ) a on true
    where c.merged_into_id is null and c.status <> 'deleted'
      and (${customerId}::bigint is null or c.customer_id = ${customerId})
    order by c.id`.cursor(CURSOR_ROWS);
}

/** A company as a file has it. */
export interface ExportedCustomer {
  readonly name: string;
  readonly domains: readonly string[];
  readonly locale: string | null;
  readonly comment: string;
  /** null: there is none, or they have no address. */
  readonly mainContact: EmailAddress | null;
  readonly custom: CustomValues;
}

/** Companies by their number, in pieces; one of them when one is given. */
export function streamCustomers(db: Queryable, customerId: CustomerId | null): AsyncIterable<ExportedCustomer[]> {
  return db.sql<ExportedCustomer[]>`
    select c.name, c.locale, c.comment, c.custom,
      coalesce((select array_agg(d.domain order by d.domain collate "C")
        from customer_domains d where d.customer_id = c.id), '{}') as domains,
      (select k.address from contacts m join contact_addresses k on k.contact_id = coalesce(m.merged_into_id, m.id)
        where m.id = c.main_contact_id order by k.is_primary desc, k.address limit 1) as "mainContact"
    from customers c
    where ${customerId}::bigint is null or c.id = ${customerId}
    order by c.id`.cursor(CURSOR_ROWS);
}
