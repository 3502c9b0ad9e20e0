import {
  addDepartment,
  changeDepartmentName,
  removeDepartment,
  showDepartments,
} from '../contacts/department-operations.ts';
import { addField, removeField, setField, showFields } from '../contacts/field-operations.ts';
import type { Command, OptionRow } from './command.ts';
import { onOperation } from './on-desk.ts';
import { line, table } from './table.ts';

const CHOICE: OptionRow = { flags: '--choice <text>', says: 'one of its choices', repeats: true, field: 'choices' };

/** What operators define of people and companies: fields of their own, and departments. */
export const FIELD_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'field add',
    says: 'define a field of your own for customers or contacts',
    arguments: ['<owner>', '<key>'],
    options: [
      { flags: '--label <text>', says: 'what people read' },
      { flags: '--kind <kind>', says: 'text, number, date, choice or checkbox' },
      CHOICE,
      { flags: '--required', says: 'whoever adds one by hand must fill it' },
    ],
    examples: [
      'deskbell field add contact floor --label Floor --kind number',
      'deskbell field add customer contract --label Contract --kind choice --choice basic --choice gold --required',
    ],
    operation: addField,
    show: ({ owner, key, kind, without }) =>
      `Every ${owner} has a field ${key} (${kind}) now. Fill it with: deskbell ${owner} set ... --field ${key}=...${lacking(owner, without)}`,
  }),
  onOperation({
    verb: 'field list',
    says: 'the fields you have defined',
    examples: ['deskbell field list'],
    operation: showFields,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'OF', of: ({ owner }) => owner },
          { title: 'KEY', of: ({ key }) => key },
          { title: 'LABEL', of: ({ label }) => label },
          { title: 'KIND', of: ({ kind }) => kind },
          { title: 'REQUIRED', of: ({ isRequired }) => (isRequired ? 'yes' : 'no') },
          { title: 'CHOICES', of: ({ choices }) => choices.join(', ') },
        ],
        width,
        'No field of your own yet. Define one with: deskbell field add',
      ),
  }),
  onOperation({
    verb: 'field set',
    says: 'change the label of a field, whether it is required, or add choices',
    arguments: ['<owner>', '<key>'],
    options: [
      { flags: '--label <text>', says: 'what people read' },
      { flags: '--required <on|off>', says: 'whoever adds one by hand must fill it' },
      CHOICE,
    ],
    examples: ['deskbell field set customer contract --choice platinum --required on'],
    operation: setField,
    show: ({ owner, key, label, isRequired, choices, without }) =>
      `${key} of every ${owner}: "${line(label)}", ${isRequired ? 'required' : 'not required'}` +
      `${choices.length === 0 ? '' : `, one of ${line(choices.join(', '))}`}.${lacking(owner, without)}`,
  }),
  onOperation({
    verb: 'field remove',
    says: 'remove a field; where it is filled, only with its values',
    arguments: ['<owner>', '<key>'],
    options: [{ flags: '--with-values', says: 'forget what is filled in, too' }],
    examples: ['deskbell field remove contact floor --with-values'],
    operation: removeField,
    show: ({ owner, key, values }) =>
      `No ${owner} has a field ${key} any more${values === 0 ? '' : `; its ${values === 1 ? 'one value is' : `${values} values are`} forgotten`}.`,
  }),
  onOperation({
    verb: 'department add',
    says: 'put a department on the list from which contacts have theirs',
    arguments: ['<name>'],
    examples: ['deskbell department add Purchasing'],
    operation: addDepartment,
    show: ({ name }) => `Added department ${line(name)}.`,
  }),
  onOperation({
    verb: 'department list',
    says: 'departments, and how many people are in each',
    examples: ['deskbell department list'],
    operation: showDepartments,
    show: (rows, width) =>
      table(
        rows,
        [
          { title: 'DEPARTMENT', of: ({ name }) => name },
          { title: 'CONTACTS', of: ({ contactCount }) => contactCount },
        ],
        width,
        'No department yet. Add one with: deskbell department add',
      ),
  }),
  onOperation({
    verb: 'department rename',
    says: 'give a department another name; its people stay in it',
    arguments: ['<name>', '<newName>'],
    examples: ['deskbell department rename Purchasing Procurement'],
    operation: changeDepartmentName,
    show: ({ name, was }) => `${line(was)} is ${line(name)} now.`,
  }),
  onOperation({
    verb: 'department remove',
    says: 'take a department off the list; nobody may be in it',
    arguments: ['<name>'],
    examples: ['deskbell department remove Purchasing'],
    operation: removeDepartment,
    show: ({ name }) => `Removed department ${line(name)}.`,
  }),
];

const lacking = (owner: string, without: number): string =>
  without === 0 ? '' : `\n${without} ${owner}${without === 1 ? ' has' : 's have'} no value of it yet.`;
