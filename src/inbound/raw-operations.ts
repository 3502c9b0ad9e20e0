import { z } from 'zod';
import { numberField } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import { readBlob } from '../blobs/store.ts';
import type { InboundMessageId } from '../db/ids.ts';
import { err, ok } from '../lib/result.ts';
import { findRaw } from './process-store.ts';

/** A message as it came, byte for byte, whatever became of it. */
export const readRawMessage = readOperation({
  name: 'message.raw',
  permission: 'message.read',
  input: z.strictObject({ message: numberField }),
  run: async ({ db }, { message }) => {
    const raw = await findRaw(db, message as InboundMessageId);
    if (raw === null) {
      return err(refusal('message_not_found', `There is no message ${message}.`, 'Numbers are told by: deskbell why'));
    }
    if (raw.goneAt !== null) {
      const on = raw.goneAt.toISOString().slice(0, 10);
      const words = `Message ${message} is here no more as it came: it was deleted on ${on}, for its time to be kept was over.`;
      const mend = `What became of it: deskbell why ${message}; how long mail is kept: deskbell retention show`;
      return err(refusal('raw_gone', words, mend));
    }
    return ok({ message, bytes: await readBlob(db, raw.sha256) });
  },
});
