import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayedMail, Foreseen } from '../../src/inbound/replay-difference.ts';
import { replay } from '../../src/inbound/replay.ts';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import type { SettingChange } from '../../src/settings/resolve.ts';
import { NOTIFY_TOGGLES } from '../../src/settings/notify-toggles.ts';
import type { Toggle, ToggleId } from '../../src/settings/toggles.ts';
import { TOGGLES } from '../../src/settings/toggles.ts';
import { streams, writeStream } from '../support/mail-stream.ts';
import type { Fate, StreamDesk } from '../support/stream-desk.ts';
import { openStreamDesk, STREAM_KEYS } from '../support/stream-desk.ts';

let parsePool: ParsePool;
let one: StreamDesk;
let other: StreamDesk;
beforeAll(async () => {
  parsePool = createParsePool({ threads: 1 });
  [one, other] = await Promise.all([openStreamDesk(parsePool), openStreamDesk(parsePool)]);
});
afterAll(async () => {
  await Promise.all([one.drop(), other.drop()]);
  await parsePool.close();
});

/** Every toggle but those that have nothing to do with mail as it comes. */
const UNSEEN: ReadonlySet<string> = new Set(['held_alarm_hours', ...NOTIFY_TOGGLES.map(({ id }) => id)]);
const DECIDING = TOGGLES.filter(({ id }) => !id.startsWith('keep_') && !UNSEEN.has(id));

/** A choice for each of some toggles, on some layer; the same place twice is one choice. */
type Choices = readonly { readonly toggle: number; readonly layer: number; readonly value: number }[];
const choices: fc.Arbitrary<Choices> = fc.uniqueArray(
  fc.record({ toggle: fc.nat(DECIDING.length - 1), layer: fc.nat(3), value: fc.nat(3) }),
  { maxLength: 7, selector: ({ toggle, layer }) => `${toggle} ${layer % (DECIDING[toggle] as Toggle).layers.length}` },
);

/** Values near which a stream of some dozen mails makes a difference. */
const NUMBERS: Readonly<Partial<Record<ToggleId, readonly string[]>>> = {
  reopen_closed_days: ['0', '10', '30', '365'],
  late_after_minutes: ['1', '100', '120', '525600'],
  ping_pong_rounds: ['1', '2', '3', '1000000'],
  automatic_mails_per_ticket: ['0', '1', '10', '1000000'],
};

function settingsIn(desk: StreamDesk, chosen: Choices): readonly SettingChange[] {
  return chosen.map(({ toggle: index, layer: place, value: which }) => {
    const toggle: Toggle & { readonly id: ToggleId } = DECIDING[index] as (typeof DECIDING)[number];
    const layer = toggle.layers[place % toggle.layers.length] ?? 'desk';
    const values =
      toggle.values.kind === 'choice' ? toggle.values.values : (NUMBERS[toggle.id] ?? ['0', '1', '2', '1000000']);
    const layerId = { desk: 0, mailbox: desk.mailboxId, customer: desk.customerId, contact: desk.contactId }[layer];
    return { toggle: toggle.id, layer, layerId, value: values[which % values.length] ?? '' };
  });
}

/** What leads from the one to the other. */
function changesBetween(from: readonly SettingChange[], to: readonly SettingChange[]): readonly SettingChange[] {
  const placeOf = ({ toggle, layer }: SettingChange) => `${toggle} ${layer}`;
  const wanted = new Set(to.map(placeOf));
  return [...from.filter((one) => !wanted.has(placeOf(one))).map((one) => ({ ...one, value: null })), ...to];
}

const SINCE_MS = 30 * 86_400_000;
async function replayIn(desk: StreamDesk, changes: readonly SettingChange[]) {
  const mails: ReplayedMail[] = [];
  const quality = await replay(desk.db, STREAM_KEYS, new Date(Date.now() - SINCE_MS), changes, {
    onMail: (one) => mails.push(one),
    onProgress: () => {},
  });
  return { quality, mails: mails.toSorted((a, b) => a.mail.id - b.mail.id) };
}

const fateIn = ({ status, verdict, reason, rule, contacts, owed }: Foreseen): Fate => ({
  verdict: verdict ?? `${status}: ${reason ?? ''}`,
  rule,
  contacts: contacts.toSorted(),
  owed: owed
    .map(({ kind, recipient, refusal }) => `${kind} ${recipient}${refusal === null ? '' : ' not sent'}`)
    .toSorted(),
});

/** More by hand: REPLAY_RUNS=200 REPLAY_SEED=1 npx vitest run test/inbound/replay.test.ts */
const RUNS = Number(process.env['REPLAY_RUNS'] ?? 4);
const SEED = Number(process.env['REPLAY_SEED'] ?? 4);

describe('B-03: what a change would have done', () => {
  test('a replay tells what was, and what a fresh desk with the other settings then does with the same mail', async () => {
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(streams, choices, choices, async (stream, chosenA, chosenB) => {
      await Promise.all([one.reset(), other.reset()]);
      const mails = writeStream(STREAM_KEYS, stream, one.earlier);
      const [a, b] = [settingsIn(one, chosenA), settingsIn(other, chosenB)];
      await one.put(a);
      await other.put(b);
      const was = await one.fates(await one.take(mails));
      const would = await other.fates(await other.take(mails));
      const { quality, mails: replayed } = await replayIn(one, changesBetween(a, b));
      expect(replayed.map(({ old }) => fateIn(old))).toEqual(was);
      expect(replayed.map(({ fresh }) => fateIn(fresh))).toEqual(would);
      expect(quality).toMatchObject({ mails: mails.length, inexact: 0, leftOut: 0, released: 0, changedTickets: 0 });
      for (const [index, fate] of was.entries()) {
        const isSame = JSON.stringify(fate) === JSON.stringify(would[index]);
        for (const name of [fate.rule ?? '', isSame ? 'the same' : 'another'])
          seen.set(name, (seen.get(name) ?? 0) + 1);
      }
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    // The streams are worth something: much of the policy is walked, and settings matter.
    for (const rule of ['new_ticket', 'participants_reply', 'strangers_reply', 'spoofed', 'another']) {
      expect(seen.get(rule) ?? 0, rule).toBeGreaterThan(0);
    }
    if (process.env['REPLAY_RUNS'] !== undefined) console.log(Object.fromEntries(seen));
  }, 3_600_000);
});
