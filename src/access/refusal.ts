import type { z } from 'zod';
import type { Actor } from './actor.ts';
import { hasRoleFor } from './actor.ts';
import type { Permission } from './permissions.ts';
import { getPermission } from './permissions.ts';

/** The desk says no: what is the matter, and what to do about it. No secret is ever in it. */
export interface Refusal {
  /** Stable, for programs: `invalid_input`, `not_allowed`, `ticket_not_found`. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** What to do: one sentence. */
  readonly mend: string;
  /** Of `invalid_input`: every problem, each with its field's name. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  /** As the operation's input has it: `imapPort`. */
  readonly field: string;
  /** What the field should be; reads on after its name: `is a port from 1 to 65535`. */
  readonly says: string;
}

/** A refusal that is not about a field's form. */
export const refusal = (code: string, message: string, mend: string): Refusal => ({
  code,
  message,
  mend,
  problems: [],
});

/** Something would put a link into mail, and there is nowhere that it could lead. */
export const noPublicUrl = (what: string): Refusal =>
  refusal(
    'no_public_url',
    `${what} puts a link into mail, and nobody has said where this desk is on the web.`,
    'Set PUBLIC_URL to the address at which your customers reach it, such as https://desk.example, here and for every worker.',
  );

/** The actor's role does not have the permission, or the token they came with does not. */
export function notAllowed(actor: Actor, permission: Permission): Refusal {
  const { says, roles } = getPermission(permission);
  if (actor.is === 'operator' && actor.token !== undefined && hasRoleFor(actor.role, permission)) {
    const message = `The token ${quotedName(actor.token.name)} of ${actor.address} may not ${says}.`;
    return refusal('not_allowed', message, `It takes a token with the scope ${permission}.`);
  }
  const who = actor.is === 'operator' ? `${actor.address} is ${actor.role} and` : actor.name;
  return refusal('not_allowed', `${who} may not ${says}.`, `It takes an operator who is ${roles.join(' or ')}.`);
}

const quotedName = (name: string): string => `"${name}"`;

/** The input is not what the operation takes: all problems at once. */
export function invalidInput(problems: readonly Problem[]): Refusal {
  const message = ended(problems.map(({ field, says }) => `${field} ${says}`.trim()).join('; '));
  return { code: 'invalid_input', message, mend: 'Correct this and try again; nothing was changed.', problems };
}

/** A sentence with its end; one that asks has it. */
export const ended = (sentence: string): string => (sentence.endsWith('?') ? sentence : `${sentence}.`);

/** Reads raw input by a closed schema; problems name their fields and never quote what might be a secret. */
export function readInput<Input>(
  schema: z.ZodType<Input>,
  raw: unknown,
): { readonly ok: true; readonly value: Input } | { readonly ok: false; readonly error: Refusal } {
  const parsed = schema.safeParse(raw, { error: problemSays });
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, error: invalidInput(parsed.error.issues.flatMap(problemsOf)) };
}

function problemsOf(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((field) => ({ field, says: 'is not known here' }));
  return [{ field: issue.path.filter((step) => typeof step === 'string').join('.'), says: issue.message }];
}

/** Speaks where the schema has no words of its own. */
const problemSays: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return issue.code === 'invalid_value' ? `is missing: ${list(issue)}` : 'is missing';
  switch (issue.code) {
    case 'invalid_value':
      return `is ${list(issue)}`;
    case 'invalid_type':
      return `is not a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'is empty or too short' : `is at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : `is at most ${issue.maximum}${issue.origin === 'array' ? ' of them' : ''}`;
    default:
      return 'is not what it should be';
  }
};

const list = (issue: { readonly values?: unknown }): string =>
  Array.isArray(issue.values) ? issue.values.join(' or ') : '';
