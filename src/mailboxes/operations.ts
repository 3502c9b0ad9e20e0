import { validate as isSchedule } from 'node-cron';
import { z } from 'zod';
import { addressField, nameField, quoted, secretField } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { invalidInput, refusal } from '../access/refusal.ts';
import type { Refusal } from '../access/refusal.ts';
import { findCustomerByName, findOwners } from '../contacts/store.ts';
import type { Tx } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import { HISTORY_STARTS, SETTLE_MARKS } from '../db/schema/mailboxes.ts';
import type { Secret } from '../lib/crypto.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { domainOf, parseAddress, parseDomain } from '../mail/address.ts';
import { isOwnedByOne } from '../mail/organisational-domain.ts';
import { perMinuteOf } from '../notifications/route-limit.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { listHolders } from './lease-store.ts';
import type { Mailbox, NewMailbox } from './model.ts';
import { secretPlace, withoutSecrets } from './model.ts';
import type { GivenServer } from './servers.ts';
import { planServers } from './servers.ts';
import { findMailbox, insertMailbox, listHealth, listMailboxes, updateMailbox } from './store.ts';

const port = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ],
    { error: 'is a port from 1 to 65535' },
  )
  .refine((number) => Number.isInteger(number) && number >= 1 && number <= 65_535, 'is a port from 1 to 65535')
  .optional();
const host = z
  .string()
  .regex(/^[\w.:[\]-]{1,253}$/, 'is the name or address of a server, such as imap.customer.example')
  .optional();
const security = z.enum(['tls', 'starttls', 'none']).optional();
const user = z.string().min(1, 'is empty').max(320).optional();
const caPem = z.string().max(100_000).optional();
const domain = z.string().transform((raw, context) => {
  const address = parseAddress(`reply@${raw}`);
  if (address !== null) return domainOf(address);
  context.addIssue({ code: 'custom', message: `is a domain such as desk.example, not ${quoted(raw)}` });
  return z.NEVER;
});
const schedule = z
  .string()
  .max(200)
  .refine(isSchedule, 'is a cron expression such as "* * * * *" (each minute) or "*/5 * * * *", in UTC');

const MAILBOX_INPUT = z.strictObject({
  address: addressField,
  replace: z.boolean().default(false),
  name: nameField.optional(),
  imapHost: host,
  imapPort: port,
  imapSecurity: security,
  imapUser: user,
  imapPassword: secretField.optional(),
  imapCa: caPem,
  folder: z.string().min(1, 'is empty').max(500).optional(),
  smtpHost: host,
  smtpPort: port,
  smtpSecurity: security,
  smtpUser: user,
  smtpPassword: secretField.optional(),
  smtpCa: caPem,
  /** false: the SMTP server takes our mail without a login. */
  smtpLogin: z.boolean().optional(),
  schedule: schedule.optional(),
  settle: z.enum(SETTLE_MARKS).optional(),
  plusAddresses: z.enum(['on', 'off']).optional(),
  from: z.enum(HISTORY_STARTS).optional(),
  customer: nameField.optional(),
  replyDomain: domain.optional(),
});
type MailboxInput = z.infer<typeof MAILBOX_INPUT>;

