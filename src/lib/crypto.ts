import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A secret that prints as [secret] wherever it might be printed by mistake. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** Encrypts what must lie in the database unreadable. `place` binds a secret to its row: it opens nowhere else. */
export interface SecretBox {
  seal(secret: Secret, place: string): Buffer;
  /** Throws when the key is another one or the bytes were changed. */
  open(sealed: Uint8Array, place: string): Secret;
}

/** Keys for each purpose, all derived from the one master key. */
export interface Keys {
  readonly box: SecretBox;
  readonly publicId: KeyObject;
  readonly messageMac: KeyObject;
  readonly tombstone: KeyObject;
  readonly unsubscribe: KeyObject;
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Derives the keys of every purpose from the master key (HKDF-SHA-256, RFC 5869).
 *
 * @param master 32 bytes
 */
export function deriveKeys(master: Buffer): Keys {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', master, 'deskbell', purpose, 32));
  return {
    box: createSecretBox(derive('secret box v1')),
    // As key objects: a MAC costs a third of one with bytes, and a mail takes several.
    publicId: createSecretKey(derive('public id v1')),
    messageMac: createSecretKey(derive('message mac v1')),
    tombstone: createSecretKey(derive('tombstone v1')),
    unsubscribe: createSecretKey(derive('unsubscribe v1')),
  };
}

/** HMAC-SHA-256 over the parts, each preceded by its length, so that no two lists of parts meet. */
export function hmac(key: KeyObject | Buffer, parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    mac.update(`${bytes.byteLength}:`);
    mac.update(bytes);
  }
  return mac.digest();
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** AES-256-GCM: version, key id, nonce, tag, then the ciphertext; the place is authenticated with it. */
function createSecretBox(key: Buffer): SecretBox {
  const keyId = sha256(key).subarray(0, KEY_ID_BYTES);
  const head = Buffer.concat([Buffer.from([VERSION]), keyId]);
  return {
    seal(secret, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place, 'utf8'));
      const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), text]);
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed);
      if (!bytes.subarray(0, head.length).equals(head)) {
        throw new Error(
          `the secret of ${place} was encrypted with another key: is DESKBELL_KEY the one it was stored with?`,
        );
      }
      const nonceEnd = head.length + NONCE_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(head.length, nonceEnd))
        .setAAD(Buffer.from(place, 'utf8'))
        .setAuthTag(bytes.subarray(nonceEnd, nonceEnd + TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(nonceEnd + TAG_BYTES)), decipher.final()]);
      return new Secret(text.toString('utf8'));
    },
  };
}
