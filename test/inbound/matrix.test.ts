import { describe, expect, test } from 'vitest';
import type { ContactId, CustomerId, MailboxId, OperatorId, TicketId } from '../../src/db/ids.ts';
import type { AuthenticationVerdict, Facts, Proof, SenderMatch } from '../../src/inbound/facts.ts';
import { AUTHENTICATION_VERDICTS, PLAIN_MAIL, PROOFS } from '../../src/inbound/facts.ts';
import type { Cell, Standing } from '../../src/inbound/matrix.ts';
import { cellOf } from '../../src/inbound/matrix.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';

const address = parseAddress('ana@customer.example') as EmailAddress;
const contact = {
  is: 'contact',
  address,
  contactId: 12 as ContactId,
  ownerId: 12 as ContactId,
  customerId: 7 as CustomerId,
  isActive: true,
} as const;
const SENDERS: Readonly<Record<Standing, SenderMatch>> = {
  participant: contact,
  told: contact,
  contact,
  unknown: { is: 'unknown', address, customerId: 7 as CustomerId },
  operator: { is: 'operator', address, operatorId: 3 as OperatorId, name: 'Jonas', mayReply: true },
};
const COLUMNS = [...PROOFS, null] as const;

const facts = (verdict: AuthenticationVerdict, standing: Standing, proof: Proof | null, isReply = true): Facts => ({
  ...PLAIN_MAIL,
  mailboxId: 1 as MailboxId,
  sender: SENDERS[standing],
  hasAgentsWords: true,
  thread:
    proof === null
      ? { is: 'none' }
      : {
          is: proof,
          ticketId: 5 as TicketId,
          status: 'open',
          closedDays: null,
          isParticipant: standing === 'participant',
          isTold: standing === 'told',
          isReply,
        },
  authentication: { verdict, says: '' },
});

// own token, other's token, references, tag, nothing
describe('who may do what with which proof', () => {
  test.each<[AuthenticationVerdict, Standing, string]>([
    ['pass', 'participant', 'append append append append open'],
    ['pass', 'told', 'append airlock suggest suggest open'],
    ['pass', 'contact', 'airlock airlock suggest suggest open'],
    ['pass', 'unknown', 'airlock airlock suggest suggest open'],
    ['pass', 'operator', 'agent airlock suggest suggest open'],
    ['none', 'participant', 'append append append suggest open'],
    ['none', 'told', 'append airlock suggest suggest open'],
    ['none', 'contact', 'airlock airlock suggest suggest open'],
    ['none', 'unknown', 'airlock airlock suggest suggest open'],
    ['none', 'operator', 'airlock airlock airlock spoofed spoofed'],
    ['fail', 'participant', 'airlock spoofed spoofed spoofed spoofed'],
    ['fail', 'told', 'airlock spoofed spoofed spoofed spoofed'],
    ['fail', 'contact', 'airlock spoofed spoofed spoofed spoofed'],
    ['fail', 'unknown', 'airlock spoofed spoofed spoofed spoofed'],
    ['fail', 'operator', 'airlock spoofed spoofed spoofed spoofed'],
  ])('%s, %s', (verdict, standing, row) => {
    expect(COLUMNS.map((proof) => cellOf(facts(verdict, standing, proof))).join(' ')).toBe(row);
  });
});

test('what is no reply never gets into a ticket, whoever sends it', () => {
  const entering: readonly Cell[] = ['append', 'agent', 'airlock'];
  for (const verdict of AUTHENTICATION_VERDICTS) {
    for (const standing of Object.keys(SENDERS) as Standing[]) {
      for (const proof of PROOFS) expect(entering).not.toContain(cellOf(facts(verdict, standing, proof, false)));
    }
  }
});

test('nothing that failed its domain is shown to others, and nothing is opened for it', () => {
  for (const standing of Object.keys(SENDERS) as Standing[]) {
    for (const proof of COLUMNS) expect(['airlock', 'spoofed']).toContain(cellOf(facts('fail', standing, proof)));
  }
});
