/**
 * Who may be told of what happens to a ticket, in the order in which they count: whoever is several of these gets one
 * mail, as the first of them. Team and customer take no part in a ticket, but whoever opens one may tell them; `contact`
 * is whom an event is about; `assignee`, `agents` and `admins` are staff, who get mail that no customer gets.
 */
const AUDIENCE = {
  requester: 'requester of the ticket',
  affected: 'affected contact of the ticket',
  watcher: 'watcher of the ticket',
  cc: 'cc of the ticket',
  group: 'member of the group',
  extra: 'extra address of the ticket',
  team: 'member of the team',
  customer: 'main contact or main site user of the customer',
  contact: 'a new contact',
  assignee: 'the ticket is theirs to work on',
  agents: 'operator who wants to hear of such tickets',
  admins: 'admin who wants to hear when something is wrong',
} as const;

export type AudienceRole = keyof typeof AUDIENCE;

/** Who takes part: told of each answer. */
export const TICKET_ROLES = ['requester', 'affected', 'watcher', 'cc', 'group', 'extra'] as const;

/** Who may be told of a ticket. */
export const AUDIENCE_ROLES = [...TICKET_ROLES, 'team', 'customer'] as const;

/** @param of the name of the group or team, where it is one */
export const becauseOf = (role: AudienceRole, of: string | null): string =>
  of === null ? AUDIENCE[role] : `${AUDIENCE[role]} ${of}`;

/** Why somebody is not told whom the actor left out. */
export const NOT_CHOSEN = 'whoever opened the ticket chose not to tell them';
