/** A schema as text, and feature values in units that a person reads. */

import type { FeatureColumn, FeatureSchema } from './extractor.js';

/** One line a column, for the hash in the bundle: a model never meets other columns than its own. */
export function schemaText(schema: FeatureSchema): string {
  const lines = schema.columns.map((c) => [c.name, c.unit, c.group, c.binary ? 'binary' : 'scaled'].join('\t'));
  return `${schema.kind}\n${lines.join('\n')}\n`;
}

/** Units "ln x" hold ln(1 + value in x). */
const LOGARITHM = /^ln /;
/** Units "of 255 B" hold a share of that many. */
const PART = /^of (\d+) ?(.*)$/;

/** The unit of `plainValue`. */
export function plainUnit(column: Pick<FeatureColumn, 'unit'>): string {
  if (LOGARITHM.test(column.unit)) return column.unit.slice(3);
  return PART.exec(column.unit)?.[2] ?? column.unit;
}

/** A feature's value without logarithm or division: 6.7 "ln ports" are 811 ports. */
export function plainValue(column: Pick<FeatureColumn, 'unit'>, value: number): number {
  if (LOGARITHM.test(column.unit)) return Math.expm1(value);
  const part = PART.exec(column.unit);
  return part ? value * Number(part[1]) : value;
}
