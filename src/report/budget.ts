/** The budget of false alarms in words: what was asked for, and where so little training cannot promise it, what it can. */
import { type Budget, longestPromise, trainingFor } from '../detect/evidence/budget.js';
import { duration } from './format.js';

/** Seconds of many minutes say nothing. */
const rough = (seconds: number): string => duration(seconds < 600 ? seconds : 60 * Math.round(seconds / 60));

export function budgetText({ alertsPerDay, trainingS }: Budget): string {
  const asked = alertsPerDay === 1 ? 'one a day' : `${alertsPerDay} a day`;
  const needed = trainingFor(alertsPerDay);
  if (trainingS >= needed) return `at most ${asked} on traffic like that of training`;
  return `one in ${rough(longestPromise(trainingS))} is the least that ${rough(trainingS)} of training can promise; ${asked} from ${rough(needed)} on`;
}
