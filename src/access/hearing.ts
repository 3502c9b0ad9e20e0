import { z } from 'zod';
import { readLocale } from '../mail/locale.ts';
import { HEARS_OF_ALARMS, HEARS_OF_REPLIES, HEARS_OF_TICKETS } from '../db/schema/access.ts';
import type { OperatorRow } from './store.ts';

/** What somebody writes to have the desk's language. */
const DESKS_LANGUAGE = 'desk';

const languageField = z.string().transform((written, context) => {
  if (written.trim().toLowerCase() === DESKS_LANGUAGE) return null;
  const read = readLocale(written);
  if (read.ok && read.value !== '') return read.value;
  const says = read.ok ? 'is empty' : read.error;
  context.addIssue({ code: 'custom', message: `${says}; "${DESKS_LANGUAGE}" is that of the desk` });
  return z.NEVER;
});

/** Which mail an operator wants of what happens at the desk, and in which language (FEATURES N-08). */
export const HEARING_FIELDS = {
  hearsOfTickets: z.enum(HEARS_OF_TICKETS, `is ${HEARS_OF_TICKETS.join(', ')}`).optional(),
  hearsOfReplies: z.enum(HEARS_OF_REPLIES, `is ${HEARS_OF_REPLIES.join(', ')}`).optional(),
  hearsOfAlarms: z.enum(HEARS_OF_ALARMS, `is ${HEARS_OF_ALARMS.join(' or ')}`).optional(),
  /** null: the desk's. */
  language: languageField.optional(),
};
const HEARING = z.strictObject(HEARING_FIELDS);

/** What was asked to be otherwise; what is not there stays. */
type HearingInput = z.infer<typeof HEARING>;

/** As it is stored. */
export type Hearing = Pick<OperatorRow, 'hearsOfTickets' | 'hearsOfReplies' | 'hearsOfAlarms' | 'locale'>;

/** What of it would be another than now. Pure. */
export function hearingChanges(operator: OperatorRow, asked: HearingInput): Partial<Hearing> {
  const { language, hearsOfTickets, hearsOfReplies, hearsOfAlarms } = asked;
  const wanted = { hearsOfTickets, hearsOfReplies, hearsOfAlarms, locale: language };
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => value !== undefined && value !== operator[key as keyof Hearing]),
  );
}

/** The same fields as they are: for the audit, beside what they become. */
export const hearingNow = (operator: OperatorRow, change: Partial<Hearing>): Partial<Hearing> =>
  Object.fromEntries(Object.keys(change).map((key) => [key, operator[key as keyof Hearing]]));
