import { z } from 'zod';
import { nameField } from '../access/fields.ts';
import type { ReadContext } from '../access/operation.ts';
import { exportOperation } from '../access/operation.ts';
import { noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import type { CustomerId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Sink } from './export.ts';
import { contactCells, customerCells, writeRows } from './export.ts';
import { streamContacts, streamCustomers } from './export-store.ts';
import { columnsOf } from './import-columns.ts';
import { listImportFields } from './import-store.ts';
import { findCustomerByName } from './store.ts';

const EXPORT_INPUT = z.strictObject({
  customer: nameField.optional(),
  write: z.custom<Sink>((value) => typeof value === 'function', 'is missing'),
});

/** All people, or those of one customer, as a CSV file; the merged as those who stand for them. */
export const exportContacts = exportOperation({
  name: 'contact.export',
  permission: 'contact.read',
  input: EXPORT_INPUT,
  run: ({ db }, { customer, write }) =>
    ofCustomer(db, customer, async (id) => {
      const fields = await listImportFields(db, 'contact');
      return writeRows(columnsOf('contacts', fields), streamContacts(db, id), contactCells(fields), write);
    }),
});

/** All companies, or one, as a CSV file. */
export const exportCustomers = exportOperation({
  name: 'customer.export',
  permission: 'customer.read',
  input: EXPORT_INPUT,
  run: ({ db }, { customer, write }) =>
    ofCustomer(db, customer, async (id) => {
      const fields = await listImportFields(db, 'customer');
      return writeRows(columnsOf('customers', fields), streamCustomers(db, id), customerCells(fields), write);
    }),
});

/** @returns how many lines `run` wrote */
async function ofCustomer(
  db: ReadContext['db'],
  customer: string | undefined,
  run: (id: CustomerId | null) => Promise<number>,
): Promise<Result<{ readonly lines: number }, Refusal>> {
  const id = customer === undefined ? null : await findCustomerByName(db, customer);
  if (customer !== undefined && id === null) return err(noCustomer(customer));
  return ok({ lines: await run(id) });
}
