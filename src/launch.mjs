#!/usr/bin/env node
// The way in, in JavaScript that any Node since 16 can read: finds a Node that runs TypeScript, and hands over.
import { spawn } from 'node:child_process';
import nodeModule, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 24 || (major === 24 && minor >= 7);

// As "npm start" and the image have it: what a mail leaves behind dies young, and a large nursery only keeps it longer.
const NURSERY = '--max-semi-space-size=8';

// What was compiled once starts faster the next time; in a folder of our own, for whoever writes there runs code here.
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/deskbell', import.meta.url));

if (isNewEnough) {
  nodeModule.enableCompileCache?.(COMPILED);
  await import('./main.ts');
} else {
  const node = findOwnNode();
  if (node === null) {
    console.error(
      `Deskbell needs Node 24.7 or newer; this is ${process.version}, and the npm package "node" is not installed.`,
    );
    console.error('Run "npm ci" without --omit=dev, or install a newer Node.');
    process.exit(2);
  }
  const child = spawn(
    node,
    [
      NURSERY,
      join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), 'main.ts'),
      ...process.argv.slice(2),
    ],
    {
      stdio: 'inherit',
      env: { NODE_COMPILE_CACHE: COMPILED, ...process.env },
    },
  );
  // A terminal's Ctrl-C reaches both; a signal to this process alone is passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal === null ? process.exit(code ?? 70) : process.kill(process.pid, signal)));
  child.on('error', (error) => {
    console.error(`Deskbell could not start ${node}: ${error.message}`);
    process.exit(70);
  });
}

/** The Node that the npm package "node" brought. */
function findOwnNode() {
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('node/package.json'));
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return null;
  }
}
