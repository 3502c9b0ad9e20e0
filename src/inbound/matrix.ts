import type { AuthenticationVerdict, Facts, Proof } from './facts.ts';
import { PROOFS } from './facts.ts';

/**
 * What the sender is to the ticket that the message names. `told`: a member of a group that is on it, or an extra address
 * of it. They get the answers, so their reply to one joins; nothing else lets them in.
 */
export type Standing = 'participant' | 'told' | 'contact' | 'unknown' | 'operator';

/**
 * What may become of a message: `append` it for all who take part; keep it in the ticket for operators' eyes
 * (`airlock`); `agent`: an operator's answer; a new ticket that names the other one to operators (`suggest`); a new
 * ticket (`open`); `spoofed`: somebody pretends.
 */
export type Cell = 'append' | 'agent' | 'airlock' | 'suggest' | 'open' | 'spoofed';

type Row = readonly [ownToken: Cell, otherToken: Cell, references: Cell, tag: Cell, nothing: Cell];

/**
 * Who may do what with which proof: RELIABILITY section 6, softened for `none` by DESIGN 5.4, with the subject tag of
 * DESIGN 5.3. Columns: own_token, other_token, references, tag, nothing. A number in a subject can be guessed, so
 * without authentication it proves nothing.
 */
export const MATRIX: Readonly<Record<AuthenticationVerdict, Readonly<Record<Standing, Row>>>> = {
  pass: {
    participant: ['append', 'append', 'append', 'append', 'open'],
    told: ['append', 'airlock', 'suggest', 'suggest', 'open'],
    contact: ['airlock', 'airlock', 'suggest', 'suggest', 'open'],
    unknown: ['airlock', 'airlock', 'suggest', 'suggest', 'open'],
    operator: ['agent', 'airlock', 'suggest', 'suggest', 'open'],
  },
  none: {
    participant: ['append', 'append', 'append', 'suggest', 'open'],
    told: ['append', 'airlock', 'suggest', 'suggest', 'open'],
    contact: ['airlock', 'airlock', 'suggest', 'suggest', 'open'],
    unknown: ['airlock', 'airlock', 'suggest', 'suggest', 'open'],
    operator: ['airlock', 'airlock', 'airlock', 'spoofed', 'spoofed'],
  },
  fail: {
    participant: ['airlock', 'spoofed', 'spoofed', 'spoofed', 'spoofed'],
    told: ['airlock', 'spoofed', 'spoofed', 'spoofed', 'spoofed'],
    contact: ['airlock', 'spoofed', 'spoofed', 'spoofed', 'spoofed'],
    unknown: ['airlock', 'spoofed', 'spoofed', 'spoofed', 'spoofed'],
    operator: ['airlock', 'spoofed', 'spoofed', 'spoofed', 'spoofed'],
  },
};

/** The cell of the matrix that a message is in; what is no reply brings no proof. */
export function cellOf(facts: Facts): Cell {
  const { thread, authentication } = facts;
  const proof: Proof | null = thread.is === 'none' || !thread.isReply ? null : thread.is;
  const row = MATRIX[authentication.verdict][standingOf(facts)];
  const column = proof === null ? PROOFS.length : PROOFS.indexOf(proof);
  const cell = row[column] as Cell;
  // The ticket is named, though nothing proves that the message belongs there.
  return cell === 'open' && thread.is !== 'none' ? 'suggest' : cell;
}

/** Erased, desk and ambiguous senders are judged before the matrix is asked: here they are nobody we know. */
function standingOf({ sender, thread }: Facts): Standing {
  if (sender.is === 'operator') return 'operator';
  if (sender.is !== 'contact' && sender.is !== 'unknown') return 'unknown';
  if (thread.is === 'none') return sender.is;
  if (sender.is === 'contact' && thread.isParticipant) return 'participant';
  return thread.isTold ? 'told' : sender.is;
}
