/** How many false alarms a day evidence may raise, and how few a training can promise. */

const DAY_S = 86_400;
/** A training of T supports one alarm in so many T (plateau 3.5 to 7): tails reach little beyond what was seen. */
const EXTRAPOLATION = 5;

export interface Budget {
  /** asked for */
  readonly alertsPerDay: number;
  readonly trainingS: number;
}

/** Alarms a second that a training of so many seconds can promise. */
export function budgetOf({ alertsPerDay, trainingS }: Budget): number {
  return Math.max(alertsPerDay / DAY_S, 1 / longestPromise(trainingS));
}

/** s in which one alarm is the least that such a training can promise */
export function longestPromise(trainingS: number): number {
  return EXTRAPOLATION * trainingS;
}

/** s of training from which on the budget is kept */
export function trainingFor(alertsPerDay: number): number {
  return DAY_S / alertsPerDay / EXTRAPOLATION;
}
