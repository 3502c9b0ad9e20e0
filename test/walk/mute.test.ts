import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addContact } from '../../src/contacts/operations.ts';
import type { TicketId } from '../../src/db/ids.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { checkLedger } from '../../src/inbound/ledger.ts';
import { replay } from '../../src/inbound/replay.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { replyToTicket, resolveTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import { DESK, dmarc, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// FEATURES N-04: a mail of ours says how to get no more of it, and by mail that works too. N-02: a muted person is not told.

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

let tickets = 0;

interface Answered {
  readonly ticketId: TicketId | null;
  readonly number: number;
  readonly requester: string;
  readonly watcher: string;
  readonly extra: string;
  /** The newest mail of ours to somebody about the ticket, as it arrived. */
  mailTo(recipient: string): Promise<{ readonly messageId: string; readonly text: string }>;
  answer(text: string): Promise<readonly { readonly recipient: string; readonly reason: string | null }[]>;
}

/** A ticket with its requester, a watcher and an address of nobody we know, all of whom got an operator's answer. */
async function answered(): Promise<Answered> {
  tickets += 1;
  const [requester, watcher, extra] = ['ana', 'bo', 'courier'].map(
    (name) => `${name}${tickets}@lamps${tickets}.example`,
  );
  if (requester === undefined || watcher === undefined || extra === undefined) throw new Error('no people');
  const names = { customer: 'Unassigned', firstName: 'Bo', lastName: 'Lind' };
  await desk.done(addContact, { ...names, addresses: [watcher] });
  const { ticketId } = await desk.take(letter(requester, ['Subject: The gate creaks']));
  await desk.acknowledgement(ticketId);
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = row?.number ?? 0;
  await desk.done(addToTicket, { number, watchers: [watcher], extras: [extra] });
  const all = async () => {
    const owed = await desk.db.sql<{ recipient: string; reason: string | null; state: string; eventId: number }[]>`
      select recipient, reason, state, event_id as "eventId" from notifications
      where ticket_id = ${ticketId} and kind = 'agent_replied' order by id`;
    return owed.filter(({ eventId }) => eventId === owed.at(-1)?.eventId);
  };
  const answer = async (text: string) => {
    await desk.done(replyToTicket, { number, text });
    const owed = await until('the answer has gone', async () => {
      const mails = await all();
      return mails.every(({ state }) => state === 'sent' || state === 'suppressed') ? mails : null;
    });
    return owed.map(({ recipient, reason }) => ({ recipient, reason }));
  };
  await answer('We are looking. Shall we stop the gate?');
  const mailTo = (recipient: string) =>
    until('it has arrived', async () => {
      const mail = (await desk.owed(ticketId)).findLast((one) => one.recipient === recipient && one.state === 'sent');
      const text = (await desk.inbox(recipient)).find((one) => mail !== undefined && one.includes(mail.messageId));
      return mail === undefined || text === undefined ? null : { messageId: mail.messageId, text };
    });
  return { ticketId, number, requester, watcher, extra, mailTo, answer };
}

const quoting = (words: string): string =>
  `${words}\r\n\r\nOn 2 March 2026 at 10:30, The desk <${DESK}> wrote:\r\n> We are looking. Shall we stop the gate?\r\n>\r\n`;
const reply = (from: string, messageId: string, words: string, lines: readonly string[] = []) =>
  letter(from, [`In-Reply-To: ${messageId}`, 'Subject: Re: The gate creaks', ...lines], quoting(words));
