import type { ToggleId } from '../settings/toggles.ts';
import type { CountDue } from './count-store.ts';
import { countAttachments, countAudit, countDecisions, countDeliveries, countRawMail } from './count-store.ts';
import type { ForgetPage } from './forget-store.ts';
import { forgetAttachments, forgetAudit, forgetDecisions, forgetDeliveries, forgetRawMail } from './forget-store.ts';

/** Something that is kept for some days only, where an operator says so (FEATURES W-01). */
export interface RetentionKind {
  /** Stored with how far its deletion has come. */
  readonly id: string;
  readonly toggle: ToggleId;
  /** What goes, and from when its days are counted. */
  readonly says: string;
  readonly count: CountDue;
  readonly forget: ForgetPage;
}

/** What may be deleted. Everything else stays: tickets, their texts, what was owed and sent. */
export const RETENTION: readonly RetentionKind[] = [
  {
    id: 'raw_mail',
    toggle: 'keep_raw_mail_days',
    says: 'mail as it came, after its message was done',
    count: countRawMail,
    forget: forgetRawMail,
  },
  {
    id: 'attachments',
    toggle: 'keep_attachments_days',
    says: 'files in tickets, after the ticket was closed',
    count: countAttachments,
    forget: forgetAttachments,
  },
  {
    id: 'decisions',
    toggle: 'keep_decisions_days',
    says: 'why mail became what it became, after it was done',
    count: countDecisions,
    forget: forgetDecisions,
  },
  {
    id: 'deliveries',
    toggle: 'keep_deliveries_days',
    says: 'attempts to send mail whose fate is settled',
    count: countDeliveries,
    forget: forgetDeliveries,
  },
  { id: 'audit', toggle: 'keep_audit_days', says: 'who did what', count: countAudit, forget: forgetAudit },
];
