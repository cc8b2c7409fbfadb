import { describe, expect, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { columnsOf, describing, plainly, type Row, RowWriter } from '../../src/features/table.ts';
import { traffic } from './traffic.ts';

const BESIDE = 12_345;

describe('the rows of the tables', () => {
  it('write what they describe, in that order, from the place given on', () => {
    const group = describing('window', (doc) => `${doc}!`);
    const rows = (row: Row, base: number): void => {
      row.put(group, 'first', plainly('B'), 'one', base + 1);
      row.put(group, 'second', plainly('s'), 'two', base + 2);
    };
    expect(columnsOf(rows, 0)).toMatchObject([
      { name: 'first', unit: 'B', doc: 'one!', group: 'window' },
      { name: 'second', unit: 's', doc: 'two!', group: 'window' },
    ]);
    const out = new Float32Array(4);
    new RowWriter().write(rows, 10, out, 1);
    expect([...out]).toEqual([0, 11, 12, 0]);
  });

  it.each([true, false])('write each column of each packet once, and nothing beside them (novelty: %s)', (novelty) => {
    const features = new PacketFeatures({ novelty });
    for (const record of traffic(5, 500)) features.learn(record, 0);
    features.freeze();
    const width = features.schema.columns.length;
    const out = new Float32Array(width + 2);
    let records = 0;
    for (const record of traffic(6, 500)) {
      out.fill(Number.NaN);
      out[0] = out[width + 1] = BESIDE;
      features.transform(record, out, 1);
      expect(out.findIndex(Number.isNaN)).toBe(-1);
      expect([out[0], out[width + 1]]).toEqual([BESIDE, BESIDE]);
      records++;
    }
    expect(records).toBeGreaterThan(400);
  });
});
