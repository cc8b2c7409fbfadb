/** The summary of columns by danfojs-node, where that optional package can be loaded. The only file that knows it. */

import type { ColumnSummary } from '../report/explore/data.js';
import { quantileOf } from '../report/explore/summary.js';

interface Series {
  mean(): number;
  std(): number;
  median(): number;
  min(): number;
  max(): number;
  count(): number;
}

interface Danfo {
  readonly Series: new (values: number[]) => Series;
}

/** A name in a variable: type checking and bundling must succeed without the package. */
const PACKAGE = 'danfojs-node';

/** Undefined where the package is absent or does not load. `from`: its name, or where it is. */
export async function loadDanfo(from: string = PACKAGE): Promise<Danfo | undefined> {
  try {
    const loaded = (await import(from)) as { default?: Danfo } & Danfo;
    return loaded.Series ? loaded : loaded.default;
  } catch {
    return undefined;
  }
}

/** The same figures as `summarise` of the report. danfo's describe has no quartiles; those are computed here. */
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
    median: series?.median() ?? Number.NaN,
    q3: quantileOf(given, 0.75),
    max: series?.max() ?? Number.NaN,
  };
}
