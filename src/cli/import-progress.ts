import type { ImportProgress } from '../contacts/import.ts';
import type { CliIo } from './io.ts';
import { count } from './import-words.ts';

/** How an import is watched. */
export interface ProgressLine {
  readonly onProgress: (progress: ImportProgress) => void;
  /** The terminal's line is free again. */
  readonly end: () => void;
}

const BAR = 30;
const STEPS = 10;
/** A file below is read before anybody could have read about it. */
const WORTH_TELLING_BYTES = 1024 * 1024;

const PHASES: Readonly<Record<ImportProgress['phase'], string>> = {
  reading: 'Reading',
  comparing: 'Comparing with the desk',
  writing: 'Writing',
};

/** On a terminal a bar that moves, elsewhere a line at each tenth and each phase; nothing for programs. */
export function progressLine({ stderr }: CliIo, asJson: boolean): ProgressLine {
  if (asJson) return { onProgress: () => {}, end: () => {} };
  if (stderr.columns === undefined) return plainLines(stderr);
  let isShown = false;
  return {
    onProgress: (progress) => {
      isShown = true;
      const share = shareOf(progress);
      const filled = Math.round(share * BAR);
      const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}`;
      stderr.write(`\r\u001b[K[${bar}] ${words(progress)}`.slice(0, (stderr.columns ?? 80) + 3));
    },
    end: () => {
      if (isShown) stderr.write('\r\u001b[K');
    },
  };
}

function plainLines(stderr: CliIo['stderr']): ProgressLine {
  let last = '';
  return {
    onProgress: (progress) => {
      const step = `${progress.phase} ${Math.floor(shareOf(progress) * STEPS)}`;
      if (step === last || progress.sizeBytes < WORTH_TELLING_BYTES) return;
      last = step;
      stderr.write(`${words(progress)}\n`);
    },
    end: () => {},
  };
}

const shareOf = ({ readBytes, sizeBytes }: ImportProgress): number => Math.min(1, readBytes / Math.max(1, sizeBytes));

const words = (progress: ImportProgress): string => {
  const percent = progress.phase === 'reading' ? `, ${Math.floor(shareOf(progress) * 100)} %` : '';
  return `${PHASES[progress.phase]}: ${count(progress.lines, 'line')}${percent}`;
};
