import { z } from 'zod';
import { addressField, numberField, quoted } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { noTicket } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { EventKind } from '../events/catalogue.ts';
import { EVENTS } from '../events/catalogue.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { findMailbox, listMailboxes } from '../mailboxes/store.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { listAudience } from '../tickets/participant-store.ts';
import { findTicketByNumber, listEntries } from '../tickets/store.ts';
import { foresee, STAGED_EVENTS, stageEvent } from './foresee.ts';
import type { PlannedNotification } from './model.ts';
import { renderMail } from './render.ts';
import { NOTIFICATION_RULES, rulesOf } from './rules.ts';
import type { Templates } from './templates.ts';
import { readTemplates } from './templates/live.ts';

/** Who would be told if this happened to a ticket now, who would not and why, and the mail of each. Nothing is stored. */
export const previewEvent = readOperation({
  name: 'notify.preview',
  permission: 'outbox.read',
  input: z.strictObject({ number: numberField, event: z.string().max(100), kind: z.string().max(100).optional() }),
  run: async ({ db, clock }, { number, event: written, kind: asked }) => {
    const event = readEvent(written);
    if (!event.ok) return event;
    const kind = readKind(event.value, asked);
    if (!kind.ok) return kind;
    const ticket = await findTicketByNumber(db, number);
    if (ticket === null) return err(noTicket(number));
    const [entries, audience] = [await listEntries(db, ticket.id), await listAudience(db, ticket.id)];
    const staged = stageEvent(event.value, { ticket, entries, audience }, clock.now());
    if (!staged.ok) {
      return err(refusal('nothing_to_tell', staged.error, `Other events: ${STAGED_EVENTS.join(', ')}`));
    }
    const foreseen = (await foresee(db, staged.value)).filter((one) => kind.value === null || one.kind === kind.value);
    const templates = await readTemplates(db);
    return ok({
      number,
      event: event.value,
      says: EVENTS[event.value].says,
      kinds: rulesOf(event.value).map((rule) => rule.kind),
      told: foreseen.flatMap((one) =>
        one.refusal === null ? [{ ...personOf(one), mail: writtenAs(templates, one) }] : [],
      ),
      notTold: foreseen.flatMap((one) => (one.refusal === null ? [] : [{ ...personOf(one), reason: one.refusal }])),
    });
  },
});

const personOf = ({ kind, recipient, recipientName: name, because, locale }: PlannedNotification) => ({
  ...{ kind, recipient, name, because, locale },
});

/** The mail in words; where its template does not render, why. */
function writtenAs(
  templates: Templates,
  { view, locale }: PlannedNotification,
): { readonly subject: string; readonly text: string } {
  try {
    const { subject, text } = renderMail(templates, view, locale);
    return { subject, text };
  } catch (error) {
    return {
      subject: '',
      text: `The template cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function readEvent(written: string): Result<EventKind, Refusal> {
  const found = STAGED_EVENTS.find((kind) => kind === written);
  if (found !== undefined) return ok(found);
  const meant = nearest(written, STAGED_EVENTS);
  const message = `There is no event ${quoted(written)} of a ticket${meant === null ? '.' : `: did you mean ${meant}?`}`;
  return err(refusal('event_not_found', message, `Events of a ticket: ${STAGED_EVENTS.join(', ')}`));
}

/** One of the kinds of mail that the event owes; null: all of them. */
function readKind(event: EventKind, written: string | undefined): Result<string | null, Refusal> {
  if (written === undefined) return ok(null);
  const kinds = rulesOf(event).map(({ kind }) => kind);
  const found = kinds.find((kind) => kind === written);
  if (found !== undefined) return ok(found);
  const meant = nearest(written, kinds);
  const message = `${event} owes no mail ${quoted(written)}${meant === null ? '.' : `: did you mean ${meant}?`}`;
  return err(refusal('kind_not_found', message, `It owes: ${kinds.join(', ')}`));
}

/** The rules by which people are told, and whether each is on: for the desk, or for one mailbox. */
export const showRules = readOperation({
  name: 'notify.rules',
  permission: 'toggle.read',
  input: z.strictObject({ mailbox: addressField.optional() }),
  run: async ({ db }, { mailbox: address }) => {
    const mailbox = address === undefined ? null : await findMailbox(db, address);
    if (address !== undefined && mailbox === null) {
      const near = nearest(
        address,
        (await listMailboxes(db)).map((one) => one.address),
      );
      const message = `The desk has no mailbox ${address}${near === null ? '.' : `: did you mean ${near}?`}`;
      return err(refusal('mailbox_not_found', message, 'See all with: deskbell mailbox list'));
    }
    const settings = settingsOf(await loadSettings(db, [], []));
    const scope = { mailboxId: mailbox?.id ?? null, customerId: null, contactId: null };
    return ok({
      mailbox: mailbox?.address ?? null,
      rules: NOTIFICATION_RULES.map(({ event, kind, whom, toggle, urgency }) => ({
        event,
        says: EVENTS[event].says,
        kind,
        whom,
        toggle,
        isOn: toggle === null || resolveToggle(settings, toggle, scope).value !== 'off',
        urgency,
      })),
    });
  },
});
