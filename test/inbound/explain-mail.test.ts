import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import { showMail } from '../../src/notifications/operations.ts';
import type { SettingChange } from '../../src/settings/resolve.ts';
import { replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { perform } from '../../src/access/operation.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { CLI } from '../access/desk.ts';
import type { Operation } from '../../src/access/operation.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { StreamMail } from '../support/mail-stream.ts';
import { writeStream } from '../support/mail-stream.ts';
import type { StreamDesk } from '../support/stream-desk.ts';
import { openStreamDesk, STREAM_KEYS } from '../support/stream-desk.ts';

let parsePool: ParsePool;
let desk: StreamDesk;
beforeAll(async () => {
  parsePool = createParsePool({ threads: 1 });
  desk = await openStreamDesk(parsePool);
});
afterAll(async () => {
  await desk.drop();
  await parsePool.close();
});

async function done<Input, Output>(operation: Operation<Input, Output>, input: unknown): Promise<Output> {
  const { db } = desk;
  const owe = createOwe(STREAM_KEYS);
  const deps = { db, keys: STREAM_KEYS, owe, openSource: openImap, openSmtpRoute, clock: systemClock, publicUrl: null };
  const result = await perform(deps, CLI, operation, input);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const plain: StreamMail = {
  from: 0,
  isAskers: false,
  kind: 'letter',
  proof: 'none',
  about: null,
  how: 'token',
  ageMinutes: 0,
  endsBatch: true,
};
let written = 100;
/** A mail under these settings, and what is told of the acknowledgement that was kept back. */
async function keptBack(change: Partial<StreamMail>, settings: readonly SettingChange[], before = 0) {
  await desk.put(settings);
  const ids = [];
  for (let count = 0; count <= before; count += 1) {
    // Each has a number of its own, hence words of its own.
    written += 1;
    const earlier = Array.from({ length: written }, () => desk.earlier[0] as (typeof desk.earlier)[number]);
    ids.push(...(await desk.take(writeStream(STREAM_KEYS, [{ ...plain, ...change }], earlier))));
  }
  const [found] = await explainMessages(desk.db, String(ids.at(-1)));
  const [owed] = found?.owed ?? [];
  const shown = owed === undefined ? null : await done(showMail, { id: owed.id });
  expect(explanationLines(found as NonNullable<typeof found>).join('\n')).toContain(owed?.wouldGo ?? 'nothing');
  await desk.put(settings.map((one) => ({ ...one, value: null })));
  return { id: ids.at(-1), wouldGo: owed?.wouldGo, isSame: shown?.wouldGo === owed?.wouldGo };
}
const desks = (toggle: SettingChange['toggle'], value: string): SettingChange => ({
  toggle,
  layer: 'desk',
  layerId: 0,
  value,
});

describe('B-02: what would have let an acknowledgement go', () => {
  test.each<[string, Partial<StreamMail>, (at: StreamDesk) => readonly SettingChange[], number, string]>([
    ['one toggle of the desk', {}, () => [desks('acknowledge', 'off')], 0, 'it would have gone with acknowledge = on'],
    [
      'one of the contact',
      {},
      ({ contactId }) => [{ toggle: 'acknowledge', layer: 'contact', layerId: contactId, value: 'off' }],
      0,
      'it would have gone with acknowledge = on',
    ],
    [
      'two at once',
      { from: 1 },
      () => [desks('acknowledge', 'off'), desks('acknowledge_unauthenticated', 'off')],
      0,
      'it would have gone with acknowledge = on and acknowledge_unauthenticated = on',
    ],
    [
      'of a number as little as is enough',
      { from: 1, ageMinutes: 5000 },
      () => [],
      0,
      'it would have gone with late_after_minutes = 5000',
    ],
    [
      'a budget, by what it held',
      { from: 4 },
      () => [desks('acknowledgements_per_address_hour', '2'), desks('ping_pong_rounds', '1000')],
      2,
      'it would have gone with acknowledgements_per_address_hour = 3',
    ],
    [
      'the breaker of the desk',
      { from: 3 },
      () => [desks('acknowledgements_per_desk_hour', '0')],
      0,
      'it would have gone with acknowledgements_per_desk_hour =',
    ],
    ['nothing, for a machine', { kind: 'newsletter', from: 4 }, () => [], 0, 'no toggle kept it back'],
  ])('%s', async (_, change, settings, before, expected) => {
    const { wouldGo, isSame } = await keptBack(change, settings(desk), before);
    expect(wouldGo).toContain(expected);
    expect(isSame).toBe(true);
  });

  test('where the toggle has been changed since, that is said', async () => {
    const { id } = await keptBack({ from: 1 }, [desks('acknowledge', 'off')]);
    const [found] = await explainMessages(desk.db, String(id));
    expect(found?.owed[0]?.wouldGo).toBe(
      'it would have gone with acknowledge = on, and would go as the toggles are today',
    );
  });

  test('T-06: with answers switched off nobody is sent one, and the row names the toggle', async () => {
    await desk.put([desks('notify_agent_replied', 'off')]);
    const told = await done(replyToTicket, { number: 1001, text: 'Hold the button.' });
    expect(told.switchedOff).toBe('switched off (notify_agent_replied = off)');
    const { mails } = await done(showTicket, { number: 1001 });
    expect(mails.at(-1)).toMatchObject({
      kind: 'agent_replied',
      state: 'suppressed',
      reason: 'switched off (notify_agent_replied = off)',
      wouldGo: 'it would have gone with notify_agent_replied = on',
    });
    await desk.put([{ ...desks('notify_agent_replied', 'off'), value: null }]);
    await desk.put([{ toggle: 'notify_agent_replied', layer: 'mailbox', layerId: desk.mailboxId, value: 'off' }]);
    await done(replyToTicket, { number: 1001, text: 'And turn it.' });
    expect((await done(showTicket, { number: 1001 })).mails.at(-1)?.state).toBe('suppressed');
    await desk.put([{ toggle: 'notify_agent_replied', layer: 'mailbox', layerId: desk.mailboxId, value: null }]);
    await done(replyToTicket, { number: 1001, text: 'Now.' });
    expect((await done(showTicket, { number: 1001 })).mails.at(-1)).toMatchObject({ state: 'queued', wouldGo: null });
  });
});
