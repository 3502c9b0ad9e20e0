/**
 * Does an enhanced status code (RFC 3463) say that the recipient's address itself takes no mail, for good? Only then is
 * an address to be left alone: other permanent failures speak of the sender, the message or the policy of the day.
 */
export const saysAddressIsDead = (enhanced: string): boolean => DEAD.has(enhanced);

/** No such mailbox, system, syntax; moved; RFC 7505 null MX; mailbox disabled. */
const DEAD: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']);
