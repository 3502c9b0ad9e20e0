import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { nearest } from '../lib/nearest.ts';
import type { ChangeContext } from '../access/operation.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { CsvSource } from '../lib/csv-format.ts';
import { err, ok } from '../lib/result.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { applyContacts, listSignedOut, lockContactsToUpdate } from './import-contacts-apply-store.ts';
import { columnsOf } from './import-columns.ts';
import { readContactLine } from './import-contact-line.ts';
import type { HashedContact } from './import-contacts-store.ts';
import { createContactTables, planContacts, stageContacts } from './import-contacts-store.ts';
import { readCustomerLine } from './import-customer-line.ts';
import type { StagedCustomer } from './import-customer-line.ts';
import {
  applyCustomers,
  createCustomerTables,
  lockCustomersToUpdate,
  planCustomers,
  stageCustomers,
} from './import-customers-store.ts';
import type { Importing, ImportWatch } from './import.ts';
import { importPeople } from './import.ts';
import { allowTime, holdImports, holdImportSetup, listImportFields } from './import-store.ts';
import { tombstoneHash } from './tombstone.ts';

/** Its functions are no part of the audit: JSON has none. */
const IMPORT_INPUT = z.strictObject({
  file: z.custom<CsvSource>((value) => typeof value === 'object' && value !== null && 'open' in value, 'is missing'),
  dryRun: z.boolean().default(false),
  skipBad: z.boolean().default(false),
  watch: z.custom<ImportWatch>().default({ onProgress: () => {}, onLine: () => {} }),
});

/** People from a CSV file: all of it or nothing (FEATURES P-10). */
export const importContacts = changeOperation({
  name: 'contact.import',
  permission: 'contact.manage',
  input: IMPORT_INPUT,
  run: async (context, input) => run(context, input, await contactsOf(context)),
});

/** Companies from a CSV file: all of it or nothing. */
export const importCustomers = changeOperation({
  name: 'customer.import',
  permission: 'customer.manage',
  input: IMPORT_INPUT,
  run: async (context, input) => run(context, input, await customersOf(context)),
});

/** The columns that a file of people may have on this desk. */
export const showContactColumns = readOperation({
  name: 'contact.import_columns',
  permission: 'contact.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(columnsOf('contacts', await listImportFields(db, 'contact'))),
});

/** The columns that a file of companies may have on this desk. */
export const showCustomerColumns = readOperation({
  name: 'customer.import_columns',
  permission: 'customer.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(columnsOf('customers', await listImportFields(db, 'customer'))),
});

async function run<Staged extends { readonly line: number; readonly problems: readonly string[] }>(
  { tx }: ChangeContext,
  { file, dryRun, skipBad, watch }: z.infer<typeof IMPORT_INPUT>,
  importing: Importing<Staged>,
) {
  if (!dryRun && !(await holdImports(tx))) {
    return err(refusal('import_running', 'Another import is under way.', 'Wait until it is done, and try again.'));
  }
  const done = await importPeople(tx, importing, { file, isDryRun: dryRun, skipsBad: skipBad, ...watch });
  if (!done.ok) return err(refusal('file_refused', done.error.says, done.error.mend));
  const { isApplied, counts } = done.value;
  return changed(done.value, [], { from: null, to: { isApplied, ...counts } });
}

async function contactsOf({ tx, keys, actor }: ChangeContext): Promise<Importing<HashedContact>> {
  await allowTime(tx);
  const { fields, departments } = await holdImportSetup(tx, 'contact');
  const isOfDesk = deskAddressTest(await listMailboxes(tx));
  const rules = { isOfDesk, departments: new Map(departments.map((name) => [name.toLowerCase(), name])), nearest };
  return {
    kind: 'contacts',
    fields,
    nearest,
    tables: ['import_addresses'],
    create: createContactTables,
    read: (header, row) => {
      const contact = readContactLine(header, row, rules);
      return { ...contact, hashes: contact.addresses.map((address) => tombstoneHash(keys, address).toString('hex')) };
    },
    stage: stageContacts,
    plan: planContacts,
    lock: lockContactsToUpdate,
    apply: async (inner, columns) => {
      if (!(await applyContacts(inner, columns, actorLabel(actor)))) return false;
      await revokeLinks(inner, { contactIds: await listSignedOut(inner) });
      return true;
    },
  };
}

async function customersOf({ tx }: ChangeContext): Promise<Importing<StagedCustomer>> {
  await allowTime(tx);
  const { fields } = await holdImportSetup(tx, 'customer');
  return {
    kind: 'customers',
    fields,
    nearest,
    tables: ['import_domains'],
    create: createCustomerTables,
    read: readCustomerLine,
    stage: stageCustomers,
    plan: planCustomers,
    lock: lockCustomersToUpdate,
    apply: applyCustomers,
  };
}
