import type { Result } from '../../lib/result.ts';
import { err, ok } from '../../lib/result.ts';
import { fillTemplate, MAX_HTML_BYTES } from '../render.ts';
import { MAIL_KINDS } from '../mail-kinds.ts';
import type { MailTemplate, TemplateOverride } from '../templates.ts';
import { templateLibrary } from '../templates.ts';
import type { NotificationKind } from '../views.ts';
import { TemplateProblem } from './problem.ts';
import { worstCase } from './worst-case.ts';

/** Why a template may not be used, and what to do. */
export interface TemplateRefusal {
  readonly says: string;
  readonly mend: string;
}

/**
 * What an operator wrote, checked as our files are, and written once for the example and for the worst there may be.
 */
export function tryTemplate(
  kind: NotificationKind,
  written: Omit<TemplateOverride, 'kind' | 'version'>,
  version: number | null,
): Result<MailTemplate, TemplateRefusal> {
  const mend = `See what it may name: deskbell template show ${kind}`;
  try {
    const template = templateLibrary().assemble({ ...written, kind }, version);
    const cases = [MAIL_KINDS[kind].example, worstCase(kind, 'bare'), worstCase(kind, 'long')];
    const mails = cases.map((view) => fillTemplate(template, view, written.locale));
    const heaviest = Math.max(...mails.map(({ html }) => Buffer.byteLength(html)));
    if (mails.some(({ subject }) => subject === '')) return err({ says: 'The subject can come out empty.', mend });
    if (heaviest <= MAX_HTML_BYTES) return ok(template);
    const says = `The mail can be ${heaviest} bytes of HTML, and many programs cut it at ${MAX_HTML_BYTES}.`;
    return err({ says, mend: 'Shorten what the html part says of its own.' });
  } catch (error) {
    if (error instanceof TemplateProblem) return err({ says: placeOf(error), mend });
    return err({ says: `It cannot be filled: ${error instanceof Error ? error.message : String(error)}.`, mend });
  }
}

const PARTS: Readonly<Record<string, string>> = {
  subject: 'The subject',
  text: 'The text part',
  html: 'The html part',
};

const placeOf = ({ file, line, says }: TemplateProblem): string =>
  `${PARTS[file] ?? file}, line ${line}: ${says}${/[.?]$/.test(says) ? '' : '.'}`;