const unfolded = (text: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(text)?.[1]?.replaceAll('\r\n', '') ?? null;
const MUTED = { status: 'done', verdict: 'ignored', rule: 'unsubscribe' };
const shown = (number: number) => desk.done(showTicket, { number });

describe('a notice', () => {
  test('says how to get no more of it, by a page, one click and mail; a receipt does not', async () => {
    const { watcher, requester, ticketId, mailTo } = await answered();
    const { text } = await mailTo(watcher);
    expect(unfolded(text, 'List-Unsubscribe')).toMatch(
      /^<https:\/\/desk\.test\/unsubscribe\/[a-z2-7]{52}>, <mailto:support@desk\.test\?subject=unsubscribe%20[a-z2-7]{52}>$/,
    );
    expect(unfolded(text, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    const receipt = (await desk.inbox(requester)).find((one) => one.includes('v1.ticket_opened.'));
    expect(receipt).toBeDefined();
    expect(unfolded(receipt ?? '', 'List-Unsubscribe')).toBeNull();
    const [stored] = await desk.db.sql<{ bytes: Buffer }[]>`
      select bytes from notification_mime m join notifications n on n.id = m.notification_id
      where n.ticket_id = ${ticketId} and n.recipient = ${watcher} order by n.id desc`;
    expect(stored?.bytes.toString('latin1')).toContain(unfolded(text, 'List-Unsubscribe'));
  });
});

describe('a reply of one word', () => {
  test('mutes the ticket for a watcher: nothing joins it, its status stays, its record says it, and they are told no more', async () => {
    const { ticketId, number, requester, watcher, mailTo, answer } = await answered();
    await desk.done(resolveTicket, { number });
    const taken = await desk.take(reply(watcher, (await mailTo(watcher)).messageId, 'Unsubscribe!'));
    expect(taken).toMatchObject({ ...MUTED, ticketId });
    const { ticket, entries } = await shown(number);
    expect(ticket.status).toBe('resolved');
    const text = 'They asked to hear no more of this ticket by mail. Answers to their own request still reach them.';
    expect(entries.at(-1)).toMatchObject({ kind: 'note', visibility: 'operators', authorName: 'Bo Lind', text });
    expect(entries.filter(({ text: words }) => words.includes('Unsubscribe!'))).toEqual([]);
    const owed = await answer('It is mended.');
    expect(owed).toContainEqual({ recipient: watcher, reason: 'they muted this ticket' });
    expect(owed).toContainEqual({ recipient: requester, reason: null });
    const [why] = await explainMessages(desk.db, String(taken.id));
    if (why === undefined) throw new Error('nothing explains it');
    const lines = explanationLines(why).join('\n');
    expect(lines).toContain(`ignored, ticket #${number} (rule unsubscribe)`);
    expect(lines).toContain('yes  unsubscribe                it asks to hear less of what we write');
  });

  test('of the requester mutes what machines say, and what operators answer them still reaches them', async () => {
    const { ticketId, requester, answer } = await answered();
    const { messageId } = await desk.acknowledgement(ticketId);
    expect(await desk.take(reply(requester, messageId, 'stop'))).toMatchObject({ ...MUTED, ticketId });
    expect(await answer('It is mended.')).toContainEqual({ recipient: requester, reason: null });
  });

  test('of an address of nobody we know mutes that address, and makes no contact', async () => {
    const { extra, mailTo, answer } = await answered();
    expect(await desk.take(reply(extra, (await mailTo(extra)).messageId, 'Bitte abmelden'))).toMatchObject(MUTED);
    const rows = await desk.db.sql`select 1 from contact_addresses where address = ${extra}`;
    expect(rows).toHaveLength(0);
    expect(await answer('It is mended.')).toContainEqual({ recipient: extra, reason: 'they muted this ticket' });
  });

  test.each<[string, (people: Answered) => Promise<Buffer>, string]>([
    [
      'that may answer what an operator asked is an answer',
      async ({ requester, mailTo }) => reply(requester, (await mailTo(requester)).messageId, 'Stop.'),
      'appended',
    ],
    [
      'of the requester below what an operator wrote to them is an answer, whatever the word',
      async ({ requester, mailTo }) => reply(requester, (await mailTo(requester)).messageId, 'Unsubscribe'),
      'appended',
    ],
    [
      'with another beside it is an answer',
      async ({ watcher, mailTo }) =>
        reply(watcher, (await mailTo(watcher)).messageId, 'Unsubscribe us from the newsletter'),
      'appended',
    ],
    [
      'with a file is an answer',
      async ({ watcher, mailTo }) =>
        letter(
          watcher,
          [
            `In-Reply-To: ${(await mailTo(watcher)).messageId}`,
            'MIME-Version: 1.0',
            'Content-Type: multipart/mixed; boundary=b',
          ],
          '--b\r\nContent-Type: text/plain\r\n\r\nunsubscribe\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nlist\r\n--b--',
        ),
      'appended',
    ],
    [
      'below a mail that went to somebody else mutes nothing for a stranger',
      async ({ watcher, mailTo }) => reply('eve@elsewhere.example', (await mailTo(watcher)).messageId, 'unsubscribe'),
      'airlocked',
    ],
    [
      'of somebody whose domain says it was not they mutes nothing',
      async ({ watcher, mailTo }) =>
        Buffer.concat([
          Buffer.from(`${dmarc('fail', watcher.replace(/^.*@/, ''))}\r\n`),
          reply(watcher, (await mailTo(watcher)).messageId, 'unsubscribe'),
        ]),
      'airlocked',
    ],
    [
      'of nobody who answers anything opens a ticket',
      async ({ watcher }) => letter(watcher, [], 'unsubscribe'),
      'opened',
    ],
  ])('%s', async (_, mailOf, verdict) => {
    const people = await answered();
    const before = await desk.db.sql`select 1 from mutes`;
    expect(await desk.take(await mailOf(people))).toMatchObject({ verdict });
    expect(await desk.db.sql`select 1 from mutes`).toHaveLength(before.length);
  });
});

describe('mail to the address that a notice names', () => {
  const subjectIn = async ({ watcher, mailTo }: Answered): Promise<string> =>
    decodeURIComponent(
      /subject=([^>]+)/.exec(unfolded((await mailTo(watcher)).text, 'List-Unsubscribe') ?? '')?.[1] ?? '',
    );

  test('mutes for whoever got the notice, from whichever of their programs it comes, and twice is once', async () => {
    const people = await answered();
    const subject = await subjectIn(people);
    const auto = ['Auto-Submitted: auto-generated', `Subject: ${subject}`];
    for (const bytes of [
      letter(people.watcher, auto, ''),
      letter('bo@phone.example', [`Subject: ${subject.toUpperCase()}`]),
    ])
      expect(await desk.take(bytes)).toMatchObject({ ...MUTED, ticketId: people.ticketId });
    const rows = await desk.db.sql`select source from mutes where ticket_id = ${people.ticketId}`;
    expect(rows).toEqual([{ source: 'mail' }]);
    expect(await people.answer('It is mended.')).toContainEqual({
      recipient: people.watcher,
      reason: 'they muted this ticket',
    });
  });

  test('with a token that nobody made is mail like any other', async () => {
    const subject = `unsubscribe ${'a'.repeat(52)}`;
    expect(await desk.take(letter('eve@elsewhere.example', [`Subject: ${subject}`]))).toMatchObject({
      verdict: 'opened',
    });
  });
});

test('the books balance, and a backtest of the same settings says the same', async () => {
  const deps = { db: desk.db, keys: desk.keys, openSource: openImap };
  const { isClean, mailboxes } = await checkLedger(deps, AbortSignal.timeout(20_000));
  expect(isClean).toBe(true);
  expect(mailboxes[0]?.parts).toMatchObject({ mutes: 5, rejected: 0 });
  const rules = new Map<string, string>();
  await replay(desk.db, desk.keys, new Date(0), [], {
    onMail: ({ mail, old }) => void rules.set(`${mail.id} ${mail.rule}`, old.rule),
    onProgress: () => {},
  });
  for (const [stored, again] of rules) expect(stored.split(' ')[1]).toBe(again);
});
