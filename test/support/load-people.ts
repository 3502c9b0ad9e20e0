/** Somebody who writes to the desk. */
export interface Person {
  readonly name: string;
  readonly address: string;
}

const FIRST = [
  'Ana',
  'Bram',
  'Chiara',
  'Dmitri',
  'Elif',
  'Farid',
  'Greta',
  'Hana',
  'Ivo',
  'Jonas',
  'Katya',
  'Luis',
  'Mira',
];
const LAST = [
  'Berg',
  'Costa',
  'Dunn',
  'Eriksen',
  'Fontana',
  'Grau',
  'Hoffer',
  'Ito',
  'Jansen',
  'Kowal',
  'Lund',
  'Moreau',
];

/** The invented person of this number; companies have about five of them. */
export function personOf(number: number): Person {
  const first = FIRST[number % FIRST.length] ?? '';
  const last = LAST[Math.floor(number / FIRST.length) % LAST.length] ?? '';
  const address = `${first}.${last}.${number}@company${Math.floor(number / 5)}.example`.toLowerCase();
  return { name: `${first} ${last}`, address };
}
