import { z } from 'zod';
import { addressField } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { rowField } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import { lockedTeam } from '../access/staff-reference.ts';
import { putMailboxTeam } from '../access/team-store.ts';
import { err, ok } from '../lib/result.ts';
import { findMailbox } from './store.ts';

/** Whose new tickets of a mailbox are from now on; those that are there stay whose they are. */
export const setMailboxTeam = changeOperation({
  name: 'mailbox.set_team',
  permission: 'mailbox.manage',
  input: z.strictObject({ address: addressField, team: rowField }),
  run: async ({ tx }, { address, team: asked }) => {
    const mailbox = await findMailbox(tx, address);
    if (mailbox === null) {
      const message = `The desk has no mailbox ${address}.`;
      return err(refusal('mailbox_not_found', message, 'See all with: deskbell mailbox list'));
    }
    const team = asked === 'none' ? ok(null) : await lockedTeam(tx, asked);
    if (!team.ok) return team;
    const id = team.value?.id ?? null;
    if (id === mailbox.teamId) {
      const whose = team.value === null ? 'of no team' : `the team ${team.value.name}'s`;
      return err(
        refusal('nothing_to_do', `New tickets of ${address} are ${whose} already.`, 'There is nothing to do.'),
      );
    }
    await putMailboxTeam(tx, mailbox.id, id);
    const changes = { from: { teamId: mailbox.teamId }, to: { teamId: id } };
    return changed({ address, team: team.value?.name ?? null }, [], changes);
  },
});
