import type { NotificationState } from '../db/schema/notifications.ts';

interface StateRow {
  /** What it means, as a sentence. */
  readonly says: string;
  /** What comes next, and who does it. */
  readonly next: string;
}

/** DESIGN 4: where a mail can stand, in the order of its life. */
export const OUTBOX_STATES: { readonly [State in NotificationState]: StateRow } = {
  queued: {
    says: 'It is due, and waits for its turn.',
    next: 'A worker takes it. `outbox cancel` ends it.',
  },
  sending: {
    says: 'A worker has it; the server has none of it.',
    next: 'Its outcome. When the worker dies, it is queued again.',
  },
  submitting: {
    says: 'The server is taking it.',
    next: 'Its outcome. When the worker dies, nobody knows: it is uncertain.',
  },
  sent: {
    says: 'A server took it.',
    next: 'A report that it came back makes it bounced. `outbox resend` sends the same mail once more.',
  },
  deferred: {
    says: 'The server said "later", or could not be reached.',
    next: 'It is tried again after 1, 5, 15, 30, 60, 120, then each 240 minutes, for 72 hours. After 4 hours operators are told. `outbox retry` tries at once, `outbox cancel` ends it.',
  },
  uncertain: {
    says: 'The server may have taken it, and its answer was lost.',
    next: 'It rests 15 minutes. A report, an answer of its recipient or the folder of sent mail says what became of it. An answer of an operator, or a link, goes out once more by itself; other mail never does. Then it is yours: `outbox resolve`, `outbox retry`.',
  },
  failed: {
    says: 'It was refused for good, given up after 72 hours, held back for words of an internal note, or could not be written.',
    next: 'Operators are told. `outbox retry` tries again.',
  },
  bounced: {
    says: 'A server took it, and a report says that it did not arrive.',
    next: 'Operators are told. `outbox resend` sends the same mail once more, after `suppression lift` where its address is not mailed any more.',
  },
  suppressed: {
    says: 'It was kept back: by a toggle, a budget, or because its address is not mailed.',
    next: '`outbox show` says which. `outbox retry` sends it all the same.',
  },
  folded: {
    says: 'A digest tells of it.',
    next: 'The digest has a row of its own.',
  },
  cancelled: {
    says: 'Somebody decided that it is not sent.',
    next: 'Nothing.',
  },
};
