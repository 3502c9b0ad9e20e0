/** The moments at which a dying process must have lost nothing: DESIGN 5.9. */
export type CheckpointName =
  | 'fetched'
  | 'tx1.before'
  | 'tx1.after'
  | 'settled'
  | 'attempt.counted'
  | 'parsed'
  | 'tx2.before'
  | 'tx2.after'
  | 'claimed'
  | 'submitting.before'
  | 'submitting.after'
  | 'accepted';

export const CHECKPOINTS: readonly CheckpointName[] = [
  'fetched',
  'tx1.before',
  'tx1.after',
  'settled',
  'attempt.counted',
  'parsed',
  'tx2.before',
  'tx2.after',
  'claimed',
  'submitting.before',
  'submitting.after',
  'accepted',
];

/** Called at each named moment. The product passes `noCheckpoint`; the crash campaign passes one that kills. */
export type Checkpoint = (name: CheckpointName) => void;

export const noCheckpoint: Checkpoint = () => {};
