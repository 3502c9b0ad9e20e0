import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, limitField, nameField, searchField } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { err, ok } from '../lib/result.ts';
import {
  deleteSuppression,
  findSuppression,
  insertSuppression,
  listSuppressions,
  listTroubles,
} from './suppression-store.ts';
import { keptBackBy } from './suppression.ts';

/** Addresses that are not mailed, and why; page by page. */
export const showSuppressions = readOperation({
  name: 'suppression.list',
  permission: 'outbox.read',
  input: z.strictObject({ search: searchField, after: searchField, limit: limitField }),
  run: async ({ db }, { search, after, limit }) => {
    const rows = await listSuppressions(db, search, after, limit + 1);
    const page = rows.slice(0, limit);
    return ok({ rows: page, next: rows.length > limit ? (page.at(-1)?.address ?? null) : null });
  },
});

/** Why an address is not mailed: which mail it was, and what the server said. */
export const showSuppression = readOperation({
  name: 'suppression.show',
  permission: 'outbox.read',
  input: z.strictObject({ address: addressField }),
  run: async ({ db }, { address }) => {
    const row = await findSuppression(db, address);
    if (row === null) return err(notSuppressed(address));
    return ok({ ...row, ...(await listTroubles(db, address, row.since)) });
  },
});

/** An address is not mailed any more, until somebody lifts that. */
export const addSuppression = changeOperation({
  name: 'suppression.add',
  permission: 'outbox.manage',
  input: z.strictObject({ address: addressField, because: nameField }),
  run: async ({ tx, actor }, { address, because }) => {
    if (deskAddressTest(await listMailboxes(tx))(address)) {
      const message = `${address} is an address of the desk, and the desk never mails itself.`;
      return err(refusal('desk_address', message, 'There is nothing to do.'));
    }
    const reason = keptBackBy(actor.is === 'operator' ? actor.name : actorLabel(actor), because);
    if (!(await insertSuppression(tx, address, reason))) {
      const mend = `See why with: deskbell suppression show ${address}`;
      return err(refusal('already_suppressed', `${address} is not mailed already.`, mend));
    }
    return changed({ address, reason }, [], { from: { reason: null }, to: { reason } });
  },
});

/** An address is mailed again; what was kept back meanwhile stays, unless it is tried again. */
export const liftSuppression = changeOperation({
  name: 'suppression.lift',
  permission: 'outbox.manage',
  input: z.strictObject({ address: addressField }),
  run: async ({ tx }, { address }) => {
    const row = await findSuppression(tx, address);
    if (row === null) return err(notSuppressed(address));
    const { keptBack } = await listTroubles(tx, address, row.since);
    await deleteSuppression(tx, address);
    return changed({ address, reason: row.reason, since: row.since, keptBack }, [], {
      from: { reason: row.reason },
      to: { reason: null },
    });
  },
});

const notSuppressed = (address: string): Refusal =>
  refusal(
    'not_suppressed',
    `Nothing keeps mail from ${address}.`,
    'See whom the desk does not mail with: deskbell suppression list',
  );
