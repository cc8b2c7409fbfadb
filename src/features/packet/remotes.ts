/** Damped statistics of each remote by direction, and how long it has been known. */

import { Key } from '../../base/hash.js';
import { DampedStats } from '../damped.js';
import type { FeatureColumn } from '../extractor.js';
import { lg } from '../numeric.js';
import { SlotTable } from '../slot-table.js';
import type { Scene } from './scene.js';
import type { Sides } from './sides.js';

const LANES = 65_536;
const REMOTES = 65_536;
const OLD_SECONDS = 3600;
const [LANE_KEY, REMOTE_KEY] = [30, 31];

const SPANS = [
  ['1s', 'the last second'],
  ['10s', 'the last ten seconds'],
  ['100s', 'the last minute and a half'],
] as const;

function damped(name: string, unit: string, doc: string): FeatureColumn {
  return { name, unit, doc: `${doc} (this remote and direction)`, group: 'damped', binary: false };
}

export const REMOTE_COLUMNS: readonly FeatureColumn[] = [
  ...SPANS.flatMap(([span, words]) => [
    damped(`remote_packets_${span}`, 'ln packets', `packets of about ${words}`),
    damped(`remote_size_${span}`, 'ln B', `mean packet length of about ${words}`),
    damped(`remote_size_spread_${span}`, 'ln B', `spread of packet lengths of about ${words}`),
  ]),
  ...SPANS.flatMap(([span, words]) => [
    damped(`remote_gap_${span}`, 'ln ms', `mean time between packets of about ${words}`),
    damped(
      `remote_gap_variation_${span}`,
      'ratio',
      `spread by mean of times between packets of about ${words}, at most 10`,
    ),
  ]),
];

export const REMOTE_NOVELTY_COLUMNS: readonly FeatureColumn[] = [
  {
    name: 'remote_age',
    unit: 'ln s',
    doc: 'time since the remote was first seen, an hour at most and for those known from training',
    group: 'novelty',
    binary: false,
  },
];

export class Remotes {
  private readonly lanes = new SlotTable(LANES);
  private readonly stats = new DampedStats(LANES);
  private readonly remotes = new SlotTable(REMOTES);
  private readonly firstSeen = new Float64Array(REMOTES);
  private readonly key = new Key();
  private lane = 0;
  private age = 0;

  count(bytes: number, scene: Scene, sides: Sides): void {
    const { remote, lane } = sides;
    const k = this.key.start(LANE_KEY).addPair(remote.hashLow, remote.hashHigh).add(lane);
    this.lane = this.lanes.claim(k.low, k.high, scene.tick);
    if (this.lanes.fresh) this.stats.reset(this.lane);
    this.stats.add(this.lane, scene, bytes);
    k.start(REMOTE_KEY).addPair(remote.hashLow, remote.hashHigh);
    const slot = this.remotes.claim(k.low, k.high, scene.tick);
    if (this.remotes.fresh) this.firstSeen[slot] = scene.seconds;
    this.age = scene.seconds - this.firstSeen[slot];
  }

  write(out: Float32Array, at: number): number {
    return this.stats.write(this.lane, out, at);
  }

  /** @param known the remote was seen in training */
  writeNovelty(known: boolean, out: Float32Array, at: number): number {
    out[at] = lg(known ? OLD_SECONDS : Math.min(this.age, OLD_SECONDS));
    return at + 1;
  }

  clear(): void {
    this.lanes.clear();
    this.remotes.clear();
  }
}
