/** Whose password it is to be: what is known about them is no secret. */
export interface PasswordOwner {
  readonly userName: string | null;
  readonly address: string;
}

interface PasswordRule {
  readonly id: string;
  /** Why such a password is not taken, with the mend. */
  readonly says: string;
  readonly refuses: (password: string, owner: PasswordOwner) => boolean;
}

const MIN_CHARS = 12;
const MAX_CHARS = 1_000;

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

/** Asked from the top; the first that refuses is told. */
const PASSWORD_RULES: readonly PasswordRule[] = [
  {
    id: 'too_short',
    says: `That is too short: take at least ${MIN_CHARS} characters.`,
    refuses: (password) => Array.from(password).length < MIN_CHARS,
  },
  {
    id: 'too_long',
    says: `That is too long: take at most ${MAX_CHARS.toLocaleString('en')} characters.`,
    refuses: (password) => Array.from(password).length > MAX_CHARS,
  },
  {
    id: 'names_owner',
    says: 'That is your name or your address, which others know: take something else.',
    refuses: (password, { userName, address }) => {
      const said = plain(password);
      return [userName, address, address.split('@')[0] ?? ''].some(
        (known) =>
          known !== null && said.replaceAll(plain(known), '').length < MIN_NEW_CHARS && said.includes(plain(known)),
      );
    },
  },
  {
    id: 'common',
    says: 'That is among the passwords that are tried first: take something else.',
    refuses: (password) => {
      const said = plain(password);
      if (new Set(said).size < MIN_DIFFERENT) return true;
      return COMMONEST.some((common) => said.replaceAll(common, '').length < MIN_NEW_CHARS && said.includes(common));
    },
  },
];

/** Beside what everybody knows, a password has at least so many characters of its own. */
const MIN_NEW_CHARS = 5;
const MIN_DIFFERENT = 4;

/** Why this may not be their password, as a sentence to them; null: it may. Pure. */
export function whyNotPassword(password: string, owner: PasswordOwner): string | null {
  return PASSWORD_RULES.find(({ refuses }) => refuses(password, owner))?.says ?? null;
}

/** As those compare it who guess: without capitals and blanks. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s/g, '');
