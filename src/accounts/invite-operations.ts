import { z } from 'zod';
import { contactName, lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { contactField } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { noPublicUrl, refusal } from '../access/refusal.ts';
import type { Person } from '../contacts/lifecycle-store.ts';
import type { Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { err } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { INVITATIONS } from '../notifications/budgets.ts';
import { findBudgetLevel } from '../notifications/budget-store.ts';
import { findSuppressed } from '../notifications/store.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findNotEntitled, revokeLinks } from './link-store.ts';
import type { NotEntitled } from './model.ts';
import { LINK_HOURS, NOT_ENTITLED } from './model.ts';

/** Sends a contact a mail with a link to set a password; links that were sent before work no more (FEATURES T-05). */
export const inviteContact = changeOperation({
  name: 'contact.invite',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField }),
  run: async ({ tx, publicUrl }, { contact }) => {
    if (publicUrl === null) return err(noPublicUrl('An invitation'));
    const locked = await lockNamedPerson(tx, { contact });
    if (!locked.ok) return locked;
    const found = locked.value;
    const { id, name } = found;
    const address = found.addresses.find(({ isPrimary, ownerId }) => isPrimary && ownerId === id)?.address;
    if (address === undefined) {
      return err(
        refusal(
          'no_address',
          `There is no address of ${contactName(found)}.`,
          `Add one with: deskbell address add ${id} <address>`,
        ),
      );
    }
    const [whyNot] = await findNotEntitled(tx, [{ contactId: id, address }]);
    if (whyNot !== null && whyNot !== undefined) return err(notEntitled(whyNot, found, address));
    const [mailbox] = await listMailboxes(tx);
    if (mailbox === undefined) {
      return err(refusal('no_mailbox', 'The desk has no mailbox to send from.', 'Add one with: deskbell mailbox add'));
    }
    const refused = (await whyNotMailed(tx, address)) ?? (await whyNotNow(tx, mailbox.id));
    if (refused !== null) return err(refused);
    await revokeLinks(tx, { contactIds: found.ids });
    const asked = {
      kind: 'password_link_asked',
      contactId: id,
      ticketId: null,
      entryId: null,
      inboundId: null,
    } as const;
    const changes = { from: { id }, to: { id, invitedAt: address } };
    return changed({ id, name, address, hours: LINK_HOURS }, [asked], changes);
  },
});

/** What makes each of them right again. */
const MENDS: { readonly [Why in NotEntitled]: (address: EmailAddress) => string } = {
  not_theirs: (address) => `See whose it is with: deskbell contact show ${address}`,
  not_primary: (address) => `Make it so with: deskbell address primary ${address}`,
  not_active: (address) => `Make them active first: deskbell contact activate ${address}`,
  unproven: (address) =>
    `Ask them to write to you from there; if you know that they read it: deskbell address verify ${address}`,
};

const notEntitled = (why: NotEntitled, person: Person, address: EmailAddress): Refusal =>
  refusal(why, `No link goes to ${contactName(person)}, at ${address}: ${NOT_ENTITLED[why]}.`, MENDS[why](address));

async function whyNotMailed(tx: Tx, address: EmailAddress): Promise<Refusal | null> {
  const reason = (await findSuppressed(tx, [address])).get(address);
  if (reason === undefined) return null;
  const mend = 'It is mailed again once mail comes from there; or give them another address.';
  return refusal('address_not_mailed', `${address} is not mailed: ${reason}.`, mend);
}

/** The same that would keep the mail back afterwards, where the operator would not see it. */
async function whyNotNow(tx: Tx, mailboxId: MailboxId): Promise<Refusal | null> {
  const settings = settingsOf(await loadSettings(tx, [], []));
  const toggle = 'invitations_per_desk_hour';
  const limit = Number(resolveToggle(settings, toggle, { mailboxId, customerId: null, contactId: null }).value);
  const level = await findBudgetLevel(tx, { ...INVITATIONS, limit });
  if (level + 1 <= limit) return null;
  const message = `The desk has sent as many invitations in this hour as it may (${toggle} = ${limit}).`;
  return refusal('too_many_invitations', message, `Wait a little, or raise it with: deskbell toggle set ${toggle}`);
}