/** Adds a mailbox, or changes one that is there: then whatever is not given stays as it was. */
export const addMailbox = changeOperation({
  name: 'mailbox.add',
  permission: 'mailbox.manage',
  input: MAILBOX_INPUT,
  run: async ({ tx, keys }, input) => {
    const { address } = input;
    const existing = await findMailbox(tx, address);
    if (existing !== null && !input.replace) return err(mailboxExists(address));
    if (existing === null && input.replace) return err(noMailbox(address));
    const owner = (await findOwners(tx, [address])).get(address);
    if (owner !== undefined) {
      const who = `contact ${owner.id}${owner.name === '' ? '' : `, ${owner.name}`}`;
      const mend = 'Choose another address: a mailbox of the desk cannot be a contact as well.';
      return err(refusal('address_taken', `${address} is an address of ${who}.`, mend));
    }
    const customer = await defaultCustomer(tx, input, existing);
    if (!customer.ok) return customer;
    const planned = planServers(address, givenOf(input), existing);
    if (!planned.ok) return err(invalidInput(planned.error));
    const { imap, imapPassword, smtp, smtpPassword } = planned.value;
    const seal = (secret: Secret | 'kept' | null, of: 'imap' | 'smtp'): Buffer | null => {
      if (secret === 'kept') return (of === 'imap' ? existing?.imapSecret : existing?.smtpSecret) ?? null;
      return secret === null ? null : keys.box.seal(secret, secretPlace(address, of));
    };
    const mailbox: NewMailbox = {
      address,
      displayName: input.name ?? existing?.displayName ?? address,
      status: existing?.status ?? 'active',
      imap,
      imapSecret: seal(imapPassword, 'imap'),
      folder: input.folder ?? existing?.folder ?? 'INBOX',
      smtp,
      smtpSecret: seal(smtpPassword, 'smtp'),
      schedule: input.schedule ?? existing?.schedule ?? '* * * * *',
      hasPlusAddresses:
        input.plusAddresses === undefined ? (existing?.hasPlusAddresses ?? false) : input.plusAddresses === 'on',
      settleMark: input.settle ?? existing?.settleMark ?? 'keyword',
      historyStart: input.from ?? existing?.historyStart ?? 'baseline',
      replyDomain: input.replyDomain ?? existing?.replyDomain ?? domainOf(address),
      defaultCustomerId: customer.value,
    };
    if (existing !== null) await updateMailbox(tx, existing.id, mailbox);
    else if ((await insertMailbox(tx, mailbox)) === null) return err(mailboxExists(address));
    const output = { address, isNew: existing === null, imap: place(imap), smtp: place(smtp), folder: mailbox.folder };
    const newPasswords = (['imapPassword', 'smtpPassword'] as const).filter((name) => input[name] !== undefined);
    const from = existing === null ? null : withoutSecrets(existing);
    return changed(output, [], { from, to: { ...withoutSecrets(mailbox), newPasswords } });
  },
});

/** Every mailbox with how it is and who reads it. */
export const showMailboxes = readOperation({
  name: 'mailbox.list',
  permission: 'mailbox.read',
  input: z.strictObject({}),
  run: async ({ db }) => {
    const [mailboxes, health, holders, rows] = await Promise.all([
      listMailboxes(db),
      listHealth(db),
      listHolders(db),
      loadSettings(db, [], []),
    ]);
    const settings = settingsOf(rows);
    return ok(
      mailboxes.map((mailbox) => {
        const { id, status } = mailbox;
        const seen = health.find(({ mailboxId }) => mailboxId === id) ?? null;
        const holder = holders.get(id) ?? null;
        // What a holder said counts while somebody holds the mailbox.
        const state = status === 'paused' ? 'paused' : holder === null ? 'not_read' : (seen?.state ?? 'connecting');
        const isInTrouble = state === 'trouble';
        return {
          id,
          address: mailbox.address,
          name: mailbox.displayName,
          state,
          reason: isInTrouble ? (seen?.reason ?? null) : null,
          advice: isInTrouble ? (seen?.advice ?? null) : null,
          holder,
          checkedAt: seen?.checkedAt ?? null,
          imap: place(mailbox.imap),
          smtp: place(mailbox.smtp),
          folder: mailbox.folder,
          schedule: mailbox.schedule,
          settle: mailbox.settleMark,
          from: mailbox.historyStart,
          replyDomain: mailbox.replyDomain,
          /** 0: no limit. */
          mailsPerMinute: perMinuteOf(settings, id),
        };
      }),
    );
  },
});

const MAX_AUTHSERV_IDS = 20;
const authservId = z
  .string()
  .transform((raw) => raw.trim().toLowerCase())
  .refine((id) => {
    const name = parseDomain(id.replace(/^\*\./, ''));
    // Whoever believes "*.com" believes everybody.
    return name !== null && (!id.startsWith('*.') || isOwnedByOne(name));
  }, 'is the name of a mail server as it stands in Authentication-Results, such as mx.desk.example or *.desk.example');

