/** The budget of false alarms in words: what was asked for, and where so little training cannot promise it, what it can. */
import { type Budget, longestPromise, trainingFor } from '../detect/evidence/budget.js';
import { duration } from './format.js';

/** Seconds of many minutes say nothing. */
export const rough = (seconds: number): string => duration(seconds < 600 ? seconds : 60 * Math.round(seconds / 60));

/** "one a day" */
export function askedText({ alertsPerDay }: Budget): string {
  return alertsPerDay === 1 ? 'one a day' : `${alertsPerDay} a day`;
}

/** The rate of false alarms that can be promised, and whether it is the one that was asked for. */
export function budgetFigure(budget: Budget): { readonly rate: string; readonly kept: boolean } {
  const { alertsPerDay, trainingS } = budget;
  const kept = trainingS >= trainingFor(alertsPerDay);
  return { rate: kept ? askedText(budget) : `one in ${rough(longestPromise(trainingS))}`, kept };
}

export function budgetText(budget: Budget): string {
  const { rate, kept } = budgetFigure(budget);
  if (kept) return `at most ${rate} on traffic like that of training`;
  return `${rate} is the least that ${rough(budget.trainingS)} of training can promise; ${askedText(budget)} from ${rough(trainingFor(budget.alertsPerDay))} on`;
}
