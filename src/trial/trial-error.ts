/** The trial cannot run as asked: what is wrong in one sentence, and what to do about it in another. */
export class TrialError extends Error {
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.name = 'TrialError';
    this.mend = mend;
  }
}
