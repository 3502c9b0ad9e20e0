import type { Queryable } from '../../db/client.ts';
import type { Log } from '../../lib/log.ts';
import type { TemplateLibrary, Templates } from '../templates.ts';
import { MAIL_KIND_NAMES, templateLibrary } from '../templates.ts';
import { findActiveMark, listActiveVersions, requeueFailedTemplates } from './store.ts';

/** The templates as operators have them now: read once, for one look. */
export async function readTemplates(db: Queryable): Promise<Templates> {
  return templateLibrary().withOverrides(await listActiveVersions(db));
}

/** The same for a process that goes on: what it picks is what was read at the last refresh. */
export interface LiveTemplates extends Templates {
  /**
   * Reads them again where operators have changed any, which costs one small statement where they have not. Mail that
   * failed for its template is due again: by then this process knows the new one.
   */
  readonly refresh: (db: Queryable, log: Log) => Promise<void>;
}

/** Begins with the files alone. */
export function createLiveTemplates(library: TemplateLibrary = templateLibrary()): LiveTemplates {
  let current = library.shipped;
  let mark: string | null = null;
  // Those whose failed mail is due again: another than `current` where the database went away in between.
  let settled = current;
  return {
    get locales() {
      return current.locales;
    },
    get problems() {
      return current.problems;
    },
    find: (kind, locale) => current.find(kind, locale),
    pick: (kind, locale) => current.pick(kind, locale),
    refresh: async (db, log) => {
      const found = await findActiveMark(db);
      if (found === mark) return;
      const active = await listActiveVersions(db);
      current = library.withOverrides(active);
      for (const problem of current.problems) log.warn('template.unusable', { ...problem });
      // At the start the files may be others than those it failed with.
      const changed = MAIL_KIND_NAMES.filter((kind) => mark === null || isAnother(kind, settled, current));
      await requeueFailedTemplates(db, changed);
      [mark, settled] = [found, current];
    },
  };
}

const isAnother = (kind: (typeof MAIL_KIND_NAMES)[number], before: Templates, after: Templates): boolean =>
  [...new Set([...before.locales, ...after.locales])].some(
    (locale) => before.find(kind, locale)?.version !== after.find(kind, locale)?.version,
  );
