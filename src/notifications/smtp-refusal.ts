import type { SendOutcome, SmtpStage } from './transport-model.ts';

/** One kind of outcome, as a type of its own. */
export type SmtpRefused = Extract<SendOutcome, { is: 'refused' }>;

/** Trouble before a message was even named is the route's. */
const ROUTE_STAGES: ReadonlySet<SmtpStage> = new Set<SmtpStage>(['connect', 'tls', 'greeting', 'auth']);

/** Replies that speak of the session wherever they come: RFC 5321 3.8 (closing), RFC 4954 6 (a login is missing or bad). */
const ROUTE_CODES: ReadonlySet<number> = new Set([421, 530, 534, 535, 538]);

const MAX_TEXT = 500;

/** A refusal in the server's words. */
export function refusedByReply(stage: SmtpStage, code: number, reply: string): SmtpRefused {
  const isRouteTrouble = ROUTE_STAGES.has(stage) || ROUTE_CODES.has(code);
  return {
    is: 'refused',
    isPermanent: code >= 500 && code < 600 && !isRouteTrouble,
    isRouteTrouble,
    isStopping: false,
    stage,
    code,
    enhanced: enhancedCode(reply),
    text: oneLine(reply),
  };
}

/** A refusal without a reply: no connection, a broken one, or a limit that we kept. */
export function refusedWithoutReply(stage: SmtpStage, text: string, isPermanent = false): SmtpRefused {
  const isRouteTrouble = ROUTE_STAGES.has(stage);
  const nothing = { code: null, enhanced: null, isStopping: false };
  return { is: 'refused', isPermanent, isRouteTrouble, stage, ...nothing, text: oneLine(text) };
}

/** We are going down: nothing was sent, and everything behind waits as well. */
export function refusedByStopping(stage: SmtpStage): SmtpRefused {
  return { ...refusedWithoutReply(stage, 'stopping'), isRouteTrouble: true, isStopping: true };
}

/** RFC 3463 out of a reply's first line, where its class agrees with the reply (RFC 2034 4); null when there is none. */
function enhancedCode(reply: string): string | null {
  const found = /^(\d)\d\d[ -](\1\.\d{1,3}\.\d{1,3})(?!\S)/.exec(reply);
  return found?.[2] ?? null;
}

/** What another server says, fit for one line of a record. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT)
    .toWellFormed();
