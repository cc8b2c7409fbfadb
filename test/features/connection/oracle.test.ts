import { describe, expect, it } from 'vitest';
import { ConnectionFeatures } from '../../../src/features/connection/index.ts';
import type { ConnRecord } from '../../../src/zeek/record.ts';
import { compare } from '../compare.ts';
import { Oracle } from './oracle.ts';
import { connections } from './traffic.ts';

/** float32 against float64 */
const CLOSE = 1e-6;

function compareAll(
  features: ConnectionFeatures,
  oracle: Oracle,
  records: ConnRecord[],
  block: (at: number) => number,
) {
  compare(features, oracle, records, block, CLOSE);
}

describe('connection features against a slow and obvious implementation', () => {
  it.each([1, 2, 3])('are equal on synthetic connections, vocabularies empty (seed %i)', (seed) => {
    const features = new ConnectionFeatures({ novelty: true });
    features.freeze();
    compareAll(features, new Oracle(), connections(seed, 1500), () => -1);
  });

  it('are equal with learned vocabularies, at detection and with the own time block left out', () => {
    const training = connections(11, 1200);
    const block = (at: number) => Math.floor((at * 5) / training.length);
    const features = new ConnectionFeatures({ novelty: true });
    const oracle = new Oracle();
    training.forEach((record, at) => {
      features.learn(record, block(at));
      oracle.learn(record, block(at));
    });
    features.freeze();
    let before = oracle;
    const next = (): Oracle => {
      before = before.restarted();
      return before;
    };
    compareAll(features, next(), training, block);
    features.restart();
    compareAll(features, next(), connections(12, 1200), () => -1);
    const again = new ConnectionFeatures({ novelty: true }, JSON.parse(JSON.stringify(features.state())));
    compareAll(again, next(), connections(13, 600), () => -1);
  });

  it('are the same without the novelty group, which comes last', () => {
    const records = connections(21, 500);
    const [all, some] = [true, false].map((novelty) => {
      const features = new ConnectionFeatures({ novelty });
      for (const record of records) features.learn(record, 0);
      features.freeze();
      const width = features.schema.columns.length;
      const rows = records.map((record) => {
        const row = new Float32Array(width);
        features.transform(record, row, 0);
        return row;
      });
      return rows;
    }) as [Float32Array[], Float32Array[]];
    some.forEach((row, i) => {
      expect(all[i]?.subarray(0, row.length)).toEqual(row);
    });
  });

  it('takes the networks that are given for local, of both families', () => {
    const columns = (local: string[], record: ConnRecord) => {
      const features = new ConnectionFeatures({ novelty: false, local });
      features.freeze();
      const row = new Float32Array(features.schema.columns.length);
      features.transform(record, row, 0);
      const at = (name: string) => row[features.schema.columns.findIndex((column) => column.name === name)];
      return [at('orig_local'), at('resp_local')];
    };
    const [record] = connections(31, 1) as [ConnRecord];
    Object.assign(record, { ipVersion: 4, localOrig: -1, localResp: -1 });
    record.origH.set([192, 0, 2, 7]);
    record.respH.set([192, 0, 3, 8]);
    expect(columns(['192.0.2.0/24'], record.hash())).toEqual([1, 0]);
    expect(columns(['192.0.2.6/31', '192.0.3.0/29'], record)).toEqual([1, 0]);
    expect(columns(['192.0.2.0/23'], record)).toEqual([1, 1]);
    expect(columns(['192.0.2.8', '2001:db8::/32'], record)).toEqual([0, 0]);
    expect(columns(['0.0.0.0/0'], record)).toEqual([1, 1]);
    record.ipVersion = 6;
    record.origH.set(Buffer.from('20010db8000000000000000000000001', 'hex'));
    record.respH.set(Buffer.from('20010db8000000000000000000000002', 'hex'));
    expect(columns(['2001:db8::1', '10.0.0.0/8'], record.hash())).toEqual([1, 0]);
    expect(columns(['2001:db8::/126'], record)).toEqual([1, 1]);
    expect(columns(['2001:db8::/127'], record)).toEqual([1, 0]);
    expect(columns(['32.1.13.184'], record)).toEqual([0, 0]);
  });
});
