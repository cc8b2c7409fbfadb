/** What training sees of quiet hours. */
import { describe, expect, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { traffic } from './traffic.ts';

const WIDTH = 200;

/** Packets that are kept, with their rows, beside those of all. */
function run(seed: number) {
  const all = new PacketFeatures({ novelty: true });
  const records = traffic(seed, 6000);
  for (const record of records) all.learn(record, 0);
  all.freeze();
  const quiet = all.quietHours();
  const column = (name: string): number => all.schema.columns.findIndex((each) => each.name === name);
  const row = new Float32Array(WIDTH);
  const few = new Float32Array(WIDTH);
  const flows = new Map<number, boolean[]>();
  const ended: boolean[][] = [];
  const sums = { kept: 0, busy: 0, quiet: 0, different: 0 };
  records.forEach((record) => {
    all.transform(record, row, 0, 0);
    const kept = quiet.transform(record, few, 0, 0);
    const { slot, starts } = all.flows;
    if (starts) flows.set(slot, []);
    flows.get(slot)?.push(kept);
    if (starts) ended.push(flows.get(slot) as boolean[]);
    if (!kept) return;
    sums.kept++;
    sums.busy += row[column('initiator_services')];
    sums.quiet += few[column('initiator_services')];
    if (few[column('frame_length')] !== row[column('frame_length')]) sums.different++;
  });
  return { ...sums, share: sums.kept / records.length, flows: ended };
}

describe('quiet hours', () => {
  it('are an eighth of the packets, whole flows of them, with less around each', () => {
    for (const seed of [1, 2, 3]) {
      const { share, busy, quiet, different, flows } = run(seed);
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.3);
      expect(different).toBe(0);
      expect(quiet).toBeLessThan(0.8 * busy);
      expect(flows.filter((kept) => new Set(kept).size > 1)).toEqual([]);
    }
  });

  it('are the same for the same packets', () => {
    expect(run(4)).toEqual(run(4));
  });
});
