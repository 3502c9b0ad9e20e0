import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContactId, TicketId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { findMutes, insertMutes } from '../../src/notifications/mute-store.ts';
import type { Mute } from '../../src/notifications/mutes.ts';
import { isMutable, whyMuted } from '../../src/notifications/mutes.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import {
  mintUnsubscribeToken,
  readUnsubscribeSubject,
  readUnsubscribeToken,
  unsubscribeHeaders,
} from '../../src/notifications/unsubscribe.ts';
import type { NotificationKind } from '../../src/notifications/views.ts';
import { mintMessageId, mintReplyToken, readReplyToken, readThreadToken } from '../../src/tickets/thread-token.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

const [BO, TICKET, OTHER] = [12 as ContactId, 5 as TicketId, 6 as TicketId];
const bo = address('bo@lantern.example');
const THIS: Mute = { contactId: BO, address: null, ticketId: TICKET };
const ALL: Mute = { contactId: BO, address: null, ticketId: null };
const about = { kind: 'contact_replied', ticketId: TICKET, contactId: BO, address: bo, isTheirs: false } as const;

describe('N-02: a muted person is not told', () => {
  test.each<[string, readonly Mute[], Partial<Parameters<typeof whyMuted>[1]>, string | null]>([
    ['of a ticket they muted', [THIS], {}, 'they muted this ticket'],
    ['but of another they are', [{ ...THIS, ticketId: OTHER }], {}, null],
    ['of others’ tickets, where they muted all but their own', [ALL], {}, 'they muted all tickets but their own'],
    ['but of their own they are then', [ALL], { isTheirs: true }, null],
    [
      'of their own ticket that they muted',
      [THIS],
      { isTheirs: true, kind: 'ticket_resolved' },
      'they muted this ticket',
    ],
    ['but what operators answer them they get', [THIS, ALL], { isTheirs: true, kind: 'agent_replied' }, null],
    ['nor by what operators answer others', [ALL], { kind: 'agent_replied' }, 'they muted all tickets but their own'],
    [
      'at an address that asked',
      [{ ...THIS, contactId: null, address: bo }],
      { contactId: null },
      'they muted this ticket',
    ],
    ['for what somebody else asked, they are', [{ ...THIS, contactId: 13 as ContactId }], {}, null],
    ['their receipt they get', [THIS, ALL], { kind: 'ticket_opened' }, null],
    ['nobody being somebody', [{ contactId: null, address: null, ticketId: null }], { contactId: null }, null],
  ])('%s', (_, mutes, more, why) => {
    expect(whyMuted(mutes, { ...about, ...more })).toBe(why);
  });

  test('and whatever the staff get is theirs to choose otherwise', () => {
    const kinds = Object.keys(MAIL_KINDS) as NotificationKind[];
    const mutable = kinds.filter(isMutable);
    expect(mutable.filter((kind) => MAIL_KINDS[kind].audience === 'staff')).toEqual([]);
    expect(kinds.filter((kind) => MAIL_KINDS[kind].audience === 'customers' && !isMutable(kind))).toEqual([
      'ticket_opened',
      'late_receipt',
      'contact_welcomed',
      'password_link',
    ]);
  });
});

