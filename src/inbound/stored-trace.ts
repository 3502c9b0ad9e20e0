import type { TraceStep } from './decide.ts';

/** A step as it is stored: of a rule that did not apply and asked no toggle the name alone, and most are such. */
export type StoredStep = string | TraceStep;

export const toStored = (trace: readonly TraceStep[]): readonly StoredStep[] =>
  trace.map((step) => (step.applied || step.asked.length > 0 ? step : step.rule));

export const fromStored = (stored: readonly StoredStep[]): readonly TraceStep[] =>
  stored.map((step) => (typeof step === 'string' ? { rule: step, applied: false, asked: [] } : step));
