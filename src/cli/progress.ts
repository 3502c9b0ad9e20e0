import type { CliIo } from './io.ts';

/** How far something long has come, where whoever waits for it looks. */
export interface ProgressLine {
  /**
   * @param share from 0 to 1
   * @param part what is being done: a line of its own where there is no terminal; null: too little to tell of there
   */
  readonly show: (share: number, words: string, part: string | null) => void;
  /** The terminal's line is free again. */
  readonly end: () => void;
}

const BAR = 30;
const STEPS = 10;
const COLUMNS = 80;

/** On a terminal a bar that moves, elsewhere a line at each tenth and each part; nothing for programs. */
export function openProgress({ stderr }: CliIo, asJson: boolean): ProgressLine {
  if (asJson) return { show: () => {}, end: () => {} };
  if (stderr.columns === undefined) return plainLines(stderr);
  let isShown = false;
  return {
    show: (share, words) => {
      isShown = true;
      const filled = Math.round(share * BAR);
      const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}`;
      stderr.write(`\r\u001b[K[${bar}] ${words}`.slice(0, (stderr.columns ?? COLUMNS) + 3));
    },
    end: () => {
      if (isShown) stderr.write('\r\u001b[K');
    },
  };
}

function plainLines(stderr: CliIo['stderr']): ProgressLine {
  let last = '';
  return {
    show: (share, words, part) => {
      const step = `${part} ${Math.floor(share * STEPS)}`;
      if (part === null || step === last) return;
      last = step;
      stderr.write(`${words}\n`);
    },
    end: () => {},
  };
}
