import { afterAll, beforeAll, expect, test } from 'vitest';
import { runStorm } from '../storm/storm.ts';
import { MX, openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
});
afterAll(() => desk.close());

// RELIABILITY G10, small; test/storm/main.ts blows it at full strength.
test('a storm of one sender and of forged ones: little is answered, nothing is lost, and others do not wait', async () => {
  const report = await runStorm(desk, { flood: 60, forged: 20, others: 10 }, () => {});
  expect(report).toMatchObject({
    floodTickets: 20,
    floodHeld: 40,
    failedAcknowledged: 0,
    rawKept: 60 + 40 + 10,
    ledgerBreaches: [],
    otherTickets: 10,
  });
  expect(report.floodAcknowledged).toBeLessThanOrEqual(3);
  expect(report.operatorMails).toBeLessThanOrEqual(4);
  expect(report.alarmEvents).toBe(1);
  expect(report.acknowledged).toBe(report.floodAcknowledged + report.unprovenAcknowledged + 10);
});
