/** The summary of columns by danfojs-node, where that optional package can be loaded. The only file that knows it. */

import { findOptional, importOptional } from '../base/optional-package.js';
import type { ColumnSummary } from '../report/explore/data.js';
import { quantileOf } from '../report/explore/summary.js';

interface Series {
  mean(): number;
  std(): number;
  min(): number;
  max(): number;
  count(): number;
}

interface Danfo {
  readonly Series: new (values: number[]) => Series;
}

const PACKAGE = 'danfojs-node';

/** Undefined where the package is absent or does not load. */
export async function loadDanfo(): Promise<Danfo | undefined> {
  try {
    // danfo brings a tfjs of its own, which says nothing when it comes second
    if (findOptional(PACKAGE)) await import('../model/tfjs/core.js');
    return (await importOptional<{ default: Danfo }>(PACKAGE)).default;
  } catch {
    return undefined;
  }
}

/**
 * The same figures as `summarise` of the report. Quantiles are computed here: danfo has no quartiles, and its median takes
 * quadratic time where values are equal: a minute for the columns of 77 000 packets.
 */
export function danfoSummary(danfo: Danfo, name: string, unit: string, values: Float64Array): ColumnSummary {
  const given = values.filter((value) => !Number.isNaN(value)).sort();
  const series = given.length > 0 ? new danfo.Series(Array.from(given)) : undefined;
  return {
    name,
    unit,
    count: given.length,
    missing: values.length - given.length,
    mean: series?.mean() ?? Number.NaN,
    deviation: series && given.length > 1 ? series.std() : Number.NaN,
    min: series?.min() ?? Number.NaN,
    q1: quantileOf(given, 0.25),
    median: quantileOf(given, 0.5),
    q3: quantileOf(given, 0.75),
    max: series?.max() ?? Number.NaN,
  };
}
