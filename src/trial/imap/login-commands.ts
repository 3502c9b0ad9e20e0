import { isTrialAddress, MAX_MESSAGE_BYTES } from '../mail-store.ts';
import type { Command } from './commands.ts';
import { ClientGone } from './output.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

export const CAPABILITIES = [
  'IMAP4rev1',
  'LITERAL+',
  'SASL-IR',
  'AUTH=PLAIN',
  'ID',
  'ENABLE',
  'IDLE',
  'NAMESPACE',
  'CHILDREN',
  'SPECIAL-USE',
  'UIDPLUS',
  'MOVE',
  'UNSELECT',
  `APPENDLIMIT=${MAX_MESSAGE_BYTES}`,
].join(' ');

const TRIAL_PASSWORD = 'trial';

/** Commands that need no folder and, mostly, no user. */
export const LOGIN_COMMANDS: Readonly<Record<string, Command>> = {
  CAPABILITY: {
    needs: 'nothing',
    run({ output }, args) {
      args.end();
      output.line(`* CAPABILITY ${CAPABILITIES}`);
      return 'That is what we can do';
    },
  },
  NOOP: { needs: 'nothing', run: () => 'Nothing done' },
  ID: {
    needs: 'nothing',
    run({ output }) {
      output.line('* ID ("name" "Deskbell trial")');
      return 'Pleased to meet you';
    },
  },
  LOGOUT: {
    needs: 'nothing',
    run(session) {
      session.output.line('* BYE Goodbye');
      session.leave();
      return 'Logged out';
    },
  },
  LOGIN: {
    needs: 'no_user',
    run(session, args) {
      const [address, password] = [utf8(args.text()), args.text()];
      args.end();
      return login(session, address, password);
    },
  },
  AUTHENTICATE: {
    needs: 'no_user',
    async run(session, args) {
      if (args.atom().toUpperCase() !== 'PLAIN') throw new Refusal('NO', '[CANNOT] PLAIN is what we know');
      const response = args.peek() === null ? await askFor(session) : args.atom();
      if (response === '*') throw new Refusal('BAD', 'Cancelled');
      // RFC 4616: authorization identity, user, password.
      const [, address = '', password = ''] = Buffer.from(response, 'base64').toString('utf8').split('\0');
      return login(session, address, password);
    },
  },
  ENABLE: {
    needs: 'user',
    run({ output }) {
      output.line('* ENABLED');
      return 'Nothing of that';
    },
  },
  NAMESPACE: {
    needs: 'user',
    run({ output }) {
      output.line('* NAMESPACE (("" "/")) NIL NIL');
      return 'All folders are yours';
    },
  },
};

async function askFor({ output, reader }: Session): Promise<string> {
  output.line('+ ');
  await output.flush();
  const line = await reader.line();
  if (line === null) throw new ClientGone();
  return line;
}

function login(session: Session, address: string, password: string): string {
  if (!isTrialAddress(address) || password !== TRIAL_PASSWORD) {
    session.login(null);
    throw new Refusal('NO', '[AUTHENTICATIONFAILED] The password of every address is "trial"');
  }
  session.login(session.store.account(address));
  return `[CAPABILITY ${CAPABILITIES}] Logged in`;
}

function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
