import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inviteContact } from '../../src/accounts/invite-operations.ts';
import { findLiveLink } from '../../src/accounts/link-store.ts';
import { hashToken } from '../../src/accounts/token.ts';
import { addContact } from '../../src/contacts/operations.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import type { Log } from '../../src/lib/log.ts';
import { fillCredentials } from '../../src/notifications/credentials.ts';
import { createDeliverer } from '../../src/notifications/deliver.ts';
import { cancelMail, retryMail } from '../../src/notifications/intervene-operations.ts';
import { claimDue, reclaimAbandoned, requeueUncertain } from '../../src/notifications/outbox-store.ts';
import { loadTemplates } from '../../src/notifications/templates.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import type { SmtpRoute } from '../../src/notifications/transport-model.ts';
import { putSetting } from '../../src/settings/store.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import type { ScriptedSmtp } from '../support/scripted-smtp.ts';
import { startScriptedSmtp } from '../support/scripted-smtp.ts';
import { findEverywhere, linkIn } from '../support/secrets.ts';
import { address, seedMailbox } from '../support/seed.ts';
import { until } from '../walk/desk.ts';
import { reply } from '../support/smtp-script.ts';
import type { SmtpScript } from '../support/smtp-script.ts';

// FEATURES T-05, B-09; DESIGN 5.5 to 5.7: a secret on its way out.

const said: string[] = [];
const hear = (event: string, fields?: object): void => void said.push(`${event} ${JSON.stringify(fields)}`);
const log: Log = { debug: hear, info: hear, warn: hear, error: hear };
const PUBLIC_URL = 'https://desk.example';

let desk: TestDesk;
let mailboxId: MailboxId;
let smtp: ScriptedSmtp;
let route: SmtpRoute;
let who = '';
let people = 0;

beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
  for (const [toggle, value] of [
    ['welcome_new_contact', 'on'],
    ['welcome_credentials', 'link'],
    ['invitations_per_desk_hour', '1000'],
  ] as const) {
    await putSetting(desk.db, { toggle, layer: 'desk', layerId: 0 }, value, 'system:test');
  }
});
afterAll(() => desk.drop());
beforeEach(async () => {
  await desk.db.sql`truncate notifications, notification_mime, deliveries, suppressions, password_links cascade`;
  smtp = await startScriptedSmtp({ keepBytes: true });
  const server = { host: '127.0.0.1', port: smtp.port, security: 'none', login: null, caPem: null } as const;
  route = openSmtpRoute({ ...server, ehloName: 'desk.example' });
  who = `ana${(people += 1)}@lantern.example`;
});
afterEach(async () => {
  await route.close();
  await smtp.stop();
});

const welcome = () =>
  desk.done(addContact, { customer: 'Unassigned', firstName: 'Ana', lastName: 'Peralta', addresses: [who] });
const invite = () => desk.done(inviteContact, { contact: who });

/** One round of a sender. */
async function deliver(keys = desk.deps.keys, publicUrl: string | null = PUBLIC_URL): Promise<void> {
  await desk.db.sql`update notifications set next_attempt_at = now() where state in ('queued', 'deferred')`;
  const deliverer = createDeliverer({
    db: desk.db,
    keys,
    publicUrl,
    log,
    templates: loadTemplates(),
    clock: systemClock,
    checkpoint: noCheckpoint,
    instance: randomUUID(),
    uncertainWaitMs: 0,
  });
  const mailbox = {
    mailboxId,
    address: address('support@desk.example'),
    displayName: 'Desk',
    replyTo: () => null,
    unsubscribe: () => [],
    aliasOf: () => null,
  };
  const sending = await deliverer.deliverDue(
    new Map([[mailboxId, { route: { ...mailbox, smtp: route }, room: 10, perMinute: 0 }]]),
    AbortSignal.timeout(20_000),
  );
  await Promise.all(sending.map(({ done }) => done));
}

interface Row {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly because: string;
  readonly reason: string | null;
  readonly credential: string | null;
  readonly isSealed: boolean;
}
const rows = () => desk.db.sql<Row[]>`
  select id, kind, state, because, reason, credential, secret is not null as "isSealed" from notifications order by id`;
const idOf = async (): Promise<number> => (await rows())[0]?.id ?? 0;

/** The tokens the server saw, attempt by attempt. */
const tokens = (): readonly (string | null)[] =>
  smtp.received.map(({ bytes }) => linkIn(bytes?.toString('latin1') ?? '')?.token ?? null);
const isLive = async (token: string | null | undefined): Promise<boolean> =>
  (await findLiveLink(desk.db, hashToken(token ?? ''))) !== null;
const play = (script: SmtpScript): void => smtp.play(script);
const atContent = (text: string): SmtpScript => ({
  answer: ({ moment }) => (moment === 'content' ? reply(text) : null),
});

