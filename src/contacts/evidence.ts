import type { ContactId, CustomerId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import { organisationalDomain } from '../mail/organisational-domain.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';
import { foldName, foldPhone, personalLocalPart } from './names.ts';

/** A person as evidence looks at them; bounded by who loads it. */
export interface Profile {
  readonly id: ContactId;
  /** null: nobody knows of which company they are. */
  readonly customerId: CustomerId | null;
  readonly name: string;
  readonly phones: readonly string[];
  readonly addresses: readonly EmailAddress[];
  /** What their newest mail says their name is. */
  readonly writtenNames: readonly string[];
  /** Public numbers of tickets in which they wrote or take part: the newest. */
  readonly tickets: readonly number[];
  /** Under their newest mail, as foldSignature makes them. */
  readonly signatures: readonly string[];
}

interface Evidence {
  readonly id: string;
  /** ENOUGH of it makes a proposal. */
  readonly weight: number;
  /** The evidence as a sentence; null: there is none. */
  readonly find: (a: Profile, b: Profile) => string | null;
}

/** With less than this, two people are not proposed to be one: colleagues share a domain, and tickets. */
export const ENOUGH = 40;

/** What speaks for two contacts being one person; the strongest first. */
export const EVIDENCE = [
  {
    id: 'same_phone',
    weight: 50,
    find: (a, b) => {
      const phone = a.phones.find((one) => foldPhone(one) !== '' && has(b.phones, one, foldPhone));
      return phone === undefined ? null : `both have the phone number ${phone}`;
    },
  },
  {
    id: 'same_signature',
    weight: 45,
    find: (a, b) => {
      const signature = a.signatures.find((one) => b.signatures.includes(one));
      return signature === undefined ? null : `both sign their mail with "${signature.replaceAll('\n', ' / ')}"`;
    },
  },
  {
    id: 'same_name',
    weight: 40,
    find: (a, b) =>
      foldName(a.name) !== '' && foldName(a.name) === foldName(b.name) ? `both are called ${a.name}` : null,
  },
  {
    id: 'name_in_mail',
    weight: 40,
    find: (a, b) => nameInMail(a, b) ?? nameInMail(b, a),
  },
  {
    id: 'same_local_part',
    weight: 40,
    find: (a, b) => {
      for (const one of a.addresses) {
        const other = b.addresses.find((address) => isAlike(one, address, a, b));
        if (other !== undefined) return `${one} and ${other} are alike`;
      }
      return null;
    },
  },
  {
    id: 'shared_tickets',
    weight: 20,
    find: (a, b) => {
      const shared = a.tickets.filter((number) => b.tickets.includes(number)).slice(0, MAX_NAMED);
      return shared.length === 0 ? null : `both wrote in ticket ${shared.map((number) => `#${number}`).join(', ')}`;
    },
  },
  {
    id: 'same_domain',
    weight: 10,
    find: (a, b) => {
      const domain = a.addresses
        .map(domainOf)
        .find((one) => isOwn(one) && b.addresses.some((to) => domainOf(to) === one));
      return domain === undefined ? null : `both have an address at ${domain}`;
    },
  },
] as const satisfies readonly Evidence[];

export type EvidenceId = (typeof EVIDENCE)[number]['id'];

const MAX_NAMED = 3;

/** All that speaks for two being one person, as sentences, and how much that is. Pure. */
export function weigh(a: Profile, b: Profile): { readonly weight: number; readonly evidence: readonly string[] } {
  const found = EVIDENCE.flatMap(({ weight, find }) => {
    const says = find(a, b);
    return says === null ? [] : [{ weight, says }];
  });
  return {
    weight: found.reduce((sum, one) => sum + one.weight, 0),
    evidence: found.map(({ says }) => says),
  };
}

const has = (list: readonly string[], one: string, fold: (text: string) => string): boolean =>
  list.some((other) => fold(other) === fold(one));

/** Somebody's mail bears the other's name, and not their own. */
function nameInMail(writer: Profile, other: Profile): string | null {
  const name = foldName(other.name);
  if (name === '' || name === foldName(writer.name)) return null;
  return has(writer.writtenNames, other.name, foldName)
    ? `mail of contact ${writer.id} bears the name ${other.name}`
    : null;
}

/** The same local part, at two domains of one owner, of one name, or of one company. */
function isAlike(one: EmailAddress, other: EmailAddress, a: Profile, b: Profile): boolean {
  const local = personalLocalPart(one);
  if (local === '' || local !== personalLocalPart(other)) return false;
  const [first, second] = [domainOf(one), domainOf(other)];
  if (!isOwn(first) || !isOwn(second)) return false;
  return ownName(first) === ownName(second) || (a.customerId !== null && a.customerId === b.customerId);
}

/** Anybody can have an address there: it says nothing. */
const isOwn = (domain: string): boolean => !PUBLIC_MAIL_DOMAINS.has(domain);

/** "lantern" of mail.lantern.example and of lantern.test. */
const ownName = (domain: string): string => organisationalDomain(domain).replace(/\..*$/, '');
