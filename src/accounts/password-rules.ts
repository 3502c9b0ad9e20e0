/** Whose password it is to be: what is known about them is no secret. */
export interface PasswordOwner {
  readonly userName: string | null;
  readonly address: string;
}

/** Whether it refuses a password. */
type PasswordRule = (password: string, owner: PasswordOwner) => boolean;

/** Characters, as people count them, that a password has at least and at most. */
export const PASSWORD_CHARS = { min: 12, max: 1_000 } as const;

/** Of the commonest passwords those that are long enough; and what begins or ends with their like is not longer by it. */
const COMMONEST = [
  '0987654321',
  '1234567890',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'abcdefghijkl',
  'administrator',
  'changeme',
  'iloveyou',
  'letmein',
  'passw0rd',
  'password',
  'passwort',
  'motdepasse',
  'qazwsxedcrfv',
  'qwertyuiop',
  'qwertzuiop',
  'welcome',
  'football',
  'princess',
  'sunshine',
  'superman',
];

/** Asked from the top; the first that refuses is told. What they say to whom is a sentence of the page. */
const PASSWORD_RULES = {
  too_short: (password) => Array.from(password).length < PASSWORD_CHARS.min,
  too_long: (password) => Array.from(password).length > PASSWORD_CHARS.max,
  /** Others know it. */
  names_owner: (password, { userName, address }) => {
    const said = plain(password);
    return [userName, address, address.split('@')[0] ?? ''].some(
      (known) =>
        known !== null && said.replaceAll(plain(known), '').length < MIN_NEW_CHARS && said.includes(plain(known)),
    );
  },
  /** It is among those that are tried first. */
  common: (password) => {
    const said = plain(password);
    if (new Set(said).size < MIN_DIFFERENT) return true;
    return COMMONEST.some((common) => said.replaceAll(common, '').length < MIN_NEW_CHARS && said.includes(common));
  },
} as const satisfies Readonly<Record<string, PasswordRule>>;
/** Why a password is not taken. */
export type PasswordProblem = keyof typeof PASSWORD_RULES;
const PROBLEMS = Object.keys(PASSWORD_RULES) as readonly PasswordProblem[];

/** Beside what everybody knows, a password has at least so many characters of its own. */
const MIN_NEW_CHARS = 5;
const MIN_DIFFERENT = 4;

/** Why this may not be their password; null: it may. Pure. */
export function whyNotPassword(password: string, owner: PasswordOwner): PasswordProblem | null {
  return PROBLEMS.find((problem) => PASSWORD_RULES[problem](password, owner)) ?? null;
}

/** As those compare it who guess: without capitals and blanks. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s/g, '');
