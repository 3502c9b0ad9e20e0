import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One look at a mail. */
interface Shot {
  readonly scheme: 'light' | 'dark';
  readonly width: number;
}

/** On a telephone and on a desk, by day and by night. */
export const SHOTS: readonly Shot[] = [
  { scheme: 'light', width: 375 },
  { scheme: 'dark', width: 375 },
  { scheme: 'light', width: 800 },
  { scheme: 'dark', width: 800 },
];

const HEIGHT = 1100;

/** What Chromium is to be told, and the file it writes. */
export function screenshotTask(folder: string, name: string, { scheme, width }: Shot) {
  const file = `${name}.${scheme}.${width}.png`;
  // Chromium makes no window narrower than 500 pixels: a frame of the width stands in a wider one.
  const page = pathToFileURL(join(folder, `${name}.html`)).href;
  const frame = `<body style="margin:0;background:${scheme === 'dark' ? '#000' : '#fff'}"><iframe src="${page}" style="border:0;width:${width}px;height:${HEIGHT}px;color-scheme:${scheme}"></iframe>`;
  return {
    file,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--allow-file-access-from-files',
      ...(scheme === 'dark'
        ? ['--blink-settings=preferredColorScheme=0']
        : ['--blink-settings=preferredColorScheme=1']),
      `--window-size=${Math.max(width, 500)},${HEIGHT}`,
      `--screenshot=${join(folder, file)}`,
      width < 500 ? `data:text/html,${encodeURIComponent(frame)}` : page,
    ],
  };
}
