import { z } from 'zod';
import { MAIL_KINDS } from '../mail-kinds.ts';
import type { MailView, NotificationKind } from '../views.ts';
import { getMailView, MAX_DIGEST_ITEMS, MAX_ITEM_TEXT, viewShape } from '../views.ts';

/** What a template must render besides its example, for such mails there will be. */
export type WorstCase = 'bare' | 'long';

/** Words that break neither at a space nor at a hyphen, and letters that are longest when they are escaped. */
const LONG_LINE = `${'Donaudampfschifffahrtsgesellschaft'.repeat(4)} "quoted" & <b>bold</b> `.repeat(8).slice(0, 998);
const LONG_TEXT = 12_000;
const MAX_NUMBER = 2_147_483_647;

/**
 * A view of this kind in which all that may be absent is (`bare`), or in which everything is as long as it may be.
 */
export function worstCase(kind: NotificationKind, which: WorstCase): MailView {
  return getMailView(fill(viewShape(kind), MAIL_KINDS[kind].example, which));
}

/** The paths of the variables of a view that may be null, such as "ticket.subject". */
export function nullableVariables(schema: z.core.$ZodType, path = ''): readonly string[] {
  if (schema instanceof z.ZodDefault) return nullableVariables(schema.unwrap(), path);
  if (schema instanceof z.ZodNullable) return [path];
  if (schema instanceof z.ZodArray) return nullableVariables(schema.element, path);
  if (!(schema instanceof z.ZodObject)) return [];
  const of = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return Object.entries(schema.shape).flatMap(([name, inner]) => nullableVariables(inner, of(name)));
}

/** Somebody without a name: the desk itself, or one of whom only the address is known. */
const NAMELESS = 'authorName';
/** Words that have a meaning to us stay as they are in the example. */
const KEPT = new Set(['kind', 'timeZone', 'link']);

function fill(schema: z.core.$ZodType, example: unknown, which: WorstCase): unknown {
  if (schema instanceof z.ZodDefault) return fill(schema.unwrap(), example, which);
  if (schema instanceof z.ZodNullable) return which === 'bare' ? null : fill(schema.unwrap(), example, which);
  if (schema instanceof z.ZodArray) {
    const [first]: readonly unknown[] = Array.isArray(example) ? example : [];
    const one = fill(schema.element, first, which);
    return Array.from({ length: which === 'bare' ? 1 : MAX_DIGEST_ITEMS }, () => one);
  }
  if (schema instanceof z.ZodObject) {
    const known = new Map(Object.entries(example ?? {}) as [string, unknown][]);
    const valueOf = (name: string, inner: z.core.$ZodType): unknown => {
      if (KEPT.has(name) && (which === 'long' || !(inner instanceof z.ZodNullable))) return known.get(name);
      if (name === 'text') return wordsOf(inner, which);
      return name === NAMELESS && which === 'bare' ? nobody(inner) : fill(inner, known.get(name), which);
    };
    return Object.fromEntries(Object.entries(schema.shape).map(([name, inner]) => [name, valueOf(name, inner)]));
  }
  if (typeof example === 'number') return which === 'bare' ? 1 : MAX_NUMBER;
  if (typeof example !== 'string' || isMoment(example)) return example;
  return which === 'bare' ? example : LONG_LINE;
}

const nobody = (schema: z.core.$ZodType): string | null => (schema instanceof z.ZodNullable ? null : '');

/** Of an entry, or of an item of a digest, which has less of it. */
function wordsOf(schema: z.core.$ZodType, which: WorstCase): string | null {
  const isItem = schema instanceof z.ZodNullable;
  if (which === 'bare') return isItem ? null : '';
  return LONG_LINE.repeat(200).slice(0, isItem ? MAX_ITEM_TEXT : LONG_TEXT * 10);
}

const isMoment = (example: string): boolean => /^\d{4}-\d\d-\d\dT/.test(example);
