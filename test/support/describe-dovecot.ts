import { describe, test } from 'vitest';
import { findDovecot } from './dovecot.ts';

/**
 * `describe` for what only a real IMAP server can show. Without Dovecot the tests are skipped and said to be; in CI
 * (`CI=true`) that is a failure, because a skipped proof proves nothing.
 */
export function describeDovecot(name: string, fn: () => void): void {
  if (findDovecot() !== null) {
    describe(name, fn);
  } else if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error('Dovecot 2.3 is not installed, and in CI nothing may be skipped: apt-get install dovecot-imapd');
    });
  } else {
    sayOnce();
    describe.skip(`${name} (SKIPPED: Dovecot 2.3 is not installed)`, fn);
  }
}

let isSaid = false;

function sayOnce(): void {
  if (isSaid) return;
  isSaid = true;
  process.stderr.write(
    '\n*** SKIPPED: Dovecot 2.3 is not installed, so this file does not test against a real IMAP server. ***' +
      '\n*** To run all tests: apt-get install dovecot-imapd (Debian 12)                                 ***\n\n',
  );
}
