import { z } from 'zod';
import type { OperatorId, TeamId } from '../db/ids.ts';
import { err, ok } from '../lib/result.ts';
import type { Tx } from '../db/client.ts';
import { quoted } from './fields.ts';
import { changed, changeOperation, readOperation } from './operation.ts';
import { newNameField, rowField } from './references.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import { lockedTeam, operatorField, readOperators, readTeam } from './staff-reference.ts';
import {
  countTeamTickets,
  deleteTeam,
  deleteTeamMembers,
  insertTeam,
  insertTeamMembers,
  listTeams,
  renameTeam,
} from './team-store.ts';

const MAX_NAMED = 100;

/** `none` stands for no team. */
const teamNameField = newNameField.refine((name) => name.toLowerCase() !== 'none', 'cannot be "none"');

const membersField = z.array(operatorField).min(1, 'is missing: name at least one').max(MAX_NAMED);

/** A new team, with nobody in it yet. */
export const addTeam = changeOperation({
  name: 'team.add',
  permission: 'team.manage',
  input: z.strictObject({ name: teamNameField }),
  run: async ({ tx }, { name }) => {
    const id = await insertTeam(tx, name);
    return id === null ? err(nameTaken(name)) : changed({ id, name }, [], { from: null, to: { id, name } });
  },
});

/** All teams by name. */
export const showTeams = readOperation({
  name: 'team.list',
  permission: 'operator.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listTeams(db)),
});

/** Gives a team another name. */
export const setTeam = changeOperation({
  name: 'team.rename',
  permission: 'team.manage',
  input: z.strictObject({ team: rowField, name: teamNameField }),
  run: async ({ tx }, { team: asked, name }) => {
    const team = await lockedTeam(tx, asked);
    if (!team.ok) return team;
    if (!(await renameTeam(tx, team.value.id, name))) return err(nameTaken(name));
    const { id, name: before } = team.value;
    return changed({ id, name, before }, [], { from: { name: before }, to: { name } });
  },
});

/** Forgets a team; where tickets are its that must be said, and a mailbox that names it names another first. */
export const removeTeam = changeOperation({
  name: 'team.remove',
  permission: 'team.manage',
  input: z.strictObject({ team: rowField, fromTickets: z.boolean().default(false) }),
  run: async ({ tx }, { team: asked, fromTickets }) => {
    const team = await lockedTeam(tx, asked);
    if (!team.ok) return team;
    const { id, name, members, mailboxes } = team.value;
    const [mailbox] = mailboxes;
    if (mailbox !== undefined) {
      const message = `New tickets of ${mailboxes.join(', ')} are the team ${name}'s.`;
      const mend = `Give them to another team or to none: deskbell mailbox set-team ${mailbox} none`;
      return err(refusal('team_of_mailbox', message, mend));
    }
    const ticketCount = await countTeamTickets(tx, id);
    if (ticketCount > 0 && !fromTickets) {
      const message = `${ticketCount} ticket${ticketCount === 1 ? ' is' : 's are'} the team ${name}'s.`;
      return err(refusal('team_in_use', message, 'If they shall be of no team, say so: --from-tickets'));
    }
    await deleteTeam(tx, id);
    return changed({ id, name, ticketCount }, [], { from: { id, name, members, tickets: ticketCount }, to: null });
  },
});

/** Puts operators into a team. */
export const putIntoTeam = membersOperation('team.put', insertTeamMembers, (team) => `in the team ${team} already`);

/** Takes operators out of a team; tickets that are theirs stay so. */
export const dropFromTeam = membersOperation('team.drop', deleteTeamMembers, (team) => `not in the team ${team}`);

function membersOperation(
  name: string,
  change: (tx: Tx, id: TeamId, operatorIds: readonly OperatorId[]) => Promise<number>,
  otherwise: (team: string) => string,
) {
  return changeOperation({
    name,
    permission: 'team.manage',
    input: z.strictObject({ team: rowField, operators: membersField }),
    run: async ({ tx }, { team: asked, operators: written }) => {
      const team = await lockedTeam(tx, asked);
      if (!team.ok) return team;
      const operators = await readOperators(tx, written);
      if (!operators.ok) return operators;
      const names = operators.value.map((one) => one.name);
      const ids = operators.value.map(({ id }) => id);
      if ((await change(tx, team.value.id, ids)) === 0) {
        return err(
          refusal('nothing_to_do', `${names.join(', ')}: ${otherwise(team.value.name)}.`, 'There is nothing to do.'),
        );
      }
      const after = await readTeam(tx, team.value.id);
      if (!after.ok) return after;
      const { id, name: teamName, members } = after.value;
      const changes = { from: { members: team.value.members }, to: { members } };
      return changed({ id, name: teamName, moved: names, members }, [], changes);
    },
  });
}

const nameTaken = (name: string): Refusal =>
  refusal('team_exists', `There is a team ${quoted(name)} already.`, 'Choose another name.');
