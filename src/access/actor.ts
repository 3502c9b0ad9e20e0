import type { OperatorId } from '../db/ids.ts';
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
    }
  | { readonly is: 'system'; readonly name: string };

/** How the actor is written in rows: `operator:3`, `system:cli`. */
export const actorLabel = (actor: Actor): string =>
  actor.is === 'operator' ? `operator:${actor.id}` : `system:${actor.name}`;

/** May the actor do this? By PERMISSIONS. */
export const isAllowed = (actor: Actor, permission: Permission): boolean =>
  actor.is === 'system' || getPermission(permission).roles.includes(actor.role);