describe('a mail with a link', () => {
  test('has its secret only while it may have to be sent, and none is stored with its bytes', async () => {
    await welcome();
    expect(await rows()).toMatchObject([{ state: 'queued', credential: 'link', isSealed: false }]);
    play(atContent('451 4.3.0 try later'));
    await deliver();
    expect(await rows()).toMatchObject([{ state: 'deferred', isSealed: true }]);
    play({});
    await deliver();
    expect(await rows()).toMatchObject([{ state: 'sent', isSealed: false, because: 'a new contact' }]);
    const [first, second] = tokens();
    expect(second).toBe(first);
    expect(smtp.received[1]?.bytes).toEqual(smtp.received[0]?.bytes);
    expect(await isLive(first)).toBe(true);
    expect(await findEverywhere(desk.db, first ?? '')).toEqual([]);
    expect(await desk.db.sql`select 1 from notification_mime`).toHaveLength(0);
  });

  test('has its 72 hours from the attempt that arrives', async () => {
    await welcome();
    play(atContent('451 4.3.0 try later'));
    await deliver();
    await desk.db.sql`update password_links set expires_at = now() + interval '1 hour'`;
    play({});
    await deliver();
    expect(await desk.db.sql`select 1 from password_links where expires_at > now() + interval '71 hours'`).toHaveLength(
      1,
    );
  });

  test.each([
    ['whole', (token: string) => token],
    ['in other letters', (token: string) => token.toUpperCase()],
    ['in part', (token: string) => token.slice(3, 30)],
  ])('that a server refuses, and quotes %s, is told of without it, and its link works no more', async (_, quote) => {
    await welcome();
    play(atContent('451 4.3.0 try later'));
    await deliver();
    const token = tokens()[0] ?? '';
    play(atContent(`550 5.7.1 blocked: ${PUBLIC_URL}/password/${quote(token)} is listed`));
    await deliver();
    expect(tokens()).toEqual([token, token]);
    const reason = 'refused: 550 5.7.1 blocked: https://desk.example/password/[not shown] is listed';
    expect(await rows()).toMatchObject([{ state: 'failed', isSealed: false, reason }]);
    expect(await findEverywhere(desk.db, quote(token))).toEqual([]);
    expect(said.filter((line) => line.includes(quote(token)))).toEqual([]);
    expect(await isLive(token)).toBe(false);
  });

  test('that is refused for good ends its link in the commit that says so', async () => {
    await welcome();
    // Whoever reads it as failed, whenever that is, finds no link that works.
    await desk.db.sql`
      create function refuse_revoked() returns trigger language plpgsql as $$ begin
        if new.revoked_at is not null then raise exception 'lost' using errcode = '57014'; end if; return new; end $$`;
    await desk.db
      .sql`create trigger refuse_revoked before update on password_links for each row execute function refuse_revoked()`;
    play(atContent('550 5.7.1 blocked'));
    const delivered = deliver();
    await until('the commit was tried', async () => (tokens().length > 0 ? true : null));
    expect(await rows()).toMatchObject([{ state: 'submitting' }]);
    expect(await isLive(tokens()[0])).toBe(true);
    await desk.db.sql`drop function refuse_revoked cascade`;
    await delivered;
    expect(await rows()).toMatchObject([{ state: 'failed' }]);
    expect(await isLive(tokens()[0])).toBe(false);
  });

  test('whose fate is unknown goes out once more with the same link, and then a person decides', async () => {
    await welcome();
    play({ answer: ({ moment }) => (moment === 'content' ? { is: 'drop' } : null) });
    await deliver();
    expect(await rows()).toMatchObject([{ state: 'uncertain', isSealed: true }]);
    expect(await requeueUncertain(desk.db, [{ kind: 'contact_welcomed', resends: 0 }])).toBe(1);
    await deliver();
    expect(await rows()).toMatchObject([{ state: 'uncertain', isSealed: false }]);
    expect(await requeueUncertain(desk.db, [{ kind: 'contact_welcomed', resends: 0 }])).toBe(0);
    const [first, second] = tokens();
    expect(second).toBe(first);
    expect(await isLive(first)).toBe(true);

    const { says } = await desk.done(retryMail, { id: await idOf() });
    expect(says).toContain('It will bring a new link; the one it had works no more.');
    expect(await isLive(first)).toBe(false);
    play({});
    await deliver();
    expect(tokens()[2]).not.toBe(first);
    expect(await isLive(tokens()[2])).toBe(true);
  });

  test('that an operator cancels has no secret any more', async () => {
    await welcome();
    play(atContent('451 4.3.0 try later'));
    await deliver();
    expect(await isLive(tokens()[0])).toBe(true);
    await desk.done(cancelMail, { id: await idOf() });
    expect(await rows()).toMatchObject([{ state: 'cancelled', isSealed: false }]);
    // The server has seen it, whatever it said then.
    expect(await isLive(tokens()[0])).toBe(false);
  });

  test('that cannot be opened any more brings another link', async () => {
    await welcome();
    play(atContent('451 4.3.0 try later'));
    await deliver();
    play({});
    await deliver(deriveKeys(Buffer.alloc(32, 8)));
    const [first, second] = tokens();
    expect(await isLive(first)).toBe(false);
    expect(await isLive(second)).toBe(true);
  });
});

