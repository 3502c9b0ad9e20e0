import type { Command } from './command.ts';
import { DESK_COMMANDS } from './desk-commands.ts';
import { TOGGLE_COMMANDS } from './toggle-commands.ts';
import { MAILBOX_COMMANDS } from './mailbox-commands.ts';
import { PARSE_COMMAND } from './parse-command.ts';
import { PEOPLE_COMMANDS } from './people-commands.ts';
import { PROGRAM_COMMANDS, SEND_COMMAND } from './program-commands.ts';
import { RAW_COMMAND } from './raw-command.ts';
import { TICKET_COMMANDS } from './ticket-commands.ts';

/** Every verb, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...PROGRAM_COMMANDS,
  SEND_COMMAND,
  PARSE_COMMAND,
  ...TICKET_COMMANDS,
  ...TOGGLE_COMMANDS,
  ...DESK_COMMANDS,
  RAW_COMMAND,
  ...MAILBOX_COMMANDS,
  ...PEOPLE_COMMANDS,
];
