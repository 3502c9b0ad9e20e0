/** The answer to a command that cannot be done; caught by the session, which goes on. */
export class Refusal extends Error {
  readonly status: 'NO' | 'BAD';

  constructor(status: 'NO' | 'BAD', text: string) {
    super(text);
    this.status = status;
  }
}
