/** Where an AUTH dialogue goes next: a prompt and what to do with the line that answers it, or its end. */
export type AuthStep =
  | { readonly is: 'prompt'; readonly text: string; readonly next: (line: string) => AuthStep }
  | { readonly is: 'end'; readonly reply: string };

/** AUTH PLAIN (RFC 4616) and AUTH LOGIN, with or without an initial response. */
export function startAuth(
  command: string,
  login: { readonly user: string; readonly password: string } | null,
): AuthStep {
  const [, mechanism = '', initial] = command.split(' ');
  if (login === null) return { is: 'end', reply: '503 5.5.1 no login needed' };
  const check = (user: string, password: string): AuthStep => {
    const isRight = user === login.user && password === login.password;
    return { is: 'end', reply: isRight ? '235 2.7.0 welcome' : '535 5.7.8 wrong user or password' };
  };
  const plain = (line: string): AuthStep => {
    const [, user = '', password = ''] = decode(line).split('\0');
    return check(user, password);
  };
  const user = (line: string) => prompt('Password:', (password) => check(decode(line), decode(password)));
  const mechanisms: Readonly<Record<string, AuthStep>> = {
    PLAIN: initial === undefined ? prompt('', plain) : plain(initial),
    LOGIN: initial === undefined ? prompt('Username:', user) : user(initial),
  };
  return mechanisms[mechanism.toUpperCase()] ?? { is: 'end', reply: '504 5.5.4 PLAIN or LOGIN' };
}

function prompt(text: string, next: (line: string) => AuthStep): AuthStep {
  return { is: 'prompt', text: `334 ${Buffer.from(text).toString('base64')}`, next };
}

function decode(line: string): string {
  return Buffer.from(line, 'base64').toString();
}
