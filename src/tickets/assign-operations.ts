import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { numberField } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { noTicket, rowField } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import { lockedTeam, operatorField, readAssignee } from '../access/staff-reference.ts';
import { err, ok } from '../lib/result.ts';
import { putAssignment } from './list-store.ts';
import { addRecord, deskName } from './record.ts';
import { findTicketByNumber, lockTicketStatus } from './store.ts';

/** Who of the staff works on a ticket, and whose team it is. */
export const assignTicket = changeOperation({
  name: 'ticket.assign',
  permission: 'ticket.write',
  input: z.strictObject({
    number: numberField,
    to: z.union([z.literal('nobody'), operatorField]).optional(),
    team: rowField.optional(),
  }),
  run: async ({ tx, actor }, { number, to, team: asked }) => {
    const found = await findTicketByNumber(tx, number);
    if (found === null) return err(noTicket(number));
    await lockTicketStatus(tx, found.id);
    const ticket = (await findTicketByNumber(tx, number)) ?? found;
    if (ticket.mergedIntoNumber !== null) {
      const message = `Ticket ${number} is part of ticket ${ticket.mergedIntoNumber} now.`;
      return err(refusal('merged', message, `Go on there: deskbell ticket show ${ticket.mergedIntoNumber}`));
    }
    if (to === undefined && asked === undefined) {
      return err(refusal('nothing_said', 'Nothing is said about whose it shall be.', 'Say --to, --team, or both.'));
    }
    const assignee = to === undefined || to === 'nobody' ? ok(null) : await readAssignee(tx, to);
    if (!assignee.ok) return assignee;
    const team = asked === undefined || asked === 'none' ? ok(null) : await lockedTeam(tx, asked);
    if (!team.ok) return team;
    const before = { assigneeId: ticket.assigneeId, teamId: ticket.teamId };
    const after = {
      assigneeId: to === undefined ? before.assigneeId : (assignee.value?.id ?? null),
      teamId: asked === undefined ? before.teamId : (team.value?.id ?? null),
    };
    const said = [
      ...(after.assigneeId === before.assigneeId
        ? []
        : [assignee.value === null ? 'Nobody works on it now.' : `${assignee.value.name} works on it now.`]),
      ...(after.teamId === before.teamId
        ? []
        : [team.value === null ? "It is no team's now." : `It is the team ${team.value.name}'s now.`]),
    ];
    if (said.length === 0) {
      return err(
        refusal('nothing_to_do', `Ticket ${number} is assigned like that already.`, 'There is nothing to do.'),
      );
    }
    await putAssignment(tx, ticket.id, after);
    const name = actor.is === 'operator' ? actor.name : await deskName(tx, ticket.mailbox);
    const author = { label: actorLabel(actor), name };
    const entryId = await addRecord(tx, ticket.id, 'status', author, said.join('\n'), 'operators');
    const about = { ticketId: ticket.id, entryId, contactId: ticket.requesterId, inboundId: null };
    const payload = {
      assigneeId: after.assigneeId === before.assigneeId ? null : after.assigneeId,
      teamId: after.teamId === before.teamId ? null : after.teamId,
    };
    return changed({ number, said }, [{ kind: 'ticket_assigned', ...about, payload }], { from: before, to: after });
  },
});
