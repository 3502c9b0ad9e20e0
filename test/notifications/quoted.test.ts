import { describe, expect, test } from 'vitest';
import { rareTerms } from '../../src/mail/rare-terms.ts';
import { rowsOfWords, wordsOf } from '../../src/mail/shingles.ts';
import { isQuoted, LONG_ROW, mayBeQuoted, saidIn } from '../../src/notifications/quoted.ts';

const quotes = (text: string, mail: string, outside = ''): boolean => {
  const rows = new Set(rowsOfWords(wordsOf(outside), LONG_ROW));
  const terms = new Set(rareTerms(outside).map(({ key }) => key));
  const [note, said] = [{ text, words: wordsOf(text) }, saidIn([mail])];
  const knowledge = { hasRow: (row: string) => rows.has(row), hasTerm: (key: string) => terms.has(key) };
  // What is looked at first alone never hides what is looked at then.
  expect(mayBeQuoted(note, said) || !isQuoted(note, said, knowledge)).toBe(true);
  return isQuoted(note, said, knowledge);
};

describe('B-15: what a mail has of a note', () => {
  test.each([
    [
      'ten words in a row',
      'Be slow with them until they have paid all three invoices.',
      'Hello, be slow with them until they have paid all of it. No: BE SLOW with them until they have paid all three.',
    ],
    [
      'a line that names a code',
      'Spoke to Eva.\nGate code: 4711-9920\nNot for them!',
      'It is the\n> Gate code: 4711 9920.',
    ],
    [
      'a sentence that names a code',
      'Asked Eva. The code is 47119920. Not for them!',
      'Jonas says the code is 47119920, so try it.',
    ],
    [
      'an account and its password',
      'Use admin@gate.example / Xk9!qq2 for now',
      'log in as admin@gate.example / Xk9!qq2',
    ],
    [
      'a number in groups, and a name',
      'Their IBAN is DE89 3704 0044 0532 0130 00.',
      'their IBAN is DE89 3704 0044 0532 0130 00, is it?',
    ],
    [
      'two amounts',
      'Floor price 8,212.50 EUR, they paid 12,400.00 EUR.',
      'Our floor price 8,212.50 EUR, they paid 12,400.00.',
    ],
  ])('%s', (_, note, mail) => expect(quotes(note, mail)).toBe(true));

  test.each([
    ['nine words in a row', 'Be slow with them until they have paid all', 'be slow with them until they have paid all'],
    ['a polite phrase', 'Thank you very much for your help!', 'Thank you very much for your help!'],
    ['a number in words of its own', 'Parcel 00340434, sent with DHL today', 'Your parcel has the number 00340434.'],
    ['a number alone', '00340434', 'It is 00340434.'],
    ['an address alone', 'mia.private@mail.example', 'Write to mia.private@mail.example.'],
    ['a label and a number of three words', 'PIN 482139', 'Your PIN 482139'],
    ['a date', 'Back on 2026-11-22 at 10:30.', 'She is back on 2026-11-22 at 10:30.'],
    ['an empty note', '', 'Hello'],
    ['an empty mail', 'Gate code: 4711-9920', ''],
  ])('not %s', (_, note, mail) => expect(quotes(note, mail)).toBe(false));

  test('what somebody outside has named is no secret', () => {
    const [note, mail] = ['Gate code: 4711-9920', 'The gate code: 4711-9920'];
    expect(quotes(note, mail, 'We tried 47119920.')).toBe(false);
    expect(quotes(note, mail, 'We tried 47119921.')).toBe(true);
  });

  // Word by word against word by word it would be minutes, and over the time of a test.
  test('a stranger who writes a megabyte of codes does not stop the desk', () => {
    const text = Array.from({ length: 32_000 }, (_, at) => `the door of room ${100_000 + at * 7} is open`).join('\n');
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(quotes(text, 'I see that the door of room one is open.')).toBe(false);
  });
});
