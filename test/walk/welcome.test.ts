import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addContact } from '../../src/contacts/operations.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { mailOf } from '../mail/fixture.ts';
import type { Desk } from './desk.ts';
import { openDesk } from './desk.ts';

// FEATURES T-04.

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: ['mx.desk.test'] });
  desk.startWorker();
});
afterAll(() => desk.close());

const PASS = (domain: string) => `Authentication-Results: mx.desk.test; dmarc=pass header.from=${domain}`;
let serial = 0;
const letter = (from: string, ...more: readonly string[]) =>
  mailOf([
    ...more,
    `From: ${from}`,
    'To: support@desk.test',
    `Message-ID: <welcome${(serial += 1)}@x.example>`,
    'Subject: Hello',
  ]);
const proven = (from: string, ...more: readonly string[]) =>
  letter(from, PASS(from.slice(from.lastIndexOf('@') + 1).replace('>', '')), ...more);

const welcomes = (recipient: string) => desk.db.sql<{ state: string; reason: string | null; because: string }[]>`
  select state, reason, because from notifications where kind = 'contact_welcomed' and recipient = ${recipient}`;

describe('a welcome by mail', () => {
  test('goes to a new contact who provably wrote, beside the acknowledgement, and never again', async () => {
    await desk.withToggle('welcome_new_contact', 'on', async () => {
      const first = await desk.take(proven('Mina Sol <mina@sol.example>'));
      expect(first.verdict).toBe('opened');
      expect(await welcomes('mina@sol.example')).toMatchObject([{ reason: null, because: 'a new contact' }]);
      await desk.take(proven('Mina Sol <mina@sol.example>'));
      expect(await welcomes('mina@sol.example')).toHaveLength(1);
      await expect
        .poll(async () => (await desk.inbox('mina@sol.example')).filter((mail) => mail.includes('Welcome to')).length)
        .toBe(1);
    });
  });

  test.each<[string, () => Buffer, string]>([
    ['whom nothing proves', () => letter('ivo@unproven.example'), 'ivo@unproven.example'],
    [
      'whose machine wrote',
      () => proven('robot@machine.example', 'Auto-Submitted: auto-generated'),
      'robot@machine.example',
    ],
  ])('does not go to a contact %s', async (_, mail, address) => {
    await desk.withToggle('welcome_new_contact', 'on', async () => {
      expect((await desk.take(mail())).verdict).toBe('opened');
      expect(await welcomes(address)).toEqual([]);
    });
  });

  test('does not go to anybody unless an operator chose so', async () => {
    await desk.take(proven('kim@quiet.example'));
    expect(await welcomes('kim@quiet.example')).toEqual([]);
  });

  test('does not go when the mail opens no ticket', async () => {
    await desk.withToggle('welcome_new_contact', 'on', async () => {
      const held = await desk.withToggle('create_contact_from_mail', 'off', () =>
        desk.take(proven('lea@held.example')),
      );
      expect(held.status).toBe('held');
      expect(await welcomes('lea@held.example')).toEqual([]);
    });
  });
});

describe('a welcome by hand', () => {
  test('goes to a contact whom an operator adds; where it is switched off, a row says so', async () => {
    await desk.done(addCustomer, { name: 'Harbour', domains: [] });
    await desk.withToggle('welcome_new_contact', 'on', () =>
      desk.done(addContact, {
        customer: 'Harbour',
        firstName: 'Nia',
        lastName: 'Holt',
        addresses: ['nia@harbour.example', 'nia@home.example'],
      }),
    );
    expect(await welcomes('nia@harbour.example')).toMatchObject([{ reason: null }]);
    expect(await welcomes('nia@home.example')).toEqual([]);
    await desk.done(addContact, {
      customer: 'Harbour',
      firstName: 'Omar',
      lastName: 'Reyes',
      addresses: ['omar@harbour.example'],
    });
    expect(await welcomes('omar@harbour.example')).toMatchObject([
      { state: 'suppressed', reason: expect.stringContaining('welcome_new_contact = off') },
    ]);
  });
});
