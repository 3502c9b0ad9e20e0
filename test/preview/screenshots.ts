import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** One look at a mail. */
export interface Shot {
  readonly scheme: 'light' | 'dark';
  /** CSS pixels. */
  readonly width: number;
}

/** On a telephone and on a desk, by day and by night. */
export const SHOTS: readonly Shot[] = [
  { scheme: 'light', width: 375 },
  { scheme: 'dark', width: 375 },
  { scheme: 'light', width: 800 },
  { scheme: 'dark', width: 800 },
];

/** Of a mail that is longer the beginning. */
const MAX_HEIGHT = 4000;

/** A Chromium without a window. */
export interface Camera {
  /** Writes what the page looks like as a PNG. */
  take(page: string, shot: Shot, file: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts it; null where this program is not here. Asked over its DevTools protocol: one start for all pictures. */
export async function openCamera(program: string): Promise<Camera | null> {
  const profile = await mkdtemp(join(tmpdir(), 'deskbell-preview-'));
  const browser = spawn(
    program,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await new Promise<string | null>((resolve) => {
    browser.once('error', () => resolve(null));
    browser.once('exit', () => resolve(null));
    createInterface(browser.stderr).on('line', (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const close = async (): Promise<void> => {
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    if (browser.pid !== undefined && browser.exitCode === null && browser.kill()) await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  if (address === null) {
    await close();
    return null;
  }
  const ask = await connect(address);
  const { targetId } = await ask<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const inPage = <T>(method: string, params: object) => ask<T>(method, params, sessionId);
  await inPage('Page.enable', {});
  return {
    async take(page, { scheme, width }, file) {
      const metrics = { width, height: 600, deviceScaleFactor: 1, mobile: width < 500 };
      await inPage('Emulation.setDeviceMetricsOverride', metrics);
      await inPage('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await inPage('Page.navigate', { url: pathToFileURL(page).href });
      // The page has no script and loads nothing: what is asked behind it is answered when it is there.
      const { result } = await inPage<{ result: { value: number } }>('Runtime.evaluate', {
        expression:
          'new Promise((done) => document.readyState === "complete" ? done() : addEventListener("load", done)).then(() => document.documentElement.scrollHeight)',
        awaitPromise: true,
        returnByValue: true,
      });
      await inPage('Emulation.setDeviceMetricsOverride', { ...metrics, height: Math.min(MAX_HEIGHT, result.value) });
      const { data } = await inPage<{ data: string }>('Page.captureScreenshot', { format: 'png' });
      await writeFile(file, Buffer.from(data, 'base64'));
    },
    close,
  };
}

type Ask = <T>(method: string, params: object, sessionId?: string) => Promise<T>;

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connect(address: string): Promise<Ask> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  return <T>(method: string, params: object, sessionId?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error === undefined) resolve(result as T);
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
}
