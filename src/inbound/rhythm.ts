/** How often mail of one address came back right behind an automatic mail of ours (FEATURES B-13). */
export interface Rhythm {
  readonly rounds: number;
  /** When the last mail counted came. */
  readonly lastAt: Date;
}

/** A machine answers within moments; people seldom do, and not time after time. */
const PONG_MS = 3 * 60_000;
/** After a pause this long one automatic mail may go again, to find out whether the other side still answers it. */
const QUIET_MS = 60 * 60_000;

/**
 * The rhythm with one more mail. Pure. It beats when the mail arrived within minutes of our last automatic mail to that
 * address; once it is cut, any mail keeps it cut until an hour was quiet, and then one more beat cuts it again.
 *
 * @param cutAt from so many rounds on automatic mail is cut
 * @param lastAutomatic when the address was last sent an automatic mail; null: never, or long ago
 */
export function nextRhythm(before: Rhythm | null, arrivedAt: Date, lastAutomatic: Date | null, cutAt: number): Rhythm {
  const sincePing = lastAutomatic === null ? Infinity : arrivedAt.getTime() - lastAutomatic.getTime();
  // Several mails behind one of ours are one beat: a person who writes three times has answered once.
  const isNewPing = lastAutomatic !== null && (before === null || lastAutomatic >= before.lastAt);
  const isPong = isNewPing && sincePing >= 0 && sincePing <= PONG_MS;
  const wasCut = before !== null && before.rounds >= cutAt;
  const wasQuiet = before === null || arrivedAt.getTime() - before.lastAt.getTime() >= QUIET_MS;
  const base = before === null ? 0 : wasQuiet ? (wasCut ? cutAt - 1 : 0) : before.rounds;
  const tookTheirTime = isNewPing && !isPong && !wasCut;
  const isBeat = isPong && !(wasCut && wasQuiet);
  return { rounds: isBeat ? Math.min(base + 1, cutAt) : tookTheirTime ? 0 : base, lastAt: arrivedAt };
}
