/** A start that cannot be: what is wrong, and the mend. Exit code 2 for configuration, 3 for what is out of reach. */
export class CannotStart extends Error {
  readonly mend: string;
  readonly exitCode: 2 | 3;
  constructor(message: string, mend: string, exitCode: 2 | 3) {
    super(message);
    this.mend = mend;
    this.exitCode = exitCode;
  }
}

/** What an error of the system says, for the sentence that names the place. */
export const reasonOf = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
};
