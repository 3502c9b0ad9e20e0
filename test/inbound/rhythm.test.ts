import { describe, expect, test } from 'vitest';
import type { Rhythm } from '../../src/inbound/rhythm.ts';
import { nextRhythm } from '../../src/inbound/rhythm.ts';

const at = (minutes: number): Date => new Date(minutes * 60_000);
const CUT_AT = 3;

/** A machine that answers each of our mails half a minute later; we answer while the rhythm is not cut. */
function pingPong(startMinutes: number, mails: number, before: Rhythm | null): { answered: number; rhythm: Rhythm } {
  let [rhythm, lastAutomatic, answered, now] = [before, null as Date | null, 0, startMinutes];
  for (let mail = 0; mail < mails; mail += 1) {
    rhythm = nextRhythm(rhythm, at(now), lastAutomatic, CUT_AT);
    if (rhythm.rounds < CUT_AT) {
      answered += 1;
      lastAutomatic = at(now);
    }
    now += 0.5;
  }
  return { answered, rhythm: rhythm as Rhythm };
}

describe('two machines that answer each other', () => {
  test('our side falls silent after the third round', () => {
    expect(pingPong(0, 100, null)).toMatchObject({ answered: 3, rhythm: { rounds: 3 } });
  });

  test('after an hour of quiet one mail probes, and the next beat cuts it again', () => {
    const { rhythm } = pingPong(0, 10, null);
    expect(pingPong(200, 100, rhythm).answered).toBe(1);
  });

  test('while mail keeps coming the silence stays, for days', () => {
    let { rhythm } = pingPong(0, 10, null);
    for (let minute = 10; minute < 3 * 24 * 60; minute += 30) {
      rhythm = nextRhythm(rhythm, at(minute), at(1), CUT_AT);
      expect(rhythm.rounds).toBe(CUT_AT);
    }
  });
});

describe('a person', () => {
  test.each<[string, Rhythm | null, number, number | null, number]>([
    ['who writes for the first time is no machine', null, 0, null, 0],
    ['who writes hours after our mail is none', null, 300, 0, 0],
    ['who answers at once has one round', null, 1, 0, 1],
    ['who then takes their time has none again', { rounds: 2, lastAt: at(1) }, 20, 1, 0],
    ['whose mail came before ours was sent has none', null, 0, 1, 0],
    ['who writes three mails behind one of ours has answered once', { rounds: 1, lastAt: at(1) }, 2, 0, 1],
  ])('%s', (_, before, arrived, lastAutomatic, rounds) => {
    const last = lastAutomatic === null ? null : at(lastAutomatic);
    expect(nextRhythm(before, at(arrived), last, CUT_AT).rounds).toBe(rounds);
  });
});
