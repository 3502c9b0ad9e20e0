import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate for `localhost` and 127.0.0.1, and the authority that a client has to trust for it. PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly caPem: string;
}

const openssl = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

/**
 * Makes an authority and a certificate of its own with the `openssl` command; null where there is no openssl.
 *
 * @param daysValid 0 for a certificate that has already expired
 * @param names whose it is
 */
export async function createTestCertificate(
  daysValid = 2,
  names = 'DNS:localhost,IP:127.0.0.1',
): Promise<TestCertificate | null> {
  const dir = await mkdtemp(join(tmpdir(), 'certificate-'));
  const run = (...args: string[]) => openssl('openssl', args, { cwd: dir });
  try {
    await run('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
    await run('req', ...NEW_KEY, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost');
    await writeFile(join(dir, 'extensions'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    await run('x509', '-req', '-in', 'request.pem', ...authority, '-out', 'cert.pem', '-days', String(daysValid));
    const pem = (name: string) => readFile(join(dir, name), 'utf8');
    return { cert: await pem('cert.pem'), key: await pem('key.pem'), caPem: await pem('ca.pem') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
