import { z } from 'zod';
import { nameField, quoted } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { Queryable } from '../db/client.ts';
import { nearest } from '../lib/nearest.ts';
import { err, ok } from '../lib/result.ts';
import {
  countInDepartment,
  deleteDepartment,
  insertDepartment,
  listDepartmentNames,
  listDepartments,
  lockDepartment,
  renameDepartment,
} from './department-store.ts';

const MAX_DEPARTMENT = 100;
const departmentField = nameField.refine(
  (name) => name.length <= MAX_DEPARTMENT,
  `is longer than ${MAX_DEPARTMENT} characters`,
);

/** Puts a department on the list from which contacts have theirs. */
export const addDepartment = changeOperation({
  name: 'department.add',
  permission: 'field.manage',
  input: z.strictObject({ name: departmentField }),
  run: async ({ tx }, { name }) =>
    (await insertDepartment(tx, name)) ? changed({ name }) : err(departmentExists(name)),
});

/** The list, and how many people are in each. */
export const showDepartments = readOperation({
  name: 'department.list',
  permission: 'contact.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listDepartments(db)),
});

/** Gives a department another name; its people stay in it. */
export const changeDepartmentName = changeOperation({
  name: 'department.rename',
  permission: 'field.manage',
  input: z.strictObject({ name: departmentField, newName: departmentField }),
  run: async ({ tx }, { name, newName }) => {
    const found = await lockDepartment(tx, name);
    if (found === null) return err(await noDepartment(tx, name));
    if (!(await renameDepartment(tx, found, newName))) return err(departmentExists(newName));
    return changed({ name: newName, was: found }, [], { from: { name: found }, to: { name: newName } });
  },
});

/** Takes a department off the list; refused while somebody is in it. */
export const removeDepartment = changeOperation({
  name: 'department.remove',
  permission: 'field.manage',
  input: z.strictObject({ name: departmentField }),
  run: async ({ tx }, { name }) => {
    const found = await lockDepartment(tx, name);
    if (found === null) return err(await noDepartment(tx, name));
    const count = await countInDepartment(tx, found);
    if (count > 0) {
      const message = `${count} contact${count === 1 ? ' is' : 's are'} in the department ${quoted(found)}.`;
      return err(refusal('department_in_use', message, 'Rename it, or give them another department first.'));
    }
    await deleteDepartment(tx, found);
    return changed({ name: found });
  },
});

const departmentExists = (name: string): Refusal =>
  refusal('department_exists', `There is a department ${quoted(name)} already.`, 'Choose another name.');

async function noDepartment(db: Queryable, name: string): Promise<Refusal> {
  const near = nearest(name, await listDepartmentNames(db));
  const hint = near === null ? '.' : `: did you mean ${quoted(near)}?`;
  const message = `There is no department ${quoted(name)}${hint}`;
  return refusal('department_not_found', message, 'See all with: deskbell department list');
}
