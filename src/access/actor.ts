import type { OperatorId, TokenId } from '../db/ids.ts';
import type { Role } from '../db/schema/access.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Permission } from './permissions.ts';
import { getPermission } from './permissions.ts';

/** Whoever does something: staff, or a part of the system, which may do anything. */
export type Actor =
  | {
      readonly is: 'operator';
      readonly id: OperatorId;
      readonly name: string;
      readonly address: EmailAddress;
      readonly role: Role;
      /** The API token they came with: they may do no more than its scopes say. Not there: they came themselves. */
      readonly token?: { readonly id: TokenId; readonly name: string; readonly scopes: readonly string[] };
    }
  | { readonly is: 'system'; readonly name: string };

/** How the actor is written in rows: `operator:3`, `system:cli`. */
export const actorLabel = (actor: Actor): string =>
  actor.is === 'operator' ? `operator:${actor.id}` : `system:${actor.name}`;

/** May the actor do this? By PERMISSIONS of today, and where they came with a token, by its scopes as well. */
export const isAllowed = (actor: Actor, permission: Permission): boolean =>
  actor.is === 'system' || (hasRoleFor(actor.role, permission) && actor.token?.scopes.includes(permission) !== false);

/** Does the role have the permission? */
export const hasRoleFor = (role: Role, permission: Permission): boolean =>
  getPermission(permission).roles.includes(role);
