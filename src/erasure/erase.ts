import { eraseAccounts } from '../accounts/account-store.ts';
import { putTombstones } from '../contacts/address-store.ts';
import type { Person } from '../contacts/lifecycle-store.ts';
import { tombstoneHash } from '../contacts/tombstone.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { dropUnreferencedBlobs } from '../retention/blob-store.ts';
import { eraseRawMail } from './blob-store.ts';
import { eraseBelongings, eraseEvidence, eraseFields } from './contact-store.ts';
import {
  allowLongStatements,
  countErasure,
  findFormerAddresses,
  findMessages,
  findNames,
  findTickets,
  lockMails,
} from './find-store.ts';
import type { Erasure, ErasureCounts } from './model.ts';
import { eraseHabits, eraseMails, eraseMentionsInMails } from './outbox-store.ts';
import { eraseAudit, eraseFacts } from './record-store.ts';
import { termsOf } from './terms.ts';
import { eraseAuthors, eraseMentions, eraseTexts } from './ticket-store.ts';

/** Where a person is found; nothing is written. */
async function findErasure(db: Queryable, { ids, addresses }: Person): Promise<Erasure> {
  const own = addresses.map(({ address }) => address);
  const who = { ids, addresses: [...new Set([...own, ...(await findFormerAddresses(db, ids))])] };
  const names = await findNames(db, who);
  const [messageIds, ticketIds] = [await findMessages(db, who), await findTickets(db, who)];
  return { ...who, terms: termsOf(who.addresses, names), messageIds, ticketIds };
}

/**
 * Erases a person whose rows are locked (FEATURES P-07), wherever a room has written who they are. Each address they
 * have leaves a tombstone. Their tickets stay, and so does what they wrote, unless it is to go too. Statements are for all
 * there is at once.
 *
 * @returns what there was of them; or that a mail to them is being handed over this very moment, and nothing was done
 */
export async function erasePerson(
  tx: Tx,
  keys: Keys,
  person: Person,
  withMessages: boolean,
): Promise<Result<ErasureCounts, 'mail_under_way'>> {
  await allowLongStatements(tx);
  const found = await findErasure(tx, person);
  const mails = await lockMails(tx, found);
  if (mails.some(({ state }) => state === 'submitting')) return err('mail_under_way');
  const counts = await countErasure(tx, found);

  await eraseAuthors(tx, found);
  const files = withMessages ? [...(await eraseTexts(tx, found)), ...(await eraseRawMail(tx, found))] : [];
  await eraseMentions(tx, found);
  await eraseFacts(tx, found, withMessages);
  await eraseMails(
    tx,
    mails.map(({ id }) => id),
  );
  await eraseMentionsInMails(tx, found, withMessages);
  await eraseHabits(tx, found);
  await eraseEvidence(tx, found);
  await eraseAudit(tx, found);
  await putTombstones(
    tx,
    person.addresses.map(({ address }) => tombstoneHash(keys, address)),
  );
  await eraseBelongings(tx, found);
  await eraseAccounts(tx, found.ids, found.addresses);
  const pictures = await eraseFields(tx, found);
  await dropUnreferencedBlobs(tx, [...files, ...pictures]);
  return ok(counts);
}
