/** A value of a statistic for a sentence. */
import { bytes, number, seconds, singular } from '../incidents/figures.js';
import type { Statistic } from './statistics.js';

export function figureOf({ unit }: Statistic, value: number): string {
  if (unit === 'B') return bytes(value);
  if (unit === 's') return seconds(value);
  return number(Number(value.toPrecision(3)));
}

/** A value with its noun: "26 connections", "1 connection that came to nothing". */
export function figureWithNoun(statistic: Statistic, value: number): string {
  const figure = figureOf(statistic, value);
  const { doc, unit } = statistic;
  return `${figure} ${unit === '' && figure === '1' ? doc.replace(/\b[a-z]+s\b/, singular) : doc}`;
}
