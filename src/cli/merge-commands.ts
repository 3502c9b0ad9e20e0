import { mergeContacts, unmergeContact } from '../contacts/merge-operations.ts';
import { dismissProposal, showProposals } from '../contacts/proposal-operations.ts';
import type { ProposedPerson } from '../contacts/proposals.ts';
import type { CommonTrait } from '../contacts/proposal-store.ts';
import type { Command } from './command.ts';
import { contactFacts } from './contact-words.ts';
import { onOperation } from './on-desk.ts';
import { line } from './table.ts';

/** Contacts who are one person. */
export const MERGE_COMMANDS: readonly Command[] = [
  onOperation({
    verb: 'contact merge',
    says: 'make two contacts one person; nothing is moved, and it can be taken back',
    arguments: ['<contact>'],
    options: [
      { flags: '--into <contact>', says: 'who stands for both from now on', field: 'into' },
      { flags: '--because <text>', says: 'why they are one person, for the journal' },
      { flags: '--across-customers', says: 'though they are of two customers' },
    ],
    examples: [
      'deskbell contact merge ana.p@home.example --into ana@lantern.example',
      'deskbell contact merge 17 --into 12 --because "she said so on the phone"',
    ],
    operation: mergeContacts,
    show: ({ contact, name, evidence, person }) =>
      [
        `Contact ${contact}${name === '' ? '' : ` (${line(name)})`} is part of contact ${person?.id ?? '?'} from now on.`,
        ...evidence.map((one) => `  ${line(one)}`),
        ...(person === null ? [] : [contactFacts(person)]),
        `To take it back: deskbell contact unmerge ${contact}`,
      ].join('\n'),
  }),
  onOperation({
    verb: 'contact unmerge',
    says: 'make somebody who was merged a person of their own again, as if it had not been',
    arguments: ['<contact>'],
    examples: ['deskbell contact unmerge 17', 'deskbell contact unmerge ana.p@home.example'],
    operation: unmergeContact,
    show: ({ was, person }) =>
      [
        `Contact ${person?.id ?? '?'} is no part of contact ${was} any more.`,
        ...(person === null ? [] : [contactFacts(person)]),
      ].join('\n'),
  }),
  onOperation({
    verb: 'contact proposals',
    says: 'contacts who may be one person, and what speaks for it; the likeliest first',
    options: [
      { flags: '--customer <name>', says: 'one of the two is of this company' },
      { flags: '--limit <count>', says: 'at most so many; 100 unless given' },
    ],
    examples: ['deskbell contact proposals', 'deskbell contact proposals --customer "Lantern Works"'],
    operation: showProposals,
    show: ({ proposals, tooCommon }) =>
      [
        ...(proposals.length === 0 ? ['No two contacts look like one person.'] : []),
        ...proposals.flatMap(({ contact, into, isAcrossCustomers, weight, evidence }) => [
          `${who(contact)} and ${who(into)}  [${weight}]`,
          ...evidence.map((one) => `  ${line(one)}`),
          `  one person:  deskbell contact merge ${contact.id} --into ${into.id}${isAcrossCustomers ? ' --across-customers' : ''}`,
          `  two people:  deskbell contact dismiss ${contact.id} ${into.id}`,
          '',
        ]),
        ...tooCommon.map(
          (one) =>
            `Not looked at: ${one.people} people have the same ${TRAIT_WORDS[one.kind]}, ${line(one.key)}. Too many for it to say anything.`,
        ),
      ]
        .join('\n')
        .trimEnd(),
  }),
  onOperation({
    verb: 'contact dismiss',
    says: 'say that two contacts are two people: they are not proposed again',
    arguments: ['<contact>', '<other>'],
    examples: ['deskbell contact dismiss 17 12'],
    operation: dismissProposal,
    show: ({ contact, other }) => `Contacts ${contact} and ${other} are two people: they are not proposed again.`,
  }),
];

const who = ({ id, name, addresses }: ProposedPerson): string =>
  line(`${id}${name === '' ? '' : ` ${name}`}${addresses[0] === undefined ? '' : ` <${addresses[0]}>`}`);

const TRAIT_WORDS: Readonly<Record<CommonTrait['kind'], string>> = {
  name: 'name',
  phone: 'phone number',
  local_part: 'words before the @',
  signature: 'signature',
};
