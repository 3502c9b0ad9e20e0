import type { Command } from './command.ts';
import { sendSample } from './sample-mail.ts';

/** A first mail into the trial. */
export const SEND_COMMAND: Command = {
  verb: 'send',
  says: 'send a sample mail into the trial',
  arguments: [],
  options: [
    { flags: '--from <address>', says: 'who writes; ana@customer.example unless given' },
    { flags: '--to <address>', says: 'support@deskbell.test unless given' },
    { flags: '--subject <subject>', says: 'what it is about' },
    { flags: '--text <text>', says: 'what it says' },
    { flags: '--file <file>', says: 'a whole mail as a file (.eml), sent as it is' },
  ],
  examples: [
    'deskbell send',
    'deskbell send --from ana@customer.example --subject "The printer is on fire" --text "Please hurry."',
    'deskbell send --from ana@customer.example --file ./message.eml',
  ],
  isOnDesk: true,
  run: sendSample,
};
