import type { InboundMessageId, TicketId } from '../db/ids.ts';
import type { InboundStatus, Verdict } from '../db/schema/mailboxes.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { StoredMail } from './backtest-store.ts';
import type { ForeseenMail } from './replay-owed.ts';

/** What becomes of a mail under some settings. */
export interface Foreseen {
  readonly status: InboundStatus;
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  readonly rule: string;
  /** The same number stands for what the same mail opens, in both worlds. */
  readonly ticketId: TicketId | null;
  /** Addresses of the contacts it makes. */
  readonly contacts: readonly EmailAddress[];
  readonly owed: readonly ForeseenMail[];
}

/** A mail under the settings as they are, and as they would be. */
export interface ReplayedMail {
  readonly mail: StoredMail;
  readonly old: Foreseen;
  readonly fresh: Foreseen;
}

/** How well the time looked at could be replayed. */
export interface ReplayQuality {
  readonly mails: number;
  /** Today's settings decide otherwise than was decided: a toggle was changed since, or a person stepped in. */
  readonly inexact: number;
  /** An earlier release decided about them, and kept too little. */
  readonly leftOut: number;
  /** An operator let them go on. */
  readonly released: number;
  /** How often an operator had changed a ticket before a mail came to it. */
  readonly changedTickets: number;
  /** There was more mail than is replayed at once: it is the newest. */
  readonly isCut: boolean;
}

/** A mail as a person finds it again. */
interface Sample {
  readonly message: InboundMessageId;
  readonly subject: string;
  readonly from: string;
}

/** Something that there would be more or less of, with a few of each. */
export interface Change<Example> {
  readonly old: number;
  readonly fresh: number;
  /** There would be these, which there were not. */
  readonly more: { readonly count: number; readonly samples: readonly Example[] };
  /** There were these, which there would not be. */
  readonly fewer: { readonly count: number; readonly samples: readonly Example[] };
}

/** What would have been otherwise. */
export interface Difference {
  /** Mails of which something would have been otherwise. */
  readonly changedMails: number;
  readonly tickets: Change<Sample>;
  readonly contacts: Change<{ readonly address: string } & Sample>;
  readonly notifications: Change<{ readonly kind: string; readonly recipient: string } & Sample>;
  /** Held or quarantined, by reason; only reasons whose number would be another. */
  readonly held: readonly { readonly reason: string; readonly old: number; readonly fresh: number }[];
  /** Mails that open a ticket or none in both, and would be something else all the same, such as in another ticket. */
  readonly verdicts: Change<{ readonly old: string; readonly fresh: string } & Sample>;
}

const MAX_SAMPLES = 10;

/** Gathers what would have been otherwise, one mail after the other; holds counts and at most ten samples of each. */
export function createDifference(): { readonly add: (replayed: ReplayedMail) => void; readonly get: () => Difference } {
  const tickets = new Tally<Sample>();
  const contacts = new Tally<{ readonly address: string } & Sample>();
  const notifications = new Tally<{ readonly kind: string; readonly recipient: string } & Sample>();
  const verdicts = new Tally<{ readonly old: string; readonly fresh: string } & Sample>();
  const held = new Map<string, { old: number; fresh: number }>();
  let changedMails = 0;
  return {
    add({ mail, old, fresh }) {
      const sample = sampleOf(mail);
      const before = [tickets, contacts, notifications, verdicts].map(({ changes }) => changes);
      tickets.add(ticketOf(old), ticketOf(fresh), () => sample);
      contacts.add(old.contacts, fresh.contacts, (address) => ({ address, ...sample }));
      notifications.add(toldBy(old), toldBy(fresh), (told) => {
        const [kind = '', recipient = ''] = told.split(' ', 2);
        return { kind, recipient, ...sample };
      });
      const words = { old: wordsFor(old), fresh: wordsFor(fresh) };
      const isTickets = ticketOf(old).length !== ticketOf(fresh).length;
      if (!isTickets && fateOf(old) !== fateOf(fresh)) {
        verdicts.add([fateOf(old)], [fateOf(fresh)], () => ({ ...words, ...sample }));
      }
      for (const [which, { status, reason }] of [
        ['old', old],
        ['fresh', fresh],
      ] as const) {
        if (status === 'done' || reason === null) continue;
        const count = held.get(reason) ?? { old: 0, fresh: 0 };
        held.set(reason, { ...count, [which]: count[which] + 1 });
      }
      const after = [tickets, contacts, notifications, verdicts].map(({ changes }) => changes);
      if (after.some((changes, index) => changes !== before[index])) changedMails += 1;
    },
    get: () => ({
      changedMails,
      tickets: tickets.get(),
      contacts: contacts.get(),
      notifications: notifications.get(),
      held: [...held]
        .flatMap(([reason, count]) => (count.old === count.fresh ? [] : [{ reason, ...count }]))
        .toSorted((a, b) => (a.reason < b.reason ? -1 : 1)),
      verdicts: verdicts.get(),
    }),
  };
}

/** Counts things by their names, and keeps the first of those that are on one side alone. */
class Tally<Example> {
  #old = 0;
  #fresh = 0;
  readonly #more: { count: number; samples: Example[] } = { count: 0, samples: [] };
  readonly #fewer: { count: number; samples: Example[] } = { count: 0, samples: [] };

  get changes(): number {
    return this.#more.count + this.#fewer.count;
  }

  add(old: readonly string[], fresh: readonly string[], example: (name: string) => Example): void {
    this.#old += old.length;
    this.#fresh += fresh.length;
    for (const name of fresh) if (!old.includes(name)) note(this.#more, example(name));
    for (const name of old) if (!fresh.includes(name)) note(this.#fewer, example(name));
  }

  get(): Change<Example> {
    return { old: this.#old, fresh: this.#fresh, more: this.#more, fewer: this.#fewer };
  }
}

function note<Example>(side: { count: number; readonly samples: Example[] }, example: Example): void {
  side.count += 1;
  if (side.samples.length < MAX_SAMPLES) side.samples.push(example);
}

const sampleOf = ({ id, facts }: StoredMail): Sample => ({
  message: id,
  subject: facts.subject,
  from: 'address' in facts.sender ? facts.sender.address : '',
});

const ticketOf = ({ verdict }: Foreseen): readonly string[] => (verdict === 'opened' ? ['a ticket'] : []);

const toldBy = ({ owed }: Foreseen): readonly string[] =>
  owed.filter(({ refusal }) => refusal === null).map((one) => `${kindWith(one)} ${one.recipient}`);

/** A welcome with a link is another mail than one without. */
const kindWith = ({ kind, credential }: Foreseen['owed'][number]): string =>
  credential === null ? kind : `${kind}+${credential}`;

const fateOf = (foreseen: Foreseen): string => `${wordsFor(foreseen)} ${foreseen.ticketId ?? ''}`;

const wordsFor = ({ status, verdict, reason }: Foreseen): string => verdict ?? `${status}: ${reason ?? ''}`;
