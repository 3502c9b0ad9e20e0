import { z } from 'zod';
import { versionField } from '../access/fields.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import { readBlob, storeBlobs } from '../blobs/store.ts';
import { sha256 } from '../lib/crypto.ts';
import { err, ok } from '../lib/result.ts';
import { dropUnreferencedBlobs } from '../retention/blob-store.ts';
import { findContactDetail, findPicture, getContactDetail, updateContact } from './contact-store.ts';
import { MAX_PICTURE_BYTES, pictureTypeOf } from './picture.ts';

/** Bytes of a picture with their type; the audit is told how many there are, and not which. */
const pictureField = z.instanceof(Uint8Array).transform((bytes, context) => {
  const type = pictureTypeOf(bytes);
  if (bytes.byteLength <= MAX_PICTURE_BYTES && type !== null) {
    return { bytes, type, toJSON: () => `${type}, ${bytes.byteLength} bytes` };
  }
  const message = type === null ? 'is no PNG, JPEG, GIF or WebP picture' : `is larger than ${MAX_PICTURE_BYTES} bytes`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Gives a contact a picture, or takes it away. */
export const setPicture = changeOperation({
  name: 'contact.picture',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, picture: pictureField.nullable(), ifVersion: versionField }),
  run: async ({ tx }, { contact, picture, ifVersion }) => {
    const locked = await lockNamedPerson(tx, { contact, version: ifVersion });
    if (!locked.ok) return locked;
    const before = await getContactDetail(tx, locked.value.id);
    const { id, version } = before;
    if (picture === null && before.pictureType === null) {
      return err(refusal('no_picture', `Contact ${id} has no picture.`, 'There is nothing to remove.'));
    }
    const old = await findPicture(tx, id);
    const blob = picture === null ? null : { sha256: sha256(picture.bytes), bytes: picture.bytes };
    if (blob !== null) await storeBlobs(tx, [blob]);
    const pictureType = picture?.type ?? null;
    await updateContact(tx, id, version + 1, { pictureSha256: blob?.sha256 ?? null, pictureType });
    if (old !== null) await dropUnreferencedBlobs(tx, [old.sha256]);
    const changes = { from: { contact: id, pictureType: before.pictureType }, to: { contact: id, pictureType } };
    return changed({ contact: id, pictureType, sizeBytes: blob?.bytes.byteLength ?? 0 }, [], changes);
  },
});

/** The bytes of a contact's picture. */
export const readPicture = readOperation({
  name: 'contact.picture.read',
  permission: 'contact.read',
  input: z.strictObject({ contact: contactField }),
  run: async ({ db }, { contact }) => {
    const found = await findContactDetail(db, asContactKey(contact));
    if (found === null) return err(noContact(contact));
    const picture = await findPicture(db, found.id);
    if (picture === null) {
      const mend = `Give them one with: deskbell contact picture ${found.id} --file FILE`;
      return err(refusal('no_picture', `Contact ${found.id} has no picture.`, mend));
    }
    return ok({ contact: found.id, pictureType: picture.type, bytes: await readBlob(db, picture.sha256) });
  },
});
