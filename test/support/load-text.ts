import type { Random } from './random.ts';

/** Invented prose, made once and then only put together: a load must cost its user nothing worth measuring. */
export interface Prose {
  subject(): string;
  /** Paragraphs of about this many characters in all. */
  text(characters: number): readonly string[];
}

const OPENINGS = [
  'since the update of last night',
  'when I open the invoice of March',
  'after we moved to the new office',
  'each time somebody signs in from home',
  'on the second monitor of the front desk',
  'as soon as the report has more than one page',
  'although the order was confirmed',
  'for two of our colleagues',
];
const THINGS = [
  'the printer',
  'our account',
  'the export',
  'the calendar',
  'delivery 40-118',
  'the scanner',
  'the weekly list',
  'the café terminal',
];
const TROUBLES = [
  'shows an empty page',
  'asks for the password again and again',
  'stops after about thirty seconds',
  'prints every line twice',
  'answers with “try again later”',
  'lost the entries of Tuesday',
  'does not find the archive',
  'is slower than it was',
];
const WISHES = [
  'Could you please have a look?',
  'Is there anything we can do ourselves?',
  'We need it before Friday, if that can be done.',
  'I have attached nothing, because there is nothing to be seen.',
  'Until then we write everything down by hand.',
  'The same thing happened in autumn; your colleague mended it within the hour.',
];

/** Prose of one seed: 400 paragraphs, drawn again and again. */
export function createProse(random: Random): Prose {
  const sentence = () => `${capital(random.pick(OPENINGS))}, ${random.pick(THINGS)} ${random.pick(TROUBLES)}.`;
  const paragraph = () => [sentence(), sentence(), random.pick(WISHES), sentence()].slice(random.below(2)).join(' ');
  const paragraphs = Array.from({ length: 400 }, paragraph);
  return {
    subject: () => `${capital(random.pick(THINGS))} ${random.pick(TROUBLES)}`,
    text(characters) {
      const chosen: string[] = [];
      for (let length = 0; length < characters; length += chosen.at(-1)?.length ?? 0)
        chosen.push(random.pick(paragraphs));
      return chosen;
    },
  };
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
