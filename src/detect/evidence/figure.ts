/** A value of a statistic for a sentence. */
import { bytes, number, seconds } from '../incidents/figures.js';
import type { Statistic } from './statistics.js';

export function figureOf({ unit }: Statistic, value: number): string {
  if (unit === 'B') return bytes(value);
  if (unit === 's') return seconds(value);
  return number(Number(value.toPrecision(3)));
}
