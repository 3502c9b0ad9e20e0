import { describe, expect, test } from 'vitest';
import type { ContactId, CustomerId, MailboxId } from '../../src/db/ids.ts';
import type { Layer } from '../../src/db/schema/settings.ts';
import { LAYERS } from '../../src/db/schema/settings.ts';
import { resolveToggle, settingsOf } from '../../src/settings/resolve.ts';
import type { Toggle, ToggleId } from '../../src/settings/toggles.ts';
import { whyNotValue } from '../../src/settings/toggle-values.ts';
import { TOGGLES } from '../../src/settings/toggles.ts';

const scope = { mailboxId: 1 as MailboxId, customerId: 7 as CustomerId, contactId: 12 as ContactId };
const ID_OF: Readonly<Record<Layer, number>> = { desk: 0, mailbox: 1, customer: 7, contact: 12 };
const set = (toggle: string, layer: Layer, value: string) => ({
  toggle,
  layer,
  layerId: ID_OF[layer],
  value,
  setBy: `operator:${layer}`,
  setAt: new Date('2030-01-31T12:00:00Z'),
});

describe('where an operator may choose', () => {
  test.each<[string, ToggleId, readonly Layer[]]>([
    ['T-01', 'create_ticket_from_mail', ['desk', 'mailbox', 'customer', 'contact']],
    ['T-02', 'create_contact_from_mail', ['desk', 'mailbox']],
    ['T-06', 'acknowledge', ['desk', 'mailbox', 'customer', 'contact']],
    ['T-06', 'notify_agent_replied', ['desk', 'mailbox']],
    ['T-06', 'notify_ticket_opened_by_operator', ['desk', 'mailbox']],
    ['T-06', 'notify_ticket_closed', ['desk', 'mailbox', 'customer', 'contact']],
    ['T-06', 'notify_contact_replied', ['desk', 'mailbox']],
    ['T-06', 'notify_staff_assigned', ['desk', 'mailbox']],
  ])('%s: %s', (_, id, layers) => {
    const toggle: Toggle | undefined = TOGGLES.find((one) => one.id === id);
    expect(toggle).toMatchObject({ fallback: 'on', values: { values: ['on', 'off'] }, layers });
  });
});

describe.each(TOGGLES.map((toggle: Toggle) => toggle))('$id', ({ id, layers, fallback, values }: Toggle) => {
  const other = {
    choice: () => (values.kind === 'choice' ? values.values.find((value) => value !== fallback) : undefined),
    number: () => (values.kind === 'number' ? String(values.max) : undefined),
    text: () => 'another',
  }[values.kind]();
  const resolve = (...rows: readonly ReturnType<typeof set>[]) =>
    resolveToggle(settingsOf(rows), id as ToggleId, scope);

  test('is its default while nobody has chosen, and the default is one of its values', () => {
    expect(resolve()).toMatchObject({ value: fallback, layer: 'fallback', setBy: null, setAt: null });
    expect(TOGGLES.map((one: Toggle) => whyNotValue(one, one.fallback)).filter((why) => why !== null)).toEqual([]);
  });

  test('is decided by each of its layers, and by no other', () => {
    for (const layer of LAYERS) {
      const decided = resolve(set(id, layer, other ?? ''));
      expect(decided.layer).toBe(layers.includes(layer) ? layer : 'fallback');
      if (layers.includes(layer)) expect(decided).toMatchObject({ value: other, setBy: `operator:${layer}` });
    }
  });

  test('is decided by the narrowest that is set', () => {
    const narrowest = LAYERS.toReversed().find((layer) => layers.includes(layer));
    expect(resolve(...LAYERS.map((layer) => set(id, layer, fallback))).layer).toBe(narrowest);
  });
});
