import { pino } from 'pino';

/** One line per fact: an event name and fields. Ids, not bodies; never secrets, never mail (STYLE, Logging). */
export interface Log {
  readonly debug: (event: string, fields?: object) => void;
  readonly info: (event: string, fields?: object) => void;
  readonly warn: (event: string, fields?: object) => void;
  readonly error: (event: string, fields?: object) => void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on standard error, or into a file; errors under `err` are written with their causes. */
export function createLog(level: LogLevel, destination: string | number = 2): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    pino.destination({ dest: destination, sync: true, mkdir: true }),
  );
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
