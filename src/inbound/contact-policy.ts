import type { Credential } from '../db/schema/notifications.ts';
import type { Rule } from './policy.ts';

/**
 * Is a contact that a mail makes welcomed (FEATURES T-04)? Asked only behind a rule that opens a ticket, or
 * lets an address join that is told of one, for somebody nobody knew.
 */
export const CONTACT_POLICY: readonly Rule<'send' | 'refuse'>[] = [
  {
    id: 'welcome_off',
    says: 'new contacts are not welcomed here',
    when: (_, ask) => ask('welcome_new_contact') === 'off',
    then: 'refuse',
  },
  {
    id: 'welcome_not_answerable',
    says: 'the message is automatic or asks for no answer (RFC 3834)',
    when: (facts) => !facts.classification.answerable,
    then: 'refuse',
  },
  {
    id: 'welcome_unproven',
    says: 'nothing proves that they wrote it: a welcome would go to somebody who did not ask for one',
    when: ({ authentication }) => authentication.verdict !== 'pass',
    then: 'refuse',
  },
  {
    id: 'welcome_forwarded',
    says: 'an operator forwarded their mail: they did not write to us themselves',
    when: ({ forwarded }) => forwarded !== null,
    then: 'refuse',
  },
  {
    id: 'welcome_headers_only',
    says: 'the message was not read whole',
    when: (facts) => facts.isHeadersOnly,
    then: 'refuse',
  },
  {
    id: 'welcome_too_late',
    says: 'the message was too old for an automatic answer when it was read',
    when: (facts, ask) => facts.ageMinutes > Number(ask('late_after_minutes')),
    then: 'refuse',
  },
  { id: 'welcome', says: 'the new contact is welcomed', when: () => true, then: 'send' },
];

/**
 * What does such a welcome bring to sign in with (FEATURES T-05)? Asked behind one that is sent. Whoever is let in must
 * be who they say, whatever becomes of the rules above.
 */
export const CREDENTIAL_POLICY: readonly Rule<Credential | 'nothing'>[] = [
  {
    id: 'credentials_off',
    says: 'welcomes bring nothing to sign in with here',
    when: (_, ask) => ask('welcome_credentials') === 'off',
    then: 'nothing',
  },
  {
    id: 'credentials_unproven',
    says: 'nothing proves that they wrote it themselves, from that address',
    when: ({ authentication, forwarded, override }) =>
      authentication.verdict !== 'pass' || forwarded !== null || (override?.sender ?? null) !== null,
    then: 'nothing',
  },
  {
    id: 'credentials_password',
    says: 'the welcome brings a password in plain text, as an operator chose',
    when: (_, ask) => ask('welcome_credentials') === 'password',
    then: 'password',
  },
  {
    id: 'credentials_link',
    says: 'the welcome brings a link to set a password, which works once',
    when: () => true,
    then: 'link',
  },
];
