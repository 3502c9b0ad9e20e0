import { ADDRESS_COMMANDS } from './address-commands.ts';
import { AUDIT_COMMANDS } from './audit-commands.ts';
import type { Command } from './command.ts';
import { CONTACT_COMMANDS } from './contact-commands.ts';
import { CUSTOMER_COMMANDS } from './customer-commands.ts';
import { EXPORT_COMMANDS } from './export-commands.ts';
import { IMPORT_COMMANDS } from './import-commands.ts';
import { DESK_COMMANDS } from './desk-commands.ts';
import { GROUP_COMMANDS } from './group-commands.ts';
import { MERGE_COMMANDS } from './merge-commands.ts';
import { FIELD_COMMANDS } from './field-commands.ts';
import { MUTE_COMMANDS } from './mute-commands.ts';
import { TOGGLE_COMMANDS } from './toggle-commands.ts';
import { HELD_COMMANDS } from './held-commands.ts';
import { NOTIFY_COMMANDS } from './notify-commands.ts';
import { MAILBOX_COMMANDS } from './mailbox-commands.ts';
import { LIFECYCLE_COMMANDS } from './lifecycle-commands.ts';
import { OUTBOX_COMMANDS } from './outbox-commands.ts';
import { PARSE_COMMAND } from './parse-command.ts';
import { OPERATOR_COMMANDS } from './operator-commands.ts';
import { PROGRAM_COMMANDS, SEND_COMMAND } from './program-commands.ts';
import { RAW_COMMAND } from './raw-command.ts';
import { RETENTION_COMMANDS } from './retention-commands.ts';
import { SUPPRESSION_COMMANDS } from './suppression-commands.ts';
import { MAILBOX_TEAM_COMMAND, TEAM_COMMANDS } from './team-commands.ts';
import { TEMPLATE_COMMANDS } from './template-commands.ts';
import { TICKET_COMMANDS } from './ticket-commands.ts';
import { TICKET_PEOPLE_COMMANDS } from './ticket-people-commands.ts';
import { TOKEN_COMMANDS } from './token-commands.ts';

/** Every verb, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...PROGRAM_COMMANDS,
  SEND_COMMAND,
  PARSE_COMMAND,
  ...TICKET_COMMANDS,
  ...TICKET_PEOPLE_COMMANDS,
  ...TOGGLE_COMMANDS,
  ...NOTIFY_COMMANDS,
  ...HELD_COMMANDS,
  ...DESK_COMMANDS,
  ...OUTBOX_COMMANDS,
  ...SUPPRESSION_COMMANDS,
  ...TEMPLATE_COMMANDS,
  RAW_COMMAND,
  ...MAILBOX_COMMANDS,
  MAILBOX_TEAM_COMMAND,
  ...CUSTOMER_COMMANDS,
  ...CONTACT_COMMANDS,
  ...LIFECYCLE_COMMANDS,
  ...MERGE_COMMANDS,
  ...ADDRESS_COMMANDS,
  ...GROUP_COMMANDS,
  ...MUTE_COMMANDS,
  ...IMPORT_COMMANDS,
  ...EXPORT_COMMANDS,
  ...FIELD_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...TEAM_COMMANDS,
  ...TOKEN_COMMANDS,
  ...AUDIT_COMMANDS,
  ...RETENTION_COMMANDS,
];
