import { standsUntilLifted } from '../notifications/suppression.ts';
import type { AudienceRow, TicketGroup } from '../tickets/participant-store.ts';
import { line } from './table.ts';

/** Who takes part in a ticket, by role, as names and values: groups as one, with how many they are. */
export function peopleFacts(
  audience: readonly (AudienceRow & { readonly muted?: string | null })[],
  groups: readonly TicketGroup[],
): readonly (readonly [string, string])[] {
  const byRole = Map.groupBy(
    audience.filter(({ role }) => role !== 'group'),
    ({ role }) => role,
  );
  return [
    ...[...byRole].map(([role, rows]) => [ROLE_WORDS[role], line(rows.map(personWords).join(', '))] as const),
    ...(groups.length === 0 ? [] : [['groups', line(groups.map(groupWords).join(', '))] as const]),
    ...(byRole.size === 0 && groups.length === 0 ? [['people', 'nobody takes part'] as const] : []),
  ];
}

const ROLE_WORDS: Readonly<Record<AudienceRow['role'], string>> = {
  requester: 'requester',
  affected: 'affected',
  watcher: 'watchers',
  cc: 'cc',
  group: 'groups',
  extra: 'extra',
  team: 'team',
  customer: 'customer',
  contact: 'contact',
  assignee: 'assignee',
  agents: 'agents',
  admins: 'admins',
};

const personWords = ({ name, address, isActive, muted }: AudienceRow & { readonly muted?: string | null }): string =>
  `${name === '' ? address : `${name} <${address}>`}${isActive ? '' : ' (not active)'}${(muted ?? null) === null ? '' : ' (muted)'}`;

const groupWords = ({ name, memberCount }: TicketGroup): string =>
  `${name} (${memberCount} member${memberCount === 1 ? '' : 's'})`;

/** Who is sent a mail, and who is not although they take part. */
export function goesTo(
  participants: readonly { readonly address: string }[],
  notTold: readonly { readonly address: string; readonly reason: string; readonly isMuted: boolean }[],
): string {
  const told = participants
    .map(({ address }) => address)
    .filter((one) => notTold.every(({ address }) => address !== one));
  const refused = notTold.map(({ address, reason, isMuted }) =>
    isMuted
      ? `NOT sent to ${line(address)}: ${reason}.`
      : `NOT sent to ${line(address)}, which is not mailed (${line(reason)}), ${standsUntilLifted(reason) ? `until somebody says: deskbell suppression lift ${line(address)}` : 'until mail comes from there again.'}`,
  );
  return [told.length === 0 ? 'It goes to nobody.' : `Goes to: ${line(told.join(', '))}`, ...refused].join('\n');
}
