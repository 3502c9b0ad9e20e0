import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAddress } from '../../src/mail/address.ts';
import { allHeaders } from '../../src/mail/headers.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { identifySender } from '../../src/mail/sender.ts';
import { fromValue } from './arbitraries.ts';

/** From fields that made other readers name somebody else. */
const CRAFTED = [
  'ana@x.example, ceo@desk.example',
  'ceo@desk.example <ana@x.example>',
  '"ceo@desk.example" <ana@x.example>',
  '<ana@x.example> <ceo@desk.example>',
  'ana@x.example (<ceo@desk.example>)',
  'ana@x.example (a) (b)',
  '(ceo@desk.example) ana@x.example',
  'Ana <ana@x.example> (ceo@desk.example)',
  '"a\\" <ceo@desk.example>, \\"" <ana@x.example>',
  '=?utf-8?Q?ceo=40desk.example=2C?= <ana@x.example>',
  '=?utf-8?Q?=22=3Cceo=40desk.example=3E?= <ana@x.example>',
  'ana@x.example\0@desk.example',
  'ana@x.example\r\n @desk.example',
  'Ana:ana@x.example;',
  '<@desk.example:ana@x.example>',
  '<@desk.example,@y.example:ana@x.example>',
  'ana@x.example>',
  '<ana@x.example',
  '"ana"@x.example',
  '"ana@desk.example"@x.example',
  'ana@[192.0.2.1]',
  'ana@x.example.',
  'ana@x..example',
  '.ana@x.example',
  'ana@desk.example(.x.example)',
  'ana(@desk.example)@x.example',
  'Ana <ana@x.example >',
  'Ana < ana@x.example>',
  'Ana\t<ana@x.example>',
  'A.B. Lima <ana@x.example>',
  'Ana [x] <ana@x.example>',
  'Ana; <ana@x.example>',
  'Ana, Lima <ana@x.example>',
  '=?utf-8?Q?Lima,_Ana?= <ana@x.example>',
  'ana@x.example <ana@x.example>',
  '"x" ana@x.example <ana@x.example>',
  "'ana@x.example' <ana@x.example>",
  'ana@x.example (Ana',
  'ana@x.example Ana)',
  'Ana (x <ana@x.example>',
  'Ana\\ <ana@x.example>',
  'ana\\@desk.example@x.example',
] as const;

interface Options {
  readonly inputs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/**
 * Reads From fields by our grammar and by Python's email package: where we name a sender, it must name the same and
 * nobody else. Loudly leaves out the comparing where there is no Python, which in CI is a failure.
 */
export async function compareAddresses({ inputs, seed, say }: Options): Promise<boolean> {
  const values = [
    ...CRAFTED,
    ...fc.sample(
      fromValue.map((value) => value.slice(0, MAX_LINE_LENGTH)),
      { numRuns: inputs, seed },
    ),
  ];
  const lines = await Promise.all(values.map(readOurs));
  const theirs = await readTheirs(lines.map(({ value }) => value));
  if (theirs === null) {
    say('SKIPPED: there is no python3 to compare the address grammar with');
    return process.env['CI'] !== 'true';
  }
  const accepted = lines
    .map((line, index) => ({ ...line, theirs: theirs[index] ?? null }))
    .filter(({ address }) => address !== null);
  const silent = accepted.filter((line) => line.theirs === null);
  const others = accepted.filter((line) => line.theirs !== null && !isSame(line.address, line.theirs));
  const single = theirs.filter((each) => each?.length === 1 && parseAddress(each[0] ?? '') !== null).length;
  say(
    `${lines.length} From fields: Python reads one strict address in ${single}, we name a sender in ${accepted.length}; it reads another in ${others.length}, fails on ${silent.length}`,
  );
  for (const line of [...others, ...silent].slice(0, 20)) say(`DIFFERENT  ${JSON.stringify(line)}`);
  return others.length === 0 && silent.length === 0;
}

const isSame = (address: string | null, theirs: readonly string[]): boolean =>
  theirs.length === 1 && parseAddress(theirs[0] ?? '') === address;

/** Python's time grows with the square of a line. */
const MAX_LINE_LENGTH = 2_000;

/** The value as the header reads it, so that both read the same characters. */
async function readOurs(raw: string): Promise<{ readonly value: string; readonly address: string | null }> {
  const parsed = await parseMessage(Buffer.from(`From: ${raw}\r\nSubject: x\r\n\r\nx`));
  const sender = identifySender(parsed);
  return {
    value: allHeaders(parsed.headers, 'from')[0] ?? '',
    address: sender.is === 'address' ? sender.address : null,
  };
}

async function readTheirs(values: readonly string[]): Promise<readonly (readonly string[] | null)[] | null> {
  const script = fileURLToPath(new URL('address_reference.py', import.meta.url));
  const python = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const isStarted = await Promise.race([
    once(python, 'spawn').then(() => true),
    once(python, 'error').then(() => false),
  ]);
  if (!isStarted) return null;
  const answers: (readonly string[] | null)[] = [];
  python.stdin.end(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  for await (const line of createInterface({ input: python.stdout }))
    answers.push(JSON.parse(line) as readonly string[] | null);
  return answers.length === values.length ? answers : null;
}
