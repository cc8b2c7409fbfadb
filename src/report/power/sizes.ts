/** Sizes of attacks in words, and where they lie on the scale of their template. */

import type { TemplatePower } from '../../model/power-schema.js';
import { TEMPLATES } from '../../power/table.js';
import { byteSize, count, duration } from '../format.js';

/** "20 ports", "3 MB", "a call every 10 min", "1 h" */
export function sizeText(size: number, unit: string): string {
  if (unit === 'bytes') return byteSize(size);
  if (unit === 'minutes') return duration(size * 60);
  if (unit === 's from call to call') return `a call every ${duration(size)}`;
  return `${count(size)} ${size === 1 ? unit.replace(/s\b/, '') : unit}`;
}

/** All sizes of a template, from the least to the most visible; of one that this program does not have, those that are told. */
export function scaleOf({ template, sizes, skipped }: TemplatePower): readonly number[] {
  const known = TEMPLATES.find(({ name }) => name === template)?.sizes ?? [];
  const told = [...sizes, ...skipped].map(({ size }) => size);
  if (told.every((size) => known.includes(size))) return known;
  const falls = [sizes, skipped].some((list) => list.length > 1 && list[0].size > (list.at(-1)?.size ?? 0));
  return [...new Set(told)].sort((a, b) => (falls ? b - a : a - b));
}

/** 0: the least visible size of its template, 1: the most; by the logarithm. */
export function placeOf(size: number, scale: readonly number[]): number {
  const [least, most] = [Math.log(scale[0] ?? size), Math.log(scale.at(-1) ?? size)];
  return most === least ? 1 : (Math.log(size) - least) / (most - least);
}
