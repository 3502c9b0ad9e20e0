import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../lib/crypto.ts';

/** How hard a hash is: memory in KiB, rounds over it, lanes. */
interface Hardness {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The least that OWASP's Password Storage Cheat Sheet asks of argon2id; RELIABILITY G16. */
const HARDNESS: Hardness = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Each takes a thread of the four that also read files and names, and 19 MiB. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 100;

/**
 * The hash of a password with all that is needed to check it, in the PHC string format. Off the event loop.
 *
 * @throws when more wait for theirs than can be served in some seconds
 */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HARDNESS, HASH_BYTES);
  const { memory, passes, parallelism } = HARDNESS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** Is this the password of that hash? Takes as long whether it is or not. */
export async function isPassword(stored: string, password: Secret): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
  if (match === null) throw new Error('a stored password hash is not one of argon2id');
  const [, memory, passes, parallelism, salt = '', hash = ''] = match;
  const wanted = Buffer.from(hash, 'base64');
  const hardness = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), hardness, wanted.length), wanted);
}

let busy = 0;
const waiting: (() => void)[] = [];

async function derive(password: Secret, nonce: Buffer, hardness: Hardness, tagLength: number): Promise<Buffer> {
  if (busy >= MAX_AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw new Error('too many passwords are being hashed');
    // Whoever ends hands the place over.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else busy += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const message = Buffer.from(canonical(password.reveal()), 'utf8');
      argon2('argon2id', { message, nonce, tagLength, ...hardness }, (error, hash) =>
        error === null ? resolve(hash) : reject(error),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next();
  }
}

/** The same letters however a keyboard composed them (NIST SP 800-63B 3.1.1.2). */
const canonical = (password: string): string => password.toWellFormed().normalize('NFKC');

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
