import { z } from 'zod';
import { readContactColumns, userNameTaken } from '../access/contact-values.ts';
import { changesOf } from '../access/edit.ts';
import { nameField, quoted, switchField, versionField } from '../access/fields.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { contactField, noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { invalidInput } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { changeDevices, contactTexts, customField, devicesField } from './contact-input.ts';
import type { ContactColumns, ContactDetail } from './contact-store.ts';
import { getContactDetail, updateContact } from './contact-store.ts';
import { clearMainContact, findSimilarCustomer } from './customer-store.ts';
import { asOfNow } from './model.ts';
import { findCustomerByName } from './store.ts';

/** Changes what is given of a contact; the rest stays. An empty text clears its field (FEATURES P-04). */
export const setContact = changeOperation({
  name: 'contact.set',
  permission: 'contact.manage',
  input: z.strictObject({
    contact: contactField,
    ...contactTexts,
    customer: nameField.optional(),
    mainSiteUser: switchField.optional(),
    devices: devicesField,
    removeDevices: devicesField,
    custom: customField,
    ifVersion: versionField,
  }),
  run: async ({ tx, clock }, { contact, customer, mainSiteUser, devices, removeDevices, ifVersion, ...given }) => {
    const locked = await lockNamedPerson(tx, { contact, version: ifVersion });
    if (!locked.ok) return locked;
    const before = await getContactDetail(tx, locked.value.id);
    const texts = await readContactColumns(tx, given, before.custom, false);
    if (!texts.ok) return err(invalidInput(texts.error));
    const relatedDevices = readDevices(before.relatedDevices, devices, removeDevices);
    if (!relatedDevices.ok) return relatedDevices;
    const columns: ContactColumns = { ...texts.value, relatedDevices: relatedDevices.value };
    if (mainSiteUser !== undefined) columns.isMainSiteUser = mainSiteUser;
    if (customer !== undefined) {
      const customerId = await findCustomerByName(tx, customer);
      if (customerId === null) return err(noCustomer(customer, await findSimilarCustomer(tx, customer)));
      columns.customerId = customerId;
      // What they saw of their old customer says nothing about the new one.
      if (customerId !== before.customerId && mainSiteUser === undefined) columns.isMainSiteUser = false;
    }
    const about = { contact: before.id };
    const { changed: fields, ...changes } = changesOf(about, { ...before }, columns);
    if (fields.length === 0) return changed({ contact: asOfNow(before, clock.now()), fields, notes: [] }, [], changes);
    if (!(await updateContact(tx, before.id, before.version + 1, columns))) {
      return err(await userNameTaken(tx, given.userName ?? ''));
    }
    const moved = { ...before, isMainSiteUser: before.isMainSiteUser && mainSiteUser === undefined };
    const notes = fields.includes('customerId') ? await moveAway(tx, moved) : [];
    const after = asOfNow(await getContactDetail(tx, before.id), clock.now());
    return changed({ contact: after, fields, notes }, [], changes);
  },
});

function readDevices(
  before: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): Result<readonly string[], Refusal> {
  const unknown = removed.find((name) => !before.some((one) => one.toLowerCase() === name.toLowerCase()));
  if (unknown !== undefined) {
    const near = nearest(unknown, before);
    const hint = near === null ? '' : `: did you mean ${quoted(near)}?`;
    return err(invalidInput([{ field: 'removeDevices', says: `is no device of theirs, ${quoted(unknown)}${hint}` }]));
  }
  const devices = changeDevices(before, added, removed);
  return devices === null ? err(invalidInput([{ field: 'devices', says: 'are too many: at most 100' }])) : ok(devices);
}

/** What else happens to whoever goes to another customer, as sentences. */
async function moveAway(
  tx: Tx,
  { id, customerId, customer, isMainSiteUser }: ContactDetail,
): Promise<readonly string[]> {
  const led = await clearMainContact(tx, customerId, id);
  return [
    ...(led === null ? [] : [`${led} has no main contact any more: it was this contact.`]),
    ...(isMainSiteUser ? [`They are no main site user any more: --main-site-user on makes them one there.`] : []),
    `Tickets opened so far stay with ${customer}.`,
  ];
}
