import { describe, expect, test } from 'vitest';
import { mayHoldMuteWish, readMuteWish } from '../../src/mail/unsubscribe-words.ts';

describe('all that somebody wrote', () => {
  test.each([
    ['unsubscribe', 'surely'],
    ['Unsubscribe.', 'surely'],
    ['  UNSUBSCRIBE!!\n', 'surely'],
    ['please unsubscribe', 'surely'],
    ['Abmelden', 'surely'],
    ['Bitte  abbestellen.', 'surely'],
    ['Se désinscrire', 'surely'],
    ['desinscrire', 'surely'],
    ['DÉSINSCRIRE', 'surely'],
    ['Darse de baja', 'surely'],
    ['cancelar suscripción', 'surely'],
    ['STOP', 'maybe'],
    ['Stopp!', 'maybe'],
    ['“stop”', 'maybe'],
    ['', null],
    ['...', null],
    ['please stop the pump', null],
    ['Unsubscribe us all', null],
    ['stop\nstop\nstop\nstop', null],
    ['unsubscribeme', null],
    [`unsubscribe${' '.repeat(200)}`, 'surely'],
    [`unsubscribe${'!'.repeat(200)}`, null],
    ['constructor', null],
  ])('%j asks for less: %s', (words, wish) => {
    expect(readMuteWish(words)).toBe(wish);
  });

  test('is looked for in a line of its own, near the beginning, and costs next to nothing in a megabyte', () => {
    expect(mayHoldMuteWish('> Dear Ana,\n\nStop.\n')).toBe(true);
    expect(mayHoldMuteWish('Hello,\nplease stop the pump.\n')).toBe(false);
    expect(mayHoldMuteWish('x\n'.repeat(500_000) + 'stop')).toBe(false);
    expect(mayHoldMuteWish('')).toBe(false);
  });
});
