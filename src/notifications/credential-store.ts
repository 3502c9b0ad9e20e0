import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { MailView } from './views.ts';

/** Which of these mails are claimed under this token, and stay so until the transaction ends. */
export async function holdClaims(
  tx: Tx,
  ids: readonly NotificationId[],
  claimToken: string,
): Promise<ReadonlySet<NotificationId>> {
  const rows = await tx.sql<{ id: NotificationId }[]>`
    select id from notifications
    where id = any(${[...ids]}::bigint[]) and claim_token = ${claimToken} and state = 'sending' order by id for update`;
  return new Set(rows.map(({ id }) => id));
}

/** These mails, which are held, have these secrets, sealed. */
export async function sealSecrets(
  tx: Tx,
  secrets: readonly { readonly id: NotificationId; readonly sealed: Buffer }[],
): Promise<void> {
  if (secrets.length === 0) return;
  const rows = secrets.map(({ id, sealed }) => ({ id, sealed: hexBytes(sealed) }));
  await tx.sql`
    update notifications n set secret = r.sealed::bytea
    from json_to_recordset(${records(tx, rows)}) as r(id bigint, sealed text) where n.id = r.id`;
}

/** These mails, which are held, are as any other from now on, and say why. */
export async function dropCredentials(
  tx: Tx,
  mails: readonly { readonly id: NotificationId; readonly view: MailView | null; readonly remark: string }[],
): Promise<void> {
  if (mails.length === 0) return;
  await tx.sql`
    update notifications n set credential = null, secret = null, view = r.view, because = n.because || r.remark
    from json_to_recordset(${records(tx, mails)}) as r(id bigint, view jsonb, remark text) where n.id = r.id`;
}
