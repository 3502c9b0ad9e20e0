import { checkLedger } from '../../src/inbound/ledger.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { NOTIFICATION_RULES } from '../../src/notifications/rules.ts';
import type { Rig } from './rig.ts';
import { countTold } from './told.ts';
import type { Traffic } from './traffic.ts';

/** What the campaign found. `breaches` empty: nothing was lost and nothing doubled. */
export interface Verdict {
  readonly breaches: readonly string[];
  readonly figures: readonly (readonly [what: string, count: number])[];
}

interface EntryRow {
  readonly mark: string | null;
  readonly ticketId: number;
}

interface MailRow {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
  readonly messageId: string;
  /** null: it is about several, or about none. */
  readonly ticketId: number | null;
  readonly foldedInto: number | null;
  readonly recipient: string;
  readonly text: string | null;
}

/** The ledger, and a count of what is there against what was sent. Everything must have come to rest. */
export async function reachVerdict(rig: Rig, traffic: Traffic): Promise<Verdict> {
  const breaches: string[] = [];
  const ledger = await checkLedger({ db: rig.db, keys: rig.keys, openSource: openImap }, AbortSignal.timeout(60_000));
  for (const { id, says, breaches: names } of ledger.invariants) {
    breaches.push(...names.map((name) => `ledger ${id} (${says}): ${name}`));
  }
  for (const { mailbox, problem, unaccounted } of ledger.mailboxes) {
    if (problem !== null) breaches.push(`ledger: ${mailbox}: ${problem}`);
    if (unaccounted.length > 0) breaches.push(`ledger: ${mailbox}: nobody knows of UIDs ${unaccounted.join(', ')}`);
  }
  const mails = await rig.db.sql<MailRow[]>`
    select n.id, n.kind, n.state, n.reason, n.message_id as "messageId", n.ticket_id as "ticketId", n.recipient,
      n.folded_into as "foldedInto", e.text
    from notifications n join events v on v.id = n.event_id left join ticket_entries e on e.id = v.entry_id
    order by n.id`;
  return {
    figures: [
      ...(await countEntries(rig, traffic, mails, breaches)),
      ...countMails(rig, mails, breaches),
      ...countAgentReplies(traffic, mails, breaches),
      ...(await countTold(rig, traffic.bursts, breaches)),
      ...(await countAlarms(rig, breaches)),
    ],
    breaches,
  };
}

type Figures = readonly (readonly [string, number])[];

async function countEntries(
  rig: Rig,
  traffic: Traffic,
  mails: readonly MailRow[],
  breaches: string[],
): Promise<Figures> {
  const entries = await rig.db.sql<EntryRow[]>`
    select substring(text from '[Tt]his is ((?:message|token reply) [0-9]+)[.]') as mark, ticket_id as "ticketId"
    from ticket_entries where kind = 'mail' order by id`;
  const firstOf = new Map(entries.toReversed().map(({ mark, ticketId }) => [ticketId, mark]));
  const ticketsOf = Map.groupBy(entries, ({ mark }) => mark);
  const ticketOfMail = new Map(mails.map(({ messageId, ticketId }) => [messageId, ticketId]));
  const wanted = traffic.delivered.filter(({ expects }) => expects === 'entry');
  const lost = wanted.filter(({ mark }) => !ticketsOf.has(mark));
  const doubled = wanted.filter(({ mark }) => (ticketsOf.get(mark)?.length ?? 0) > 1);
  const strays = wanted.filter(({ mark, joins }) => {
    const own = ticketsOf.get(mark)?.[0]?.ticketId;
    if (joins === null || own === undefined) return false;
    const isOfNone = 'ourMessageId' in joins && ticketOfMail.get(joins.ourMessageId) === null;
    // An answer to what was about several tickets is a new one, and joins none of them.
    if (isOfNone) return firstOf.get(own) !== mark;
    const other = 'mark' in joins ? ticketsOf.get(joins.mark)?.[0]?.ticketId : ticketOfMail.get(joins.ourMessageId);
    return own !== other;
  });
  breaches.push(...lost.map(({ name }) => `lost: ${name}`));
  breaches.push(...doubled.map(({ name }) => `more than one entry: ${name}`));
  breaches.push(...strays.map(({ name }) => `not in the ticket it answers: ${name}`));
  const unknown = entries.length - wanted.length + lost.length;
  if (unknown !== 0 && doubled.length === 0) breaches.push(`${unknown} entries are of no mail that was delivered`);

  const apart = await rig.db.sql<{ name: string }[]>`
    select 'message ' || id || ' is ' || status || ' (' || reason || ')' as name from inbound_messages
      where status in ('held', 'quarantined')
    union all select 'message ' || id || ' became a placeholder: nobody could read it' from inbound_messages
      where rule = 'unreadable'
    union all select 'UID ' || uid || ' is noted as ' || kind from mailbox_gaps`;
  breaches.push(...apart.map(({ name }) => name));
  return [
    ['mails delivered', traffic.delivered.length],
    ['  of them twins', traffic.delivered.length - wanted.length],
    ['entries', entries.length],
    ['lost', lost.length],
    ['more than one entry', doubled.length],
    ['not in the ticket they answer', strays.length],
  ];
}

