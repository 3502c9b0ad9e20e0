import type { ToggleChoice, ToggleScope } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { Settings } from '../settings/resolve.ts';
import type { Credential } from '../db/schema/notifications.ts';
import { ANSWER_POLICY, RECEIPT_POLICY } from './answer-policy.ts';
import type { Facts } from './facts.ts';
import { askerOf } from './facts.ts';
import type { Outcome, Rule } from './policy.ts';
import { CONTACT_POLICY, CREDENTIAL_POLICY } from './contact-policy.ts';
import { POLICY } from './policy.ts';

/** One rule that was asked, and the toggles it asked in turn. */
export interface TraceStep {
  readonly rule: string;
  readonly applied: boolean;
  readonly asked: readonly ToggleChoice[];
}

/** Whether a mail of ours is due, and which rule says so. */
export interface Owed {
  readonly rule: string;
  readonly send: boolean;
  readonly says: string;
}

export interface Decision {
  readonly outcome: Outcome;
  /** The rule of POLICY that applied. */
  readonly rule: string;
  /** The rule of ANSWER_POLICY that applied; null when nothing was opened, so that no answer is due. */
  readonly answer: Owed | null;
  /** The rule of RECEIPT_POLICY that applied; null when an acknowledgement goes, or more than its age is against it. */
  readonly receipt: Owed | null;
  /** The rule of CONTACT_POLICY that applied; null when no contact is made. */
  readonly welcome: Owed | null;
  /** Whether an erased person who opens a ticket becomes a contact anew; else the ticket is nobody's. */
  readonly recreates: boolean;
  /** What of CREDENTIAL_POLICY applied; null when no welcome is sent. */
  readonly credential: { readonly rule: string; readonly brings: Credential | null; readonly says: string } | null;
  /** Every rule asked, in order: of POLICY, then of ANSWER_POLICY, of RECEIPT_POLICY, of CONTACT_POLICY, of CREDENTIAL_POLICY. */
  readonly trace: readonly TraceStep[];
}

/** Walks the tables. Pure: the same facts and settings give the same decision, for a backtest as for a mail. */
export function decide(facts: Facts, settings: Settings): Decision {
  const trace: TraceStep[] = [];
  const scope = scopeOf(facts);
  const rule = walk(POLICY, facts, settings, scope, trace, facts.override?.anyway === true);
  const opens = rule.then.do === 'open';
  const due = opens ? decideAnswer(facts, settings) : null;
  trace.push(...(due?.trace ?? []));
  const receipt = due?.answer.rule === TOO_LATE ? owed(walk(RECEIPT_POLICY, facts, settings, scope, trace)) : null;
  const recreates =
    opens &&
    askerOf(facts).is === 'erased' &&
    resolveToggle(settings, 'recreate_deleted_contact', scope).value === 'on';
  const isNew = recreates || rule.then.do === 'append_as_new_contact' || (opens && askerOf(facts).is === 'unknown');
  const welcome = isNew ? owed(walk(CONTACT_POLICY, facts, settings, scope, trace)) : null;
  const credential = welcome?.send === true ? brought(walk(CREDENTIAL_POLICY, facts, settings, scope, trace)) : null;
  return {
    outcome: rule.then,
    rule: rule.id,
    answer: due?.answer ?? null,
    receipt,
    welcome,
    credential,
    recreates,
    trace,
  };
}

/** The last rule of ANSWER_POLICY that refuses: nothing else was against an answer. */
const TOO_LATE = 'too_late';

/** Whether the acknowledgement of a ticket may go. Pure. */
export function decideAnswer(
  facts: Facts,
  settings: Settings,
): { readonly answer: Owed; readonly trace: readonly TraceStep[] } {
  const trace: TraceStep[] = [];
  const answer = owed(walk(ANSWER_POLICY, facts, settings, scopeOf(facts), trace));
  return { answer, trace };
}

const brought = ({ id, then, says }: Rule<Credential | 'nothing'>): Decision['credential'] => ({
  rule: id,
  brings: then === 'nothing' ? null : then,
  says,
});

const owed = ({ id, then, says }: Rule<'send' | 'refuse'>): Owed => ({ rule: id, send: then === 'send', says });

/** Whether the acknowledgement of a ticket that is opened later, by an operator, may go; why not, if it may not. */
export function whyNoAnswer(facts: Facts, settings: Settings): string | null {
  const { answer } = decideAnswer(facts, settings);
  return answer.send ? null : answer.says;
}

/** A person let it go on: nothing holds it any more. */
const holds = (then: unknown): boolean =>
  typeof then === 'object' && then !== null && 'do' in then && (then.do === 'hold' || then.do === 'quarantine');

function scopeOf(facts: Facts): ToggleScope {
  const asker = askerOf(facts);
  return {
    mailboxId: facts.mailboxId,
    customerId: 'customerId' in asker ? asker.customerId : null,
    contactId: asker.is === 'contact' ? asker.contactId : null,
  };
}

function walk<Then>(
  rules: readonly Rule<Then>[],
  facts: Facts,
  settings: Settings,
  scope: ToggleScope,
  trace: TraceStep[],
  isPastHolds = false,
): Rule<Then> {
  for (const rule of rules) {
    if (isPastHolds && holds(rule.then)) continue;
    const asked: ToggleChoice[] = [];
    const applied = rule.when(facts, (toggle) => {
      const choice = resolveToggle(settings, toggle, scope);
      asked.push(choice);
      return choice.value;
    });
    trace.push({ rule: rule.id, applied, asked });
    if (applied) return rule;
  }
  throw new Error('a policy must end with a rule that always applies');
}
