/** Somebody else wrote what we were about to write: look again, and the plan will be another. */
export class Raced extends Error {
  constructor(what: string) {
    super(`${what}: another worker was faster`);
  }
}
