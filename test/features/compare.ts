import { expect } from 'vitest';
import type { FeatureExtractor } from '../../src/features/extractor.ts';

/** A slow and obvious extractor: every value by its name. */
interface NamedFeatures<R> {
  transform(record: R, block: number): Record<string, number>;
}

/**
 * Fails with the records and the features that differ by more than `close`, relative to 1 + the right value.
 * @param each called after each record
 */
export function compare<R>(
  features: FeatureExtractor<R>,
  oracle: NamedFeatures<R>,
  records: readonly R[],
  block: (at: number) => number,
  close: number,
  each: (record: R, at: number) => void = () => undefined,
): void {
  const { columns } = features.schema;
  const row = new Float32Array(columns.length);
  const differences: string[] = [];
  records.forEach((record, at) => {
    features.transform(record, row, 0, block(at));
    const expected = oracle.transform(record, block(at));
    expect(Object.keys(expected).length, 'the oracle knows every feature').toBe(columns.length);
    columns.forEach(({ name }, i) => {
      const right = expected[name];
      if (Math.abs(row[i] - right) <= close * (1 + Math.abs(right))) return;
      differences.push(`record ${at + 1}: ${name} is ${row[i]}, should be ${right}`);
    });
    each(record, at);
  });
  expect(differences.slice(0, 5)).toEqual([]);
}
