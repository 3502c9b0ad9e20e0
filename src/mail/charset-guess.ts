import { analyse } from 'chardet';

/** How much of a text is looked at. */
const SAMPLE_BYTES = 8 * 1024;
/** Below this share of well-known characters a reading is none; from the other on there is no doubt. */
const MIN_GOOD_SHARE = 0.7;
const SURE_SHARE = 0.85;
/** So many Western letters tell their languages apart. */
const MIN_LETTERS_FOR_LANGUAGE = 20;
/** Fewer characters beyond ASCII say nothing by their frequency. */
const MIN_CHARACTERS_FOR_STATISTICS = 4;
const MIN_CONFIDENCE = 20;

interface DoubleByteCharset {
  readonly charset: string;
  /** How much a character speaks for the charset: 1, 0 or less. */
  readonly weigh: (lead: number, trail: number) => number;
  readonly isSingle?: (byte: number) => boolean;
}

const isBetween = (byte: number, from: number, to: number): boolean => byte >= from && byte <= to;

/** The characters that make up nearly all of a text, by their rows: kana, the first level of ideographs, punctuation. */
const DOUBLE_BYTE: readonly DoubleByteCharset[] = [
  {
    charset: 'shift_jis',
    isSingle: (byte) => isBetween(byte, 0xa1, 0xdf),
    weigh: (lead, trail) => {
      if (trail === 0) return -0.5;
      if (lead === 0x82 || lead === 0x83 || lead === 0x81) return 1.1;
      return isBetween(lead, 0x88, 0x97) ? 1 : 0;
    },
  },
  {
    charset: 'euc-jp',
    weigh: (lead, trail) => {
      if (trail < 0xa1) return -1;
      // Kana are in every sentence; without them this is Chinese or Korean.
      if (lead === 0xa4 || lead === 0xa5) return 1.4;
      return isBetween(lead, 0xb0, 0xcf) || isBetween(lead, 0xa1, 0xa3) ? 0.7 : 0;
    },
  },
  {
    charset: 'euc-kr',
    weigh: (lead, trail) => {
      if (trail < 0xa1) return -1;
      if (COMMON_HANGUL.has(lead * 256 + trail)) return 1.4;
      return isBetween(lead, 0xb0, 0xc8) || isBetween(lead, 0xa1, 0xa3) ? 0.6 : 0;
    },
  },
  {
    charset: 'gb18030',
    weigh: (lead, trail) => {
      if (trail < 0xa1) return -0.5;
      return isBetween(lead, 0xb0, 0xd7) || isBetween(lead, 0xa1, 0xa3) ? 1 : 0;
    },
  },
  {
    charset: 'big5',
    weigh: (lead, trail) => {
      if (!isBetween(lead, 0xa1, 0xc6)) return 0;
      // Four of ten characters end in a low byte, which no other set here does.
      return trail < 0x7f ? 1.2 : 0.75;
    },
  },
];

/** The syllables that make up most of any Korean text, in KS X 1001. */
const COMMON_HANGUL: ReadonlySet<number> = new Set(
  (
    'c0cc b4d9 c0c7 b4c2 bfa1 b0a1 c0bb b7ce c7cf b0ed c7d1 c1f6 b1e2 bcad bbe7 bdc3 beee b8ae b4eb c0ce b5e9 c0ba b5b5 ' +
    'bab8 c0da b0d4 c1a4 c0fb c7d8 b3aa b8a6 b6f3 b0fa c0d6 bef8 bcf6 c8b8 bfa9 b5c7 b8b8 b0cd b8e9 b4cf b1d7 bac1 c1a6 ' +
    'bafb bec8 b3e7 bcbc bfe4 b9ae c0c7 b5e5 b8b3 b4cf b0a8 bbe7 c7d5 bace b9de c0bd c0fc c1d6 c8ad b1b8 b8f1 bfeb'
  )
    .split(' ')
    .map((hex) => Number.parseInt(hex, 16)),
);

/**
 * The charset that bytes beyond ASCII are most likely in, when no one said; null when they look Western or like nothing.
 * Short texts, such as subjects, are weighed by what characters are common; longer ones by the letters that go together.
 */
