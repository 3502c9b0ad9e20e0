import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NOTIFICATION_STATES } from '../../src/db/schema/notifications.ts';
import { OUTBOX_STATES } from '../../src/notifications/states.ts';

// FEATURES N-05.
const doc = readFileSync(new URL('../../docs/outbox.md', import.meta.url), 'utf8');
const table = [
  '| state | what it means | what comes next |',
  '|---|---|---|',
  ...Object.entries(OUTBOX_STATES).map(([state, { says, next }]) => `| \`${state}\` | ${says} | ${next} |`),
].join('\n');

test('docs/outbox.md shows the states as they are', () => {
  // As it is written for people, its columns are filled up.
  const shown = /<!-- states -->\n([\s\S]*?)<!-- \/states -->/.exec(doc)?.[1]?.trim();
  expect(
    shown?.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').replaceAll('| --- ', '|---').replaceAll('--- |', '---|'),
  ).toBe(table);
});

test('every state there is is explained', () => {
  expect(Object.keys(OUTBOX_STATES).toSorted()).toEqual([...NOTIFICATION_STATES].toSorted());
});
