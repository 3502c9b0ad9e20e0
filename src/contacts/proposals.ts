import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Profile } from './evidence.ts';
import { ENOUGH, weigh } from './evidence.ts';
import { loadProfiles } from './profiles.ts';
import type { CommonTrait, Trait } from './proposal-store.ts';
import { findCandidatePairs, listNewestSigned } from './proposal-store.ts';
import { foldSignature } from './signature.ts';

export interface ProposedPerson {
  readonly id: ContactId;
  readonly name: string;
  readonly addresses: readonly EmailAddress[];
}

/** Two who may be one person, and what speaks for it. */
export interface Proposal {
  /** The one who was there first. */
  readonly into: ProposedPerson;
  readonly contact: ProposedPerson;
  /** They are of two customers: whoever merges them says that this is meant. */
  readonly isAcrossCustomers: boolean;
  readonly weight: number;
  readonly evidence: readonly string[];
}

/**
 * Pairs of people who may be one, the likeliest first. People who have in common only what many have are no pair: what
 * it is that too many share is in the answer.
 */
export async function findProposals(
  db: Queryable,
  customerId: CustomerId | null,
  limit: number,
): Promise<{ readonly proposals: readonly Proposal[]; readonly tooCommon: readonly CommonTrait[] }> {
  const { pairs, tooCommon } = await findCandidatePairs(db, customerId, await signatureTraits(db));
  const profiles = await loadProfiles(db, [...new Set(pairs.flatMap(({ a, b }) => [a, b]))]);
  const byId = new Map(profiles.map((profile) => [profile.id, profile]));
  const proposals = pairs.flatMap(({ a, b }): readonly Proposal[] => {
    const [into, contact] = [byId.get(a), byId.get(b)];
    if (into === undefined || contact === undefined) return [];
    const weighed = weigh(into, contact);
    const isAcrossCustomers = into.customerId !== contact.customerId;
    return weighed.weight < ENOUGH
      ? []
      : [{ into: shown(into), contact: shown(contact), isAcrossCustomers, ...weighed }];
  });
  const best = proposals.toSorted(
    (x, y) => y.weight - x.weight || x.into.id - y.into.id || x.contact.id - y.contact.id,
  );
  return { proposals: best.slice(0, limit), tooCommon };
}

const shown = ({ id, name, addresses }: Profile): ProposedPerson => ({ id, name, addresses });

async function signatureTraits(db: Queryable): Promise<readonly Trait[]> {
  const mails = await listNewestSigned(db);
  return mails.flatMap(({ personId, subject, text }): readonly Trait[] => {
    const key = foldSignature(text, subject);
    return key === '' ? [] : [{ kind: 'signature', key, personId }];
  });
}
