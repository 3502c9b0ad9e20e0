import type { Command } from './command.ts';

/** Verbs that live together. Theirs alone is loaded when one is called: the other verbs stand on most of the product. */
interface Shelf {
  /** The first words of its verbs. */
  readonly words: readonly string[];
  readonly load: () => Promise<readonly Command[]>;
}

/** In the order of the help. */
const SHELVES: readonly Shelf[] = [
  {
    words: ['start', 'worker', 'migrate', '--version'],
    load: async () => (await import('./program-commands.ts')).PROGRAM_COMMANDS,
  },
  { words: ['send'], load: async () => [(await import('./send-command.ts')).SEND_COMMAND] },
  { words: ['parse'], load: async () => [(await import('./parse-command.ts')).PARSE_COMMAND] },
  { words: ['ticket'], load: async () => (await import('./ticket-commands.ts')).TICKET_COMMANDS },
  { words: ['ticket'], load: async () => (await import('./ticket-people-commands.ts')).TICKET_PEOPLE_COMMANDS },
  { words: ['toggle'], load: async () => (await import('./toggle-commands.ts')).TOGGLE_COMMANDS },
  { words: ['notify'], load: async () => (await import('./notify-commands.ts')).NOTIFY_COMMANDS },
  { words: ['held'], load: async () => (await import('./held-commands.ts')).HELD_COMMANDS },
  { words: ['why', 'process', 'ledger'], load: async () => (await import('./desk-commands.ts')).DESK_COMMANDS },
  { words: ['outbox'], load: async () => (await import('./outbox-commands.ts')).OUTBOX_COMMANDS },
  { words: ['suppression'], load: async () => (await import('./suppression-commands.ts')).SUPPRESSION_COMMANDS },
  { words: ['template'], load: async () => (await import('./template-commands.ts')).TEMPLATE_COMMANDS },
  { words: ['raw'], load: async () => [(await import('./raw-command.ts')).RAW_COMMAND] },
  { words: ['mailbox'], load: async () => (await import('./mailbox-commands.ts')).MAILBOX_COMMANDS },
  { words: ['mailbox'], load: async () => [(await import('./team-commands.ts')).MAILBOX_TEAM_COMMAND] },
  { words: ['customer'], load: async () => (await import('./customer-commands.ts')).CUSTOMER_COMMANDS },
  { words: ['contact'], load: async () => (await import('./contact-commands.ts')).CONTACT_COMMANDS },
  { words: ['contact'], load: async () => (await import('./lifecycle-commands.ts')).LIFECYCLE_COMMANDS },
  { words: ['contact'], load: async () => (await import('./merge-commands.ts')).MERGE_COMMANDS },
  { words: ['address'], load: async () => (await import('./address-commands.ts')).ADDRESS_COMMANDS },
  { words: ['group'], load: async () => (await import('./group-commands.ts')).GROUP_COMMANDS },
  { words: ['mute'], load: async () => (await import('./mute-commands.ts')).MUTE_COMMANDS },
  { words: ['import'], load: async () => (await import('./import-commands.ts')).IMPORT_COMMANDS },
  { words: ['export'], load: async () => (await import('./export-commands.ts')).EXPORT_COMMANDS },
  { words: ['field', 'department'], load: async () => (await import('./field-commands.ts')).FIELD_COMMANDS },
  { words: ['operator', 'me'], load: async () => (await import('./operator-commands.ts')).OPERATOR_COMMANDS },
  { words: ['team'], load: async () => (await import('./team-commands.ts')).TEAM_COMMANDS },
  { words: ['token'], load: async () => (await import('./token-commands.ts')).TOKEN_COMMANDS },
  { words: ['audit'], load: async () => (await import('./audit-commands.ts')).AUDIT_COMMANDS },
  { words: ['retention'], load: async () => (await import('./retention-commands.ts')).RETENTION_COMMANDS },
];

/** Every verb, in the order of the help. */
export const loadAllCommands = (): Promise<readonly Command[]> => loaded(SHELVES);

/** The verbs that a command line may mean, by its first word: those that begin with it, or all when none does. */
export async function loadCommands(word: string): Promise<readonly Command[]> {
  const meant = SHELVES.filter(({ words }) => words.includes(word));
  return meant.length > 0 ? loaded(meant) : loadAllCommands();
}

async function loaded(shelves: readonly Shelf[]): Promise<readonly Command[]> {
  const commands = await Promise.all(shelves.map(({ load }) => load()));
  return commands.flat();
}
