/**
 * Records of facts in the last 60 s, by whom or at what they are counted. Bounded: of more keys than fit those seen once go first,
 * so a flood of spoofed senders pushes out itself.
 */
import { Recent } from '../../features/distinct.js';
import { SlotTable, tickOf } from '../../features/slot-table.js';
import { BUCKET_SECONDS, WindowCounters } from '../../features/window.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Begun } from '../incidents/open-incident.js';
import { SETTINGS } from '../settings.js';

const CAPACITY = 4096;
const RECORDS = 0;
/** records of another sender than the one before */
const CHANGES = 1;
/** records kept, beside the latest, to tell where it began */
const KEPT = SETTINGS.EVIDENCE - 1;
const US = 1e6;

export class Tally {
  /** of the key last counted: records in 60 s, and since it was first seen */
  recent = 0;
  total = 0;
  /** no single sender made most of them */
  ofMany = false;
  private slot = 0;
  private readonly table = new SlotTable(CAPACITY);
  private readonly windows = new WindowCounters(CAPACITY, 2);
  private readonly totals = new Float64Array(CAPACITY);
  private readonly sender = new Int32Array(CAPACITY);
  private readonly things = new Recent(CAPACITY);
  private readonly marks = new Int32Array(CAPACITY);
  /** the last KEPT + 1 records, the latest at `total` */
  private readonly frames = new Float64Array(CAPACITY * (KEPT + 1));
  private readonly times = new Float64Array(CAPACITY * (KEPT + 1));
  private readonly clocks = new Float64Array(CAPACITY * (KEPT + 1));

  /**
   * Counts record k under a key. @param sender hash of who sent it; @param thing where different things are counted, the hash of it
   * @param mark bits that are kept while the key has records
   */
  add(low: number, high: number, batch: FeatureBatch, k: number, sender: number, thing: number, mark: number): void {
    const seconds = batch.clockUs[k] / US;
    const [tick, bucket] = [tickOf(seconds), Math.floor(seconds / BUCKET_SECONDS)];
    const slot = this.table.claim(low, high, tick);
    const { windows } = this;
    if (this.table.fresh) {
      windows.reset(slot, bucket);
      this.totals[slot] = 0;
    } else windows.advance(slot, bucket);
    if (windows.get(slot, RECORDS) === 0) this.marks[slot] = 0;
    else if (this.sender[slot] !== sender) windows.add(slot, bucket, CHANGES, 1);
    if (thing === 0) windows.add(slot, bucket, RECORDS, 1);
    else this.things.touch(low ^ thing, high ^ thing, tick, bucket, windows, slot, RECORDS);
    this.sender[slot] = sender;
    this.marks[slot] |= mark;
    const at = slot * (KEPT + 1) + (this.totals[slot] % (KEPT + 1));
    this.frames[at] = batch.frame[k];
    this.times[at] = batch.timestampUs[k];
    this.clocks[at] = batch.clockUs[k];
    this.slot = slot;
    this.recent = windows.get(slot, RECORDS);
    this.total = ++this.totals[slot];
    this.ofMany = 2 * windows.get(slot, CHANGES) >= this.recent;
  }

  /** The bits of all records of the key last counted. */
  get mark(): number {
    return this.marks[this.slot];
  }

  /** Where the evidence of the key last counted began: its latest records of 60 s, but for the one in work. */
  begun(): Begun {
    const first = this.slot * (KEPT + 1);
    const last = first + ((this.total - 1) % (KEPT + 1));
    let n = Math.min(this.total, KEPT + 1);
    while (this.clocks[last] - this.clocks[first + ((this.total - n) % (KEPT + 1))] > SETTINGS.EVIDENCE_S * US) n--;
    const oldest = first + ((this.total - n) % (KEPT + 1));
    const frames: number[] = [];
    for (; n > 1; n--) frames.push(this.frames[first + ((this.total - n) % (KEPT + 1))]);
    return { firstUs: this.times[oldest], firstClockUs: this.clocks[oldest], frames };
  }
}
