import { z } from 'zod';
import { numberField } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import { readBlob } from '../blobs/store.ts';
import type { InboundMessageId } from '../db/ids.ts';
import { err, ok } from '../lib/result.ts';
import { findRawSha256 } from './process-store.ts';

/** A message as it came, byte for byte, whatever became of it. */
export const readRawMessage = readOperation({
  name: 'message.raw',
  permission: 'message.read',
  input: z.strictObject({ message: numberField }),
  run: async ({ db }, { message }) => {
    const sha256 = await findRawSha256(db, message as InboundMessageId);
    if (sha256 === null) {
      return err(refusal('message_not_found', `There is no message ${message}.`, 'Numbers are told by: deskbell why'));
    }
    return ok({ message, bytes: await readBlob(db, sha256) });
  },
});
