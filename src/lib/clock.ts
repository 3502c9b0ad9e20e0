/** The wall clock, passed in so that tests choose the time. Deadlines use `monotonicMs`, which never jumps. */
export interface Clock {
  readonly now: () => Date;
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
