/**
 * Does an enhanced status code (RFC 3463) say that the recipient's address itself takes no mail, for good? Only then is
 * an address to be left alone: other permanent failures speak of the sender, the message or the policy of the day.
 */
export const saysAddressIsDead = (enhanced: string): boolean => DEAD.has(enhanced);

/** No such mailbox, system, syntax; moved; RFC 7505 null MX; mailbox disabled. */
const DEAD: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']);

/** The first enhanced status code in a text; '' when there is none. */
function statusIn(text: string): string {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text)?.[0] ?? '';
}

/**
 * The status of a recipient: what the report's Status field says, or what the other server's words say more exactly. Some
 * mail systems write 5.0.0 whatever it was (Exim), others no code at all (qmail).
 *
 * @returns '' when neither says anything
 */
export function statusOf(field: string, diagnostic: string): string {
  const told = statusIn(field);
  const isVague = /^\d\.\d+\.0$/.test(told) || told === '';
  const heard = isVague ? [statusIn(diagnostic), statusOfWords(diagnostic)] : [];
  const exact = heard.find((status) => status !== '' && !/^\d\.\d+\.0$/.test(status) && agrees(status, told));
  return exact ?? (told === '' ? (heard[0] ?? '') : told);
}

const agrees = (status: string, told: string): boolean => told === '' || status.startsWith(told.slice(0, 1));

/** What servers say where they give no enhanced code. The first row that finds its words decides. */
const WORDS: readonly (readonly [string, RegExp])[] = [
  // Exim asks our server about our address, and quotes what that says of it: "No Such User Here" is us.
  ['5.1.7', /sender verif(?:y|ication) failed|verification failed for </],
  [
    '5.2.2',
    /mail ?box (?:is )?full|over ?quota|quota (?:usage )?(?:has been )?exceeded|exceed\w* (?:\w+ ){0,3}(?:quota|storage|allowed size)|inbox is full|disk full/,
  ],
  ['5.3.4', /too (?:large|big)|exceed\w* (?:\w+ ){0,4}(?:size|message)/],
  ['5.4.6', /too many hops|mail loop|loops back to/],
  [
    '5.2.1',
    /(?:account|mailbox|user)(?: \S{1,60})? (?:has been |is |was )?(?:disabled|deactivated|inactive|suspended|discontinued|closed)/,
  ],
  [
    '5.1.1',
    /user (?:is )?unknown|unknown (?:user|recipient|local|mailbox|account|address)|(?:recipient|mailbox|address)(?: is)? unknown|no such (?:user|recipient|mailbox|address|person|account|local)|no (?:mailbox|user|account) (?:here|by that|with that|found)|(?:user|recipient|mailbox|account|address)(?: \S{1,60})? (?:not found|does ?n[o'’]t exist|does not exist)|invalid (?:recipient|mailbox|user)|not listed in|not a known user|unbekannter (?:benutzer|empfänger)|utilisateur inconnu|usuario desconocido/,
  ],
  [
    '5.1.2',
    /(?:host|domain)(?: name)?(?: \S{1,60})? (?:is )?(?:unknown|not found|does not exist)|unknown (?:host|domain)|no such domain|unrout(?:e)?able|nxdomain|name service error|no mx/,
  ],
];
const MAX_WORDS_LENGTH = 2_000;

function statusOfWords(text: string): string {
  const words = text.slice(0, MAX_WORDS_LENGTH).toLowerCase().replace(/\s+/g, ' ');
  return WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? '';
}
