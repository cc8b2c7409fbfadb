/** Damped statistics of each remote by direction, and how long it has been known. */

import { Key } from '../../base/hash.js';
import { DampedStats } from '../damped.js';
import { SlotTable } from '../slot-table.js';
import type { Scene } from './scene.js';
import type { Sides } from './sides.js';

const LANES = 65_536;
const REMOTES = 65_536;
const [LANE_KEY, REMOTE_KEY] = [30, 31];

export class Remotes {
  private readonly lanes = new SlotTable(LANES);
  readonly stats = new DampedStats(LANES);
  private readonly remotes = new SlotTable(REMOTES);
  private readonly firstSeen = new Float64Array(REMOTES);
  private readonly key = new Key();
  /** of the record last counted: its place in `stats`, and s since its remote was first seen */
  lane = 0;
  age = 0;

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

  clear(): void {
    this.lanes.clear();
    this.remotes.clear();
  }
}
