/** What begins the reason why mail to a suppressed address was not sent. */
export const NOT_MAILED = 'the address is not mailed';

/** What begins the reason where an operator decided it. */
const BY_HAND = 'kept back by';

/** The reason where an operator decided it. */
export const keptBackBy = (who: string, because: string): string => `${BY_HAND} ${who}: ${because}`;

/**
 * Whether mail from the address lifts it. A complaint and an operator's word stand until an operator lifts them: whoever
 * complained may well write again, and does not take it back by that.
 */
export const standsUntilLifted = (reason: string): boolean => STANDS.some((begins) => reason.startsWith(begins));

/** Of reasons that stand, how they begin. */
export const STANDS: readonly string[] = ['complained', BY_HAND];

/**
 * A bounce that does not say the address is dead may be about today: a full mailbox, a server in trouble. So many of
 * them, of which one is forgotten each three and a half days, and the address is mailed no more.
 */
export const SOFT_BOUNCES = { scope: 'soft_bounce', limit: 4, windowSeconds: 14 * 24 * 3600 } as const;

/** Why an address is not mailed after too many soft bounces. @param said what the last one said */
export const softBounced = (said: string): string =>
  `${isFull(said) ? 'mailbox full' : 'soft bounces'}: ${SOFT_BOUNCES.limit + 1} within 14 days, the last: ${said}`;

/**
 * Whether a permanent refusal is about the recipient's mailbox or system, and not about our mail (RFC 3463: x.6 media,
 * x.7 policy), its size, or our address (x.1.7, x.1.8).
 *
 * @param said begins with the enhanced status code, if there is one
 */
export const isSoft = (said: string): boolean =>
  !/^[245]\.(?:6\.\d|7\.\d|3\.4|2\.3|1\.[78]\b)/.test(said) &&
  !saysItIsUs(/^[245]\.\d+\.\d+/.exec(said)?.[0] ?? '', said);

/** Whether a refusal without an exact code speaks of the sender, of our host or of how much it sends. */
export const saysItIsUs = (status: string, said: string): boolean => isVague(status) && OF_US.test(said);

/** No enhanced status code, or one that says no more than the reply's does. */
export const isVague = (status: string): boolean => /^(?:\d\.0\.\d+)?$/.test(status);

/** As Exim, cPanel and the lists of hosts that send junk put it. */
const OF_US = new RegExp(
  [
    String.raw`\bsender\b|\bclient\b|\byour (?:host|ip|server|domain|network)\b|\bthis (?:host|ip|server)\b`,
    String.raw`\b(?:spf|dkim|dmarc|dnsbl|rbl|ptr|helo|ehlo|reverse dns)\b|(?:black|block|deny) list|(?<!\bnot )\blisted\b`,
    String.raw`access (?:is )?denied|administrative|prohibit|authenticat|verification failed|blocked (?:by|using|for|due)`,
    String.raw`too (?:many|much)\b|\brate (?:limit|exceed)`,
  ].join('|'),
  'i',
);

const isFull = (said: string): boolean => /^[245]\.2\.2/.test(said);
