import type { Role } from '../db/schema/access.ts';

interface PermissionRow {
  readonly id: string;
  /** What it allows, as a sentence. */
  readonly says: string;
  readonly roles: readonly Role[];
}

const ALL: readonly Role[] = ['admin', 'agent', 'read_only'];
const STAFF: readonly Role[] = ['admin', 'agent'];
const ADMINS: readonly Role[] = ['admin'];

/** What there is to be allowed, and which roles have it. */
export const PERMISSIONS = [
  { id: 'ticket.read', says: 'read tickets and their record', roles: ALL },
  { id: 'ticket.write', says: 'answer tickets, leave notes, change their status', roles: STAFF },
  { id: 'message.read', says: 'see why a mail became what it became', roles: ALL },
  {
    id: 'message.process',
    says: 'let mail go on that waits for a person, put it into a ticket, or reject it',
    roles: STAFF,
  },
  { id: 'customer.read', says: 'see customers', roles: ALL },
  { id: 'customer.manage', says: 'add, change and import customers', roles: STAFF },
  { id: 'contact.read', says: 'see contacts', roles: ALL },
  { id: 'contact.manage', says: 'add, change, merge, deactivate and import contacts', roles: STAFF },
  { id: 'contact.erase', says: 'erase contacts for good', roles: ADMINS },
  { id: 'group.read', says: 'see notification groups', roles: ALL },
  { id: 'group.manage', says: 'make notification groups and say who is in them', roles: STAFF },
  { id: 'field.manage', says: 'define custom fields and departments', roles: ADMINS },
  { id: 'outbox.read', says: 'see mail that is owed or was sent', roles: ALL },
  { id: 'outbox.manage', says: 'send mail again, or not at all', roles: STAFF },
  { id: 'template.read', says: 'see what the desk writes in its mail', roles: ALL },
  { id: 'template.write', says: 'change what the desk writes in its mail', roles: ADMINS },
  { id: 'mailbox.read', says: 'see mailboxes and how they are', roles: ALL },
  { id: 'mailbox.manage', says: 'add, test, pause and resume mailboxes', roles: ADMINS },
  { id: 'toggle.read', says: 'see the toggles', roles: ALL },
  { id: 'toggle.manage', says: 'set and clear toggles', roles: ADMINS },
  { id: 'operator.read', says: 'see who the operators are', roles: ALL },
  { id: 'operator.manage', says: 'add, change and disable operators', roles: ADMINS },
  { id: 'me.manage', says: 'choose which mail oneself gets, and in which language', roles: ALL },
  { id: 'team.manage', says: 'make teams and say who is in them', roles: ADMINS },
  { id: 'token.manage', says: 'make and revoke API tokens', roles: ADMINS },
  { id: 'audit.read', says: 'see who did what', roles: ADMINS },
  { id: 'ledger.read', says: 'check the books', roles: ALL },
] as const satisfies readonly PermissionRow[];

export type Permission = (typeof PERMISSIONS)[number]['id'];

const byId: ReadonlyMap<Permission, PermissionRow> = new Map(PERMISSIONS.map((row) => [row.id, row]));

/** The row of a permission: its sentence and its roles. */
export function getPermission(id: Permission): PermissionRow {
  const row = byId.get(id);
  if (row === undefined) throw new Error(`no such permission: ${id}`);
  return row;
}
