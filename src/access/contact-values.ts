import type { ContactColumns } from '../contacts/contact-store.ts';
import { findUserNameOwner } from '../contacts/contact-store.ts';
import { holdCustomFields } from '../contacts/custom-field-store.ts';
import { changeCustomValues } from '../contacts/custom-fields.ts';
import { holdDepartment, listDepartmentNames } from '../contacts/department-store.ts';
import type { ContactFieldId } from '../contacts/fields.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { CustomFieldOwner, CustomValues } from '../db/schema/contacts.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { quoted } from './fields.ts';
import type { Problem, Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** Texts of a contact and values of custom fields, as an operation was given them. */
export interface GivenContact extends Readonly<Partial<Record<ContactFieldId, string | undefined>>> {
  readonly custom: Readonly<Record<string, string>>;
}

/** Empty is null in the row. */
const NULLABLE: readonly ContactFieldId[] = ['userName', 'department', 'locale'];

/**
 * What was given, as columns: the department by its name on the list, custom values as their fields say.
 *
 * @param isNew a contact made by hand, who has what is required
 */
export async function readContactColumns(
  tx: Tx,
  { custom, ...given }: GivenContact,
  before: CustomValues,
  isNew: boolean,
): Promise<Result<ContactColumns, readonly Problem[]>> {
  const texts = Object.entries(given).filter(([, text]) => text !== undefined);
  const columns = Object.fromEntries(
    texts.map(([id, text]) => [id, text === '' && NULLABLE.some((one) => one === id) ? null : text]),
  );
  const problems: Problem[] = [];
  if (given.department !== undefined && given.department !== '') {
    columns['department'] = await holdDepartment(tx, given.department);
    if (columns['department'] === null) problems.push(await noDepartment(tx, given.department));
  }
  const values = await readCustom(tx, 'contact', custom, before, isNew);
  if (!values.ok) problems.push(...values.error);
  return values.ok && problems.length === 0 ? ok({ ...columns, ...values.value }) : err(problems);
}

/** Custom values after an edit, as the column that holds them; not there when nothing was said of any. */
export async function readCustom(
  tx: Tx,
  owner: CustomFieldOwner,
  given: Readonly<Record<string, string>>,
  before: CustomValues,
  isNew: boolean,
): Promise<Result<{ readonly custom?: CustomValues }, readonly Problem[]>> {
  if (!isNew && Object.keys(given).length === 0) return ok({});
  const fields = await holdCustomFields(tx, owner);
  const custom = changeCustomValues(fields, new Map(Object.entries(given)), before, isNew);
  return custom.ok ? ok({ custom: custom.value }) : err(custom.error.map((says) => ({ field: 'custom', says })));
}

async function noDepartment(db: Queryable, written: string): Promise<Problem> {
  const names = await listDepartmentNames(db);
  const near = nearest(written, names);
  const hint = near === null ? 'see all with: deskbell department list' : `did you mean ${quoted(near)}?`;
  return { field: 'department', says: `is no department, ${quoted(written)}: ${hint}` };
}

/** The user name is somebody's: whose. */
export async function userNameTaken(db: Queryable, userName: string): Promise<Refusal> {
  const owner = await findUserNameOwner(db, userName);
  const who = owner === null ? 'another contact' : `contact ${owner.id}${owner.name === '' ? '' : `, ${owner.name}`}`;
  const message = `The user name ${quoted(userName)} is that of ${who}.`;
  return refusal('user_name_taken', message, 'Choose another one: case makes no difference.');
}
