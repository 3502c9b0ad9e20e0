import type { ImportProgress } from '../contacts/import.ts';
import type { CliIo } from './io.ts';
import { count } from './import-words.ts';
import { openProgress } from './progress.ts';

/** How an import is watched. */
export interface ImportProgressLine {
  readonly onProgress: (progress: ImportProgress) => void;
  /** The terminal's line is free again. */
  readonly end: () => void;
}

/** A file below is read before anybody could have read about it. */
const WORTH_TELLING_BYTES = 1024 * 1024;

const PHASES: Readonly<Record<ImportProgress['phase'], string>> = {
  reading: 'Reading',
  comparing: 'Comparing with the desk',
  writing: 'Writing',
};

/** How far an import has come. */
export function importProgress(io: CliIo, asJson: boolean): ImportProgressLine {
  const line = openProgress(io, asJson);
  return {
    onProgress: (progress) => {
      const part = progress.sizeBytes < WORTH_TELLING_BYTES ? null : progress.phase;
      line.show(shareOf(progress), words(progress), part);
    },
    end: line.end,
  };
}

const shareOf = ({ readBytes, sizeBytes }: ImportProgress): number => Math.min(1, readBytes / Math.max(1, sizeBytes));

const words = (progress: ImportProgress): string => {
  const percent = progress.phase === 'reading' ? `, ${Math.floor(shareOf(progress) * 100)} %` : '';
  return `${PHASES[progress.phase]}: ${count(progress.lines, 'line')}${percent}`;
};