describe('the token of a link to hear less', () => {
  const keys = deriveKeys(Buffer.alloc(32, 7));
  const mail = { kind: 'contact_replied', eventKey: Buffer.from('one'), recipient: bo, replyDomain: 'desk.example' };
  const { messageId, publicId } = mintMessageId(keys, mail);
  const token = mintUnsubscribeToken(keys, publicId);

  test.each([
    ['as it was made', token],
    ['in capitals', token.toUpperCase()],
  ])('is read %s', (_, text) => {
    expect(readUnsubscribeToken(keys, text)).toBe(publicId);
    expect(readUnsubscribeSubject(keys, `Unsubscribe ${text} `)).toBe(publicId);
  });

  test.each([
    ['with another letter', `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`],
    ['with bits in the last letter of its id that mean nothing', respelt(token)],
    ['of another key', mintUnsubscribeToken(deriveKeys(Buffer.alloc(32, 8)), publicId)],
    ['that is a reply token', mintReplyToken(keys, publicId)],
    ['cut short', token.slice(0, 40)],
    ['longer', `${token}a`],
    ['', ''],
  ])('is none %s', (_, text) => {
    expect(readUnsubscribeToken(keys, text)).toBeNull();
    expect(readUnsubscribeSubject(keys, `unsubscribe ${text}`)).toBeNull();
  });

  test('is neither a reply token nor a Message-ID', () => {
    expect(readReplyToken(keys, token)).toBeNull();
    expect(readReplyToken(keys, token.slice(0, 42))).toBeNull();
    expect(readThreadToken(keys, `v1.contact_replied.${token.slice(0, 26)}.${token.slice(26)}`)).toBeNull();
  });

  test.each([
    ['a page on HTTPS', 'https://desk.example', 'support@desk.example', ['page', 'mail', 'one click']],
    ['a page of this machine alone', 'http://localhost:3000', 'support@desk.example', ['page', 'mail']],
    ['no page', null, 'support+token@desk.example', ['mail']],
    ['an address with marks of URLs in it', null, 'a?b&c%d@desk.example', ['mail']],
  ])('stands in the headers of a mail with %s', (_, publicUrl, to, ways) => {
    const headers = new Map(unsubscribeHeaders(keys, messageId, address(to), publicUrl));
    const [page, mailTo] = (headers.get('List-Unsubscribe') ?? '').split(', ').slice(publicUrl === null ? -1 : -2);
    const found = [
      ...(publicUrl !== null && page === `<${publicUrl}/unsubscribe/${token}>` ? ['page'] : []),
      ...((publicUrl === null ? page : mailTo) === `<mailto:${escaped(to)}?subject=unsubscribe%20${token}>`
        ? ['mail']
        : []),
      ...(headers.get('List-Unsubscribe-Post') === 'List-Unsubscribe=One-Click' ? ['one click'] : []),
    ];
    expect(found).toEqual(ways);
  });

  test('is in no mail that is not ours', () => {
    expect(unsubscribeHeaders(keys, '<x@elsewhere.example>', bo, null)).toEqual([]);
  });
});

const escaped = (text: string): string => text.replace('%', '%25').replace('?', '%3F').replace('&', '%26');

/** The same bytes, spelt otherwise: the last letter of the id has two bits to spare. */
function respelt(token: string): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const last = letters.indexOf(token.charAt(25));
  return token.slice(0, 25) + letters.charAt(last ^ 1) + token.slice(26);
}

describe('what is asked of the mutes', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  test('follows merges of contacts and of tickets, and addresses that have become somebody’s', async () => {
    const { db } = database;
    const mailboxId = await seedMailbox(db);
    const old = await seedContact(db, 'Bo Lind', 'bo@old.example');
    const root = await seedContact(db, 'Bo Lind', 'bo@new.example', 'bo.lind@new.example');
    const [from, into] = [await seedTicket(db, mailboxId, root), await seedTicket(db, mailboxId, root)];
    const mute = (contactId: ContactId | null, of: string | null, ticketId: TicketId | null) =>
      inTransaction(db, (tx) =>
        insertMutes(tx, [{ contactId, address: of === null ? null : address(of), ticketId, source: 'operator' }]),
      );
    expect(await mute(old, null, from.ticketId)).toBe(1);
    expect(await mute(old, null, from.ticketId)).toBe(0);
    expect(await mute(null, 'nobody@new.example', null)).toBe(1);
    expect(await mute(null, 'bo@new.example', null)).toBe(1);
    await db.sql`update contacts set merged_into_id = ${root} where id = ${old}`;
    await db.sql`update tickets set merged_into_id = ${into.ticketId}, status = 'closed', closed_at = now() where id = ${from.ticketId}`;
    const found = await findMutes(db, [into.ticketId], [root], [address('nobody@new.example')]);
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ contactId: root, address: null, ticketId: into.ticketId });
    expect(found).toContainEqual({ contactId: root, address: null, ticketId: null });
    expect(found).toContainEqual({ contactId: null, address: 'nobody@new.example', ticketId: null });
    await db.sql`insert into contact_addresses (address, contact_id) values ('nobody@new.example', ${old})`;
    expect(await findMutes(db, [], [root], [])).toEqual([{ contactId: root, address: null, ticketId: null }]);
    expect(await findMutes(db, [into.ticketId], [], [address('else@new.example')])).toEqual([]);
  });

  test('a contact who was deleted mutes nothing any more', async () => {
    const { db } = database;
    const gone = await seedContact(db, 'Cleo Marsh', 'cleo@gone.example');
    await db.sql`update contacts set status = 'deleted' where id = ${gone}`;
    const rows = [{ contactId: gone, address: address('cleo@gone.example'), ticketId: null, source: 'page' } as const];
    expect(await inTransaction(db, (tx) => insertMutes(tx, rows))).toBe(0);
  });
});
