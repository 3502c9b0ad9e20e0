import type { LimitedBy, PlannedNotification } from './model.ts';

/** Whether whoever wrote while nobody read is told that their mail has arrived, in place of an acknowledgement that is too late. */
export interface LateReceipt {
  /** When the mail server had it. */
  readonly sentAt: Date;
  /** null: they are told, once in a day however much they wrote. */
  readonly refusal: string | null;
  readonly limitedBy: LimitedBy | null;
}

/** Behind each acknowledgement that is too late, the receipt in its place (FEATURES B-07); null: none is. */
export const withReceipts = (
  planned: readonly PlannedNotification[],
  receipt: LateReceipt | null,
): readonly PlannedNotification[] =>
  receipt === null
    ? planned
    : planned.flatMap((one) => (one.kind === 'ticket_opened' ? [one, asLateReceipt(one, receipt)] : one));

/** It says as little as an acknowledgement: nothing that its sender chose. */
function asLateReceipt(acknowledgement: PlannedNotification, receipt: LateReceipt): PlannedNotification {
  const { view } = acknowledgement;
  if (view.kind !== 'ticket_opened') throw new Error(`a late receipt in the place of ${view.kind}`);
  const { sentAt, refusal, limitedBy } = receipt;
  const { desk, ticket } = view;
  return {
    ...acknowledgement,
    kind: 'late_receipt',
    refusal,
    limitedBy,
    lane: 2,
    view: { kind: 'late_receipt', desk, ticket, sentAt: sentAt.toISOString() },
  };
}