/** RELIABILITY D8: all other mail goes out once at most. */
const SENT_AGAIN: ReadonlySet<string> = new Set(
  NOTIFICATION_RULES.flatMap(({ kind, resendsWhenUncertain }) => (resendsWhenUncertain > 0 ? [kind] : [])),
);
const AT_REST = new Set(['sent', 'uncertain', 'suppressed', 'failed', 'cancelled']);
const isAtRest = ({ state, foldedInto }: MailRow) => AT_REST.has(state) || (state === 'folded' && foldedInto !== null);

function countMails({ smtp }: Rig, mails: readonly MailRow[], breaches: string[]): Figures {
  const copies = smtp.copies();
  const known = new Set(mails.map(({ messageId }) => messageId));
  const isAutomatic = ({ kind }: MailRow) => !SENT_AGAIN.has(kind);
  const copiesOf = ({ messageId }: MailRow) => copies.get(messageId) ?? 0;
  const name = (mail: MailRow) =>
    `${mail.kind} ${mail.id} to ${mail.recipient} (${mail.state}, ${copiesOf(mail)} copies)`;
  for (const mail of mails) {
    if (!isAtRest(mail)) breaches.push(`has not come to rest: ${name(mail)}`);
    if (mail.state === 'sent' && copiesOf(mail) === 0) breaches.push(`sent, and never arrived: ${name(mail)}`);
    if (mail.state !== 'sent' && mail.reason === null) breaches.push(`not sent, and no row says why: ${name(mail)}`);
    if (copiesOf(mail) > (isAutomatic(mail) ? 1 : 2)) breaches.push(`too many copies: ${name(mail)}`);
  }
  for (const messageId of copies.keys()) {
    if (!known.has(messageId)) breaches.push(`the server took a mail that the desk does not know: ${messageId}`);
  }
  const bytesOf = Map.groupBy(smtp.accepted, ({ messageId }) => messageId);
  for (const [messageId, taken] of bytesOf) {
    const [first, ...others] = taken.map(({ bytes }) => bytes?.toString('latin1'));
    if (others.some((bytes) => bytes !== first)) breaches.push(`two copies are not the same bytes: ${messageId}`);
  }
  const automatic = mails.filter((mail) => isAutomatic(mail) && mail.state !== 'folded');
  const personal = mails.filter((mail) => !isAutomatic(mail));
  const unsure = (some: readonly MailRow[]) => some.filter(({ state }) => state === 'uncertain').length;
  return [
    ['automatic mails owed, digests among them', automatic.length],
    ['  taken by the server', automatic.filter((mail) => copiesOf(mail) > 0).length],
    ['  uncertain, each listed', unsure(automatic)],
    ['  second copies', automatic.filter((mail) => copiesOf(mail) > 1).length],
    ["agents' replies owed", personal.length],
    ['  taken by the server', personal.filter((mail) => copiesOf(mail) > 0).length],
    ['  uncertain, each listed', unsure(personal)],
    ['  second copies (at most one each)', personal.filter((mail) => copiesOf(mail) > 1).length],
  ];
}

/** What the desk confirmed to an agent is there, and is owed to each of those it named. */
function countAgentReplies(traffic: Traffic, mails: readonly MailRow[], breaches: string[]): Figures {
  const owed = Map.groupBy(
    mails.filter(({ kind }) => kind === 'agent_replied'),
    ({ text }) => text,
  );
  for (const { text, people } of traffic.agentReplies) {
    const count = new Set(owed.get(text)?.map(({ recipient }) => recipient)).size;
    if (count < people)
      breaches.push(`an agent's reply was confirmed to ${people} people and is owed to ${count}: ${text}`);
  }
  return [
    ["agents' replies confirmed", traffic.agentReplies.length],
    ['  of them to several people', traffic.agentReplies.filter(({ people }) => people > 1).length],
  ];
}

/** Of each mail that failed operators hear once at most, whichever worker looked. */
async function countAlarms({ db }: Rig, breaches: string[]): Promise<Figures> {
  const raised = await db.sql<{ kind: string; id: number; count: number }[]>`
    select kind, (payload ->> 'notificationId')::bigint as id, count(*)::int as count from events
    where kind in ('delivery_delayed', 'delivery_failed') group by 1, 2`;
  breaches.push(
    ...raised.filter(({ count }) => count > 1).map(({ kind, id }) => `${kind} was raised twice of mail ${id}`),
  );
  return [['alarms about mail', raised.length]];
}