describe('a worker that dies', () => {
  const claim = async (claimToken: string) => claimDue(desk.db, randomUUID(), claimToken, new Map([[mailboxId, 10]]));
  const fill = async (claimed: Awaited<ReturnType<typeof claim>>, claimToken: string) => {
    const filled = await fillCredentials({ ...desk.deps, log, publicUrl: PUBLIC_URL }, claimed, claimToken);
    return [...filled.values()][0];
  };

  test('with a link in its hands leaves it to the next, who sends the same', async () => {
    await welcome();
    const [token, claimToken] = [randomUUID(), randomUUID()];
    const first = await fill(await claim(token), token);
    await reclaimAbandoned(desk.db, 60_000, 0);
    const second = await fill(await claim(claimToken), claimToken);
    expect(first?.is).toBe('secret');
    expect(second).toEqual(first);
  });

  test('only to others, and wakes later, makes no link and ends none', async () => {
    await welcome();
    const [late, next] = [randomUUID(), randomUUID()];
    const forgotten = await claim(late);
    await reclaimAbandoned(desk.db, 60_000, 0);
    const filled = await fill(await claim(next), next);
    expect(await fill(forgotten, late)).toEqual({ is: 'refused', why: 'another worker has the mail' });
    expect(filled?.is).toBe('secret');
    expect(await isLive(filled?.is === 'secret' ? filled.secret.reveal() : '')).toBe(true);
  });
});

describe('whether they may have it is asked when it is sent', () => {
  const CHANGES: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'the contact is not active',
      () => desk.db.sql`
        update contacts set status = 'deactivated' from contact_addresses a where a.contact_id = id and a.address = ${who}`,
    ],
    [
      'it is not their primary address any more',
      () => desk.db.sql`update contact_addresses set is_primary = false where address = ${who}`,
    ],
    ['the address is not theirs any more', () => desk.db.sql`delete from contact_addresses where address = ${who}`],
    [
      'nothing proves that they read mail at that address',
      () => desk.db.sql`
        update contacts set created_by = 'mail' from contact_addresses a where a.contact_id = id and a.address = ${who}`,
    ],
  ];

  test.each(CHANGES)('a welcome goes without where %s', async (why, change) => {
    await welcome();
    await change();
    await deliver();
    expect(await rows()).toMatchObject([
      { state: 'sent', credential: null, because: `a new contact; the mail brings nothing to sign in with: ${why}` },
    ]);
    expect(tokens()).toEqual([null]);
  });

  test.each(CHANGES)(
    'a link that waits goes no more where %s, and one that went works no more',
    async (why, change) => {
      await welcome();
      await deliver();
      const [sent] = tokens();
      play(atContent('451 4.3.0 try later'));
      await invite();
      await deliver();
      expect(await rows()).toMatchObject([{}, { kind: 'password_link', state: 'deferred', isSealed: true }]);
      await change();
      await deliver();
      expect((await rows())[1]).toMatchObject({ state: 'failed', isSealed: false, reason: `it was not sent: ${why}` });
      expect(await isLive(sent)).toBe(false);
      if (why !== 'nothing proves that they read mail at that address') expect(await isLive(tokens()[1])).toBe(false);
    },
  );

  test('an earlier mail that waits goes without its link once another was asked for', async () => {
    await welcome();
    play(atContent('451 4.3.0 try later'));
    await deliver();
    await invite();
    play({});
    await deliver();
    expect(await rows()).toMatchObject([
      { kind: 'contact_welcomed', state: 'sent', because: expect.stringContaining('has been used, or was revoked') },
      { kind: 'password_link', state: 'sent' },
    ]);
    const [first, ...later] = tokens();
    expect(await isLive(first)).toBe(false);
    expect(await Promise.all(later.map(isLive))).toEqual(expect.arrayContaining([true]));
  });

  test('a desk that customers do not reach sends no link', async () => {
    await welcome();
    await invite();
    await deliver(desk.deps.keys, null);
    expect(await rows()).toMatchObject([
      { state: 'sent', because: expect.stringContaining('(PUBLIC_URL)') },
      { state: 'failed', reason: expect.stringContaining('(PUBLIC_URL)') },
    ]);
  });
});
