import { readFileSync } from 'node:fs';

/** The bytes of a message of test/fixtures/mail, by its name without ".eml". */
export function mailFixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/mail/${name}.eml`, import.meta.url));
}

/** A message of header lines and a body, with CRLF. */
export function mailOf(lines: readonly string[], body = 'Hello\r\n'): Buffer {
  return Buffer.from(`${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`);
}
