/** What a training of some length can promise: one budget of false alarms for everything together, shared over the strata. */

/** However rare something new is, being new is no alarm: the behaviour must be as rare as this among what is as new. */
export const BEHAVIOUR = 0.001;
/** A training of T supports one alarm in so many T (plateau 2.5 to 5 on six networks): tails reach little beyond what was seen. */
const EXTRAPOLATION = 2.5;
/** Beside the strata of training: two that may turn up, and the protocol facts, which share one. */
const FURTHER_STRATA = 3;
/** Evidence a hundred times rarer than the budget asks for. */
export const CERTAIN = 100;
const DAY_S = 86_400;

export interface Budget {
  /** asked for */
  readonly alertsPerDay: number;
  readonly trainingS: number;
}

/** s in which one alarm is the least that such a training can promise */
export function longestPromise(trainingS: number): number {
  return EXTRAPOLATION * trainingS;
}

/** Alarms a second that a training of so many seconds can promise. @param perDay asked for; 0: as few as it can */
export function budgetOf(perDay: number, trainingS: number): number {
  return Math.max(perDay / DAY_S, 1 / longestPromise(trainingS));
}

/** A stratum's part of it. @param strata in use */
export function shareOf(perDay: number, trainingS: number, strata: number): number {
  return budgetOf(perDay, trainingS) / (strata + FURTHER_STRATA);
}

/** s of training from which on so many alarms a day can be promised. */
export function trainingFor(perDay: number): number {
  return DAY_S / (EXTRAPOLATION * perDay);
}

/**
 * The exact upper 95 % bound of a Poisson mean of which n events were seen (Garwood 1936): the mean at which n or fewer would be
 * seen in 5 % of all cases.
 */
export function upperBound(n: number): number {
  let low = n;
  // twelve standard deviations and more above n
  let high = n + 12 * Math.sqrt(n + 1) + 12;
  // until the two are neighbours among floating-point numbers
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (chanceOfAtMost(n, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Summed from the largest term down, so that nothing underflows. */
function chanceOfAtMost(n: number, mean: number): number {
  let logOfLast = -mean;
  for (let k = 1; k <= n; k++) logOfLast += Math.log(mean / k);
  let [term, sum] = [1, 1];
  for (let k = n; k > 0; k--) {
    term *= k / mean;
    sum += term;
  }
  return sum * Math.exp(logOfLast);
}
