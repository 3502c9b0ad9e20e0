import { expect, test } from 'vitest';
import type { ContactId, CustomerId, MailboxId } from '../../src/db/ids.ts';
import { decide } from '../../src/inbound/decide.ts';
import type { Facts } from '../../src/inbound/facts.ts';
import { PLAIN_MAIL } from '../../src/inbound/facts.ts';
import { findFlip, isKept } from '../../src/inbound/flip.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { settingsOf, withChoices } from '../../src/settings/resolve.ts';
import type { ToggleSetting } from '../../src/settings/resolve.ts';

const address = parseAddress('ana@customer.example') as EmailAddress;
const contact = {
  is: 'contact',
  address,
  contactId: 12 as ContactId,
  ownerId: 12 as ContactId,
  customerId: 7 as CustomerId,
  isActive: true,
} as const;
const stranger = { is: 'unknown', address, customerId: 7 as CustomerId } as const;
const base: Facts = {
  ...PLAIN_MAIL,
  mailboxId: 1 as MailboxId,
  sender: contact,
  authentication: { verdict: 'none', says: '' },
};
const off = (toggle: string, layer: ToggleSetting['layer'] = 'desk', layerId = 0, value = 'off'): ToggleSetting => ({
  toggle,
  layer,
  layerId,
  value,
  setBy: 'operator:1',
  setAt: new Date(0),
});

test.each<[string, Partial<Facts>, readonly ToggleSetting[], string | null]>([
  ['one toggle of the desk', {}, [off('create_ticket_from_mail')], 'create_ticket_from_mail=on'],
  ['one of the contact', {}, [off('create_ticket_from_mail', 'contact', 12)], 'create_ticket_from_mail=on'],
  [
    'two at once',
    { sender: stranger },
    [off('create_ticket_from_mail'), off('create_contact_from_mail')],
    'create_ticket_from_mail=on create_contact_from_mail=on',
  ],
  [
    'three at once',
    { sender: stranger },
    [
      off('create_ticket_from_mail'),
      off('create_contact_from_mail', 'mailbox', 1),
      off('unauthenticated_mail', 'desk', 0, 'hold'),
    ],
    'create_ticket_from_mail=on create_contact_from_mail=on unauthenticated_mail=open',
  ],
  ['nothing, for somebody who is not active', { sender: { ...contact, isActive: false } }, [], null],
  ['mail of nobody', { sender: { is: 'nobody' } }, [], 'unnamed_sender=open'],
  ['nothing, for a forger', { authentication: { verdict: 'fail', says: '' } }, [], null],
])('what would have let the mail through: %s', (_, facts, rows, expected) => {
  const settings = settingsOf(rows);
  const whole = { ...base, ...facts };
  expect(isKept(decide(whole, settings))).toBe(true);
  const flip = findFlip(whole, settings);
  expect(flip?.map(({ toggle, value }) => `${toggle}=${value}`).join(' ') ?? null).toBe(expected);
  if (flip !== null) expect(isKept(decide(whole, withChoices(settings, flip, 'test')))).toBe(false);
});
