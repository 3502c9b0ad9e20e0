import type { ContactId, OperatorId, TeamId } from '../db/ids.ts';
import type { HEARS_OF_ALARMS, HEARS_OF_REPLIES, HEARS_OF_TICKETS, Role } from '../db/schema/access.ts';
import type { AudienceRole } from '../events/audience.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { DigestKind } from './view-of.ts';
import type { NotificationKind } from './views.ts';

/** An operator who is not disabled, and what they want to hear of. */
export interface StaffMember {
  readonly id: OperatorId;
  readonly address: EmailAddress;
  readonly name: string;
  readonly role: Role;
  /** null: the desk's. */
  readonly locale: string | null;
  readonly hearsOfTickets: (typeof HEARS_OF_TICKETS)[number];
  readonly hearsOfReplies: (typeof HEARS_OF_REPLIES)[number];
  readonly hearsOfAlarms: (typeof HEARS_OF_ALARMS)[number];
  readonly teamIds: readonly TeamId[];
  /** Who they are as a contact, if their address is one's. */
  readonly personId: ContactId | null;
}

/** Whose a ticket is among the staff. */
export interface WorkedOn {
  /** null: nobody has it, or whoever has it is disabled. */
  readonly assigneeId: OperatorId | null;
  readonly teamId: TeamId | null;
  /** Whom an assignment gave it to; null: that did not change. */
  readonly given: { readonly assigneeId: OperatorId | null; readonly teamId: TeamId | null } | null;
}

/** Some of the staff who are told. */
interface Hearers {
  readonly role: AudienceRole;
  readonly are: (operator: StaffMember, ticket: WorkedOn) => boolean;
  /** Only where nobody is among those named before. */
  readonly isOtherwise?: true;
}

interface StaffRule {
  readonly event: EventKind;
  readonly kind: Exclude<NotificationKind, DigestKind>;
  /** Whoever is among several is told as one of the first. */
  readonly hearers: readonly Hearers[];
  /** Who that is, for whoever reads the table. */
  readonly whom: string;
  readonly toggle: ToggleId;
  readonly urgency: 'urgent' | 'normal';
}

const isAssignee = ({ id }: StaffMember, { assigneeId }: WorkedOn): boolean => id === assigneeId;
const isOfTeam = ({ teamIds }: StaffMember, { teamId }: WorkedOn): boolean =>
  teamId !== null && teamIds.includes(teamId);
const isMine = (operator: StaffMember, ticket: WorkedOn): boolean =>
  isAssignee(operator, ticket) || (ticket.assigneeId === null && isOfTeam(operator, ticket));

const ASSIGNEE: Hearers = {
  role: 'assignee',
  are: (operator, ticket) => operator.hearsOfReplies !== 'none' && isAssignee(operator, ticket),
};
const TEAM: Hearers = {
  role: 'team',
  are: (operator, ticket) => operator.hearsOfReplies !== 'none' && isMine(operator, ticket),
};
const AGENTS: Hearers = {
  role: 'agents',
  are: (operator, ticket) =>
    operator.hearsOfTickets === 'all' || (operator.hearsOfTickets === 'team' && isOfTeam(operator, ticket)),
};
const ADMINS: Hearers = {
  role: 'admins',
  are: ({ role, hearsOfAlarms }) => role === 'admin' && hearsOfAlarms === 'on',
};
const alarm = (event: EventKind & StaffRule['kind'], toggle: ToggleId): StaffRule => ({
  event,
  kind: event,
  hearers: [ADMINS],
  whom: 'admins who hear of alarms',
  toggle,
  urgency: 'urgent',
});

/** What the staff are told, and who of them; whoever is disabled is not among the staff. */
export const STAFF_RULES: readonly StaffRule[] = [
  {
    event: 'ticket_opened',
    kind: 'staff_ticket_opened',
    hearers: [AGENTS],
    whom: 'operators who hear of all tickets, or of those of their team',
    toggle: 'notify_staff_ticket_opened',
    urgency: 'normal',
  },
  {
    event: 'contact_replied',
    kind: 'staff_contact_replied',
    hearers: [ASSIGNEE, TEAM, { role: 'agents', are: ({ hearsOfReplies }) => hearsOfReplies === 'all' }],
    whom: 'whoever works on it, else its team, and operators who hear of all replies',
    toggle: 'notify_staff_contact_replied',
    urgency: 'normal',
  },
  {
    event: 'agent_replied',
    kind: 'staff_agent_replied',
    hearers: [ASSIGNEE],
    whom: 'whoever works on it',
    toggle: 'notify_staff_agent_replied',
    urgency: 'normal',
  },
  {
    event: 'note_added',
    kind: 'staff_note_added',
    hearers: [ASSIGNEE],
    whom: 'whoever works on it',
    toggle: 'notify_staff_note_added',
    urgency: 'normal',
  },
  {
    event: 'reply_airlocked',
    kind: 'staff_reply_waits',
    hearers: [ASSIGNEE, { ...TEAM, isOtherwise: true }, { ...ADMINS, isOtherwise: true }],
    whom: 'whoever works on it, else its team, else the admins',
    toggle: 'notify_staff_reply_waits',
    urgency: 'normal',
  },
  {
    event: 'ticket_assigned',
    kind: 'staff_assigned',
    hearers: [
      {
        role: 'assignee',
        are: ({ id, hearsOfTickets }, { given }) => hearsOfTickets !== 'none' && given?.assigneeId === id,
      },
      {
        role: 'team',
        are: ({ teamIds, hearsOfTickets }, { assigneeId, given }) => {
          const teamId = given?.teamId ?? null;
          return hearsOfTickets !== 'none' && assigneeId === null && teamId !== null && teamIds.includes(teamId);
        },
      },
    ],
    whom: 'whoever it was given to, else the team it was given to',
    toggle: 'notify_staff_assigned',
    urgency: 'normal',
  },
  alarm('held_mail_waits', 'alarm_held_mail'),
  alarm('flood_began', 'alarm_flood'),
  alarm('breaker_opened', 'alarm_breaker'),
  alarm('mailbox_unhealthy', 'alarm_mailbox'),
  alarm('delivery_delayed', 'alarm_delivery'),
  alarm('delivery_failed', 'alarm_delivery'),
];

/** Who of the staff is told by a rule, each as one of the first they are among. Pure. */
export function hearersOf(
  kind: NotificationKind,
  staff: readonly StaffMember[],
  ticket: WorkedOn,
): readonly { readonly operator: StaffMember; readonly role: AudienceRole }[] {
  const rule = STAFF_RULES.find((one) => one.kind === kind);
  const heard = new Map<OperatorId, { readonly operator: StaffMember; readonly role: AudienceRole }>();
  for (const { role, are, isOtherwise } of rule?.hearers ?? []) {
    if (isOtherwise === true && heard.size > 0) continue;
    for (const operator of staff) {
      if (!heard.has(operator.id) && are(operator, ticket)) heard.set(operator.id, { operator, role });
    }
  }
  return [...heard.values()];
}