export function guessCharset(bytes: Buffer): string | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const { highBytes, isWestern } = shapeOf(sample);
  if (highBytes === 0) return null;
  const cyrillic = isWestern ? null : cyrillicOf(sample);
  if (cyrillic !== null && cyrillic.share >= SURE_SHARE) return cyrillic.charset;
  const best = DOUBLE_BYTE.map((row) => ({ charset: row.charset, share: shareOf(sample, row) }))
    .toSorted((a, b) => b.share - a.share)
    .find(({ share }) => share >= MIN_GOOD_SHARE);
  if (best !== undefined) return best.charset;
  if (highBytes < (isWestern ? MIN_LETTERS_FOR_LANGUAGE : MIN_CHARACTERS_FOR_STATISTICS)) return null;
  return byLetters(sample) ?? cyrillic?.charset ?? null;
}

/** Whether what is beyond ASCII stands alone between letters of ASCII, as in the languages of Western Europe. */
export const looksWestern = (bytes: Buffer): boolean => shapeOf(bytes.subarray(0, SAMPLE_BYTES)).isWestern;

/** Western letters beyond ASCII stand alone between letters of ASCII; those of other scripts stand together. */
function shapeOf(bytes: Buffer): { readonly highBytes: number; readonly isWestern: boolean } {
  let highBytes = 0;
  let together = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if ((bytes[at] ?? 0) < 0x80) continue;
    highBytes += 1;
    if ((bytes[at - 1] ?? 0) >= 0x80 || (bytes[at + 1] ?? 0) >= 0x80) together += 1;
  }
  return { highBytes, isWestern: together < highBytes * 0.6 };
}

/** The share of well-known characters in a reading, from below 0 to above 1; characters that stand alone speak against it. */
function shareOf(bytes: Buffer, { weigh, isSingle }: DoubleByteCharset): number {
  let characters = 0;
  let weight = 0;
  let alone = 0;
  let lastEnd = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    characters += 1;
    const begin = at;
    if (isSingle?.(lead) === true) weight += weigh(lead, 0);
    else {
      const trail = bytes[at + 1] ?? 0;
      // The sample may end within a character.
      if (at + 1 === bytes.length && bytes.length === SAMPLE_BYTES) break;
      if (trail < 0x40 || trail === 0x7f || trail === 0xff || lead === 0x80 || lead === 0xff) return -1;
      weight += weigh(lead, trail);
      at += 1;
    }
    if (begin !== lastEnd && (bytes[at + 1] ?? 0) < 0x80) alone += 1;
    lastEnd = at + 1;
  }
  return characters === 0 || alone > characters * 0.4 ? -1 : weight / characters;
}

const CYRILLIC = ['windows-1251', 'koi8-r', 'ibm866', 'iso-8859-5'] as const;
/** By far the most frequent letters of Russian, Ukrainian, Bulgarian and Serbian. */
const COMMON_CYRILLIC = /[оеаинтсрвлкмдпуОЕАИНТСРВЛКМДПУ]/;

/** The Cyrillic charset in which words are made of frequent letters and begin, at most, with a capital. */
function cyrillicOf(bytes: Buffer): { readonly charset: string; readonly share: number } | null {
  const [best] = CYRILLIC.map((charset) => ({ charset, share: cyrillicShare(new TextDecoder(charset).decode(bytes)) }))
    .filter(({ share }) => share >= MIN_GOOD_SHARE)
    .toSorted((a, b) => b.share - a.share);
  return best ?? null;
}

function cyrillicShare(text: string): number {
  let beyondAscii = 0;
  let weight = 0;
  let before = '';
  for (const letter of text) {
    if (letter > '\x7f') {
      beyondAscii += 1;
      if (/[а-яёА-ЯЁіїєґІЇЄҐђјљњћџЂЈЉЊЋЏ]/.test(letter)) {
        weight += COMMON_CYRILLIC.test(letter) ? 1.1 : 0.4;
        // A capital behind a small letter is none of any language.
        if (isSmall(before) && isCapital(letter)) weight -= 1.5;
        if (/[a-z]/i.test(before)) weight -= 1;
      } else if (!/[«»—–“”„№…\u00a0]/.test(letter)) weight -= 0.5;
    }
    before = letter;
  }
  return beyondAscii === 0 ? 0 : weight / beyondAscii;
}

const isSmall = (letter: string): boolean => letter !== letter.toUpperCase();
const isCapital = (letter: string): boolean => letter !== letter.toLowerCase();

/** Other scripts, and the languages of Europe, by the letters that go together in them. */
function byLetters(bytes: Buffer): string | null {
  const found = analyse(bytes).find(({ name }) => !/^(?:UTF|ASCII|ISO-2022|Big5|Shift|GB|EUC)/.test(name));
  return found === undefined || found.confidence < MIN_CONFIDENCE ? null : found.name.toLowerCase();
}
