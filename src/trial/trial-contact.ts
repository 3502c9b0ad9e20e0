import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeKey } from '../config.ts';

/** How another process of this machine finds a running trial. */
export interface TrialContact {
  readonly databaseUrl: string;
  readonly key: Buffer;
  readonly smtpPort: number;
  readonly imapPort: number;
}

const contactSchema = z.strictObject({ databaseUrl: z.string(), smtpPort: z.int(), imapPort: z.int() });

const contactFile = (dataDir: string): string => join(dataDir, 'trial.json');

/** Leaves in the folder how the trial is found; its key has a file of its own. */
export async function writeContact(dataDir: string, { databaseUrl, smtpPort, imapPort }: TrialContact): Promise<void> {
  const contact: z.infer<typeof contactSchema> = { databaseUrl, smtpPort, imapPort };
  await writeWhole(contactFile(dataDir), JSON.stringify(contact));
}

/** The trial of that folder, if it ever ran; whether it runs now shows when its database is asked. */
export async function findTrial(dataDir: string): Promise<TrialContact | null> {
  try {
    const contact = contactSchema.parse(JSON.parse(await readFile(contactFile(dataDir), 'utf8')));
    const key = decodeKey((await readFile(join(dataDir, 'key'), 'utf8')).trim());
    return key === null ? null : { ...contact, key };
  } catch {
    // Missing, unreadable or half written: there is no trial to speak to.
    return null;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
}
