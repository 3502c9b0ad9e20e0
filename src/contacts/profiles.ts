import type { Queryable } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Profile } from './evidence.ts';
import { listNewestMail, listPeople, listTicketsWrittenIn } from './proposal-store.ts';
import { foldSignature } from './signature.ts';

/** What evidence looks at of these people, in their order; who is not there is left out. */
export async function loadProfiles(db: Queryable, ids: readonly ContactId[]): Promise<readonly Profile[]> {
  const [people, mails, tickets] = await Promise.all([
    listPeople(db, ids),
    listNewestMail(db, ids),
    listTicketsWrittenIn(db, ids),
  ]);
  const byId = new Map(people.map((person) => [person.id, person]));
  const mailsOf = Map.groupBy(mails, ({ personId }) => personId);
  const ticketsOf = Map.groupBy(tickets, ({ personId }) => personId);
  return ids.flatMap((id): readonly Profile[] => {
    const person = byId.get(id);
    if (person === undefined) return [];
    const written = mailsOf.get(id) ?? [];
    const signatures = written.map(({ text, subject }) => foldSignature(text, subject)).filter((one) => one !== '');
    return [
      {
        ...person,
        writtenNames: [...new Set(written.map(({ authorName }) => authorName))],
        tickets: (ticketsOf.get(id) ?? []).map(({ number }) => number),
        signatures: [...new Set(signatures)],
      },
    ];
  });
}
