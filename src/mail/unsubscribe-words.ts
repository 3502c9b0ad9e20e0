/**
 * Words by which people ask to get no more of some mail, per language, in lower case. What stands alone in an answer and
 * is one of these means nothing else; what may answer a question too is in the other list.
 */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  en: ['unsubscribe', 'unsubscribe me', 'please unsubscribe', 'unsubscribe please', 'opt out', 'mute', 'mute ticket'],
  de: ['abmelden', 'bitte abmelden', 'abbestellen', 'bitte abbestellen', 'austragen', 'bitte austragen'],
  fr: ['désinscrire', 'me désinscrire', 'se désinscrire', 'désinscription', 'désabonner', 'me désabonner'],
  es: ['darse de baja', 'darme de baja', 'cancelar suscripción', 'anular suscripción'],
  pt: ['cancelar inscrição', 'cancelar subscrição', 'anular subscrição', 'descadastrar'],
  it: ['disiscrivimi', 'disiscriversi', 'annulla iscrizione', 'cancella iscrizione'],
  nl: ['afmelden', 'uitschrijven', 'graag afmelden'],
  sv: ['avregistrera', 'avprenumerera'],
  da: ['afmeld', 'frameld'],
  pl: ['wypisz mnie', 'wypisz', 'zrezygnuj'],
};
const AMBIGUOUS: readonly string[] = [
  'stop',
  'stopp',
  'stop it',
  'end',
  'quit',
  'remove me',
  'baja',
  'basta',
  'no más',
];

/** How surely words ask for it: `maybe` is that of words that may answer a question, such as "stop". */
export type MuteWish = 'surely' | 'maybe';

const MAX_LENGTH = 40;
const MAX_WORDS = 3;

/** Whether these words, and nothing beside them, ask to get no more; null: they do not. Case, accents and punctuation do not count. */
export function readMuteWish(words: string): MuteWish | null {
  const text = words.trim();
  if (text.length > MAX_LENGTH) return null;
  const plain = plainOf(text);
  return plain.split(' ').length > MAX_WORDS ? null : (WISHES.get(plain) ?? null);
}

/** Whether any line of a text is such words: cheap, for the many that hold none. */
export const mayHoldMuteWish = (text: string): boolean =>
  text
    .slice(0, MAX_SEARCHED)
    .split('\n', MAX_LINES)
    .some((line) => line.length <= MAX_LENGTH && readMuteWish(line) !== null);

const MAX_SEARCHED = 16_384;
const MAX_LINES = 200;

const plainOf = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const WISHES: ReadonlyMap<string, MuteWish> = new Map([
  ...AMBIGUOUS.map((words) => [plainOf(words), 'maybe'] as const),
  ...Object.values(PLAIN).flatMap((words) => words.map((one) => [plainOf(one), 'surely'] as const)),
]);
