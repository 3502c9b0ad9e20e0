import { expect, test } from 'vitest';
import type { TraceStep } from '../../src/inbound/decide.ts';
import { fromStored, toStored } from '../../src/inbound/stored-trace.ts';

const ASKED = { toggle: 'create_ticket_from_mail', value: 'off', layer: 'desk', setBy: 'ben', setAt: null } as const;
const TRACE = [
  { rule: 'duplicate', applied: false, asked: [] },
  { rule: 'tickets_from_mail_off', applied: true, asked: [ASKED] },
  { rule: 'acknowledge_off', applied: false, asked: [ASKED] },
  { rule: 'new_ticket', applied: true, asked: [] },
] as unknown as readonly TraceStep[];

test('what a decision asked comes back whole, and a rule that had nothing to say costs its name', () => {
  expect(toStored(TRACE)).toEqual(['duplicate', ...TRACE.slice(1)]);
  expect(fromStored(toStored(TRACE))).toEqual(TRACE);
});

test('a decision of an earlier release, with each step written out, is read as it was', () =>
  expect(fromStored(TRACE)).toEqual(TRACE));
