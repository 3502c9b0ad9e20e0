import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import type { TxtAnswer, TxtResolver } from '../../src/mail/dkim.ts';

/** A key as a domain has it: the private half to sign with, and the TXT record it publishes. */
export interface DomainKey {
  readonly privateKey: string;
  readonly record: string;
}

/** A new RSA key of that many bits. */
export function rsaKey(bits: number): DomainKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    record: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
  };
}

/** A new Ed25519 key, RFC 8463. */
export function ed25519Key(): DomainKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    record: `v=DKIM1; k=ed25519; p=${raw.toString('base64')}`,
  };
}

/** The same message with a DKIM-Signature of the domain on top, selector "s1". */
export async function signedMail(
  mail: Buffer,
  domain: string,
  key: DomainKey,
  options: Partial<Parameters<typeof dkimSign>[1]> = {},
): Promise<Buffer> {
  const signing = { signingDomain: domain, selector: 's1', privateKey: key.privateKey, ...options };
  const { signatures, errors } = await dkimSign(mail, {
    canonicalization: 'relaxed/relaxed',
    signatureData: [signing],
    ...signing,
  });
  if (signatures === '') throw new Error(`not signed: ${JSON.stringify(errors)}`);
  return Buffer.concat([Buffer.from(signatures), mail]);
}

/** DNS with these TXT records, which counts what it is asked. */
export function zoneOf(records: Readonly<Record<string, string | TxtAnswer>>): {
  readonly resolve: TxtResolver;
  readonly asked: readonly string[];
} {
  const asked: string[] = [];
  const resolve: TxtResolver = (name) => {
    asked.push(name);
    const record = records[name];
    if (record === undefined) return Promise.resolve({ is: 'absent' });
    return Promise.resolve(typeof record === 'string' ? { is: 'found', records: [piecesOf(record)] } : record);
  };
  return { resolve, asked };
}

/** TXT records come in strings of at most 255 bytes. */
const piecesOf = (record: string): readonly string[] => record.match(/.{1,255}/g) ?? [];