/** Whose word about senders is believed from now on, and whether senders are checked at all. */
export const trustMailbox = changeOperation({
  name: 'mailbox.trust',
  permission: 'mailbox.manage',
  input: z.strictObject({
    address: addressField,
    ids: z.array(authservId).max(MAX_AUTHSERV_IDS).default([]),
    nobody: z.boolean().default(false),
    check: z.enum(['on', 'off']).optional(),
  }),
  run: async ({ tx }, { address, ids, nobody, check }) => {
    const mailbox = await findMailbox(tx, address);
    if (mailbox === null) return err(noMailbox(address));
    const isEmpty = ids.length === 0 && !nobody && check === undefined;
    if (isEmpty || (ids.length > 0 && nobody)) {
      const message = isEmpty ? 'Nothing is said about whom to believe.' : 'Somebody and nobody exclude each other.';
      return err(refusal('nothing_said', message, `See who writes such results: deskbell mailbox test ${address}`));
    }
    const authservIds = nobody ? [] : ids.length > 0 ? [...new Set(ids)] : mailbox.authservIds;
    const authentication = check === undefined ? mailbox.authentication : check === 'on' ? 'check' : 'off';
    await updateMailbox(tx, mailbox.id, { authservIds, authentication });
    return changed({ address, authservIds, authentication }, [], {
      from: { authservIds: mailbox.authservIds, authentication: mailbox.authentication },
      to: { authservIds, authentication },
    });
  },
});

/** Nothing is read from the mailbox until it is resumed. */
export const pauseMailbox = statusOperation('mailbox.pause', 'paused');

/** The mailbox is read again, with what came meanwhile. */
export const resumeMailbox = statusOperation('mailbox.resume', 'active');

function statusOperation(name: string, status: Mailbox['status']) {
  return changeOperation({
    name,
    permission: 'mailbox.manage',
    input: z.strictObject({ address: addressField }),
    run: async ({ tx }, { address }) => {
      const mailbox = await findMailbox(tx, address);
      if (mailbox === null) return err(noMailbox(address));
      if (mailbox.status === status) {
        return err(refusal(`already_${status}`, `${address} is ${status} already.`, 'There is nothing to do.'));
      }
      await updateMailbox(tx, mailbox.id, { status });
      return changed({ address, status }, [], { from: { status: mailbox.status }, to: { status } });
    },
  });
}

const mailboxExists = (address: string): Refusal =>
  refusal('mailbox_exists', `The desk has the mailbox ${address} already.`, 'Change it with --replace.');

const noMailbox = (address: string): Refusal =>
  refusal('mailbox_not_found', `The desk has no mailbox ${address}.`, 'See all with: deskbell mailbox list');

const SECURITY_WORDS = { tls: 'TLS', starttls: 'STARTTLS', none: 'plain' } as const;

const place = (server: Mailbox['imap']): string =>
  `${server.host}:${server.port} ${SECURITY_WORDS[server.security]}${server.user === null ? ', no login' : ''}`;

function givenOf(input: MailboxInput): {
  readonly imap: GivenServer;
  readonly smtp: GivenServer;
  readonly smtpLogin: boolean | null;
} {
  const of = (server: 'imap' | 'smtp'): GivenServer => ({
    host: input[`${server}Host`] ?? null,
    port: input[`${server}Port`] ?? null,
    security: input[`${server}Security`] ?? null,
    user: input[`${server}User`] ?? null,
    password: input[`${server}Password`] ?? null,
    caPem: input[`${server}Ca`] ?? null,
  });
  return { imap: of('imap'), smtp: of('smtp'), smtpLogin: input.smtpLogin ?? null };
}

async function defaultCustomer(
  tx: Tx,
  { customer }: MailboxInput,
  existing: Mailbox | null,
): Promise<Result<CustomerId | null, Refusal>> {
  if (customer === undefined) return ok(existing?.defaultCustomerId ?? null);
  const id = await findCustomerByName(tx, customer);
  if (id !== null) return ok(id);
  const mend = 'See all with: deskbell customer list; add one with: deskbell customer add';
  return err(refusal('customer_not_found', `There is no customer ${quoted(customer)}.`, mend));
}
