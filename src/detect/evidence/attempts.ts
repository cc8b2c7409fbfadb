/** Openings that wait for their answer, oldest first; a full ring gives up its oldest early. */
import type { Entity } from './entity.js';

const RING = 65_536;
/** Three SYNs are sent by then (RFC 6298: after 1 s and 2 s more), and any round trip is over. */
const WAIT_S = 3;

export class Attempts {
  /** of the one last taken by `next` */
  flow = 0;
  generation = 0;
  frame = 0;
  /** as it came, not pooled */
  service = 0;
  pair: Entity | undefined;
  private head = 0;
  private tail = 0;
  private readonly deadlines = new Float64Array(RING);
  private readonly flows = new Int32Array(RING);
  private readonly generations = new Float64Array(RING);
  private readonly frames = new Float64Array(RING);
  private readonly services = new Float64Array(RING);
  private readonly pairs: (Entity | undefined)[] = [];
  private readonly keys = new Int32Array(2 * RING);

  add(flow: number, generation: number, pair: Entity, service: number, frame: number, seconds: number): void {
    if (this.tail - this.head === RING) this.head++;
    const at = this.tail++ % RING;
    this.deadlines[at] = seconds + WAIT_S;
    this.flows[at] = flow;
    this.generations[at] = generation;
    this.frames[at] = frame;
    this.services[at] = service;
    this.pairs[at] = pair;
    this.keys[2 * at] = pair.low;
    this.keys[2 * at + 1] = pair.high;
  }

  /** Takes the next whose time is over; false when there is none. `pair` is undefined where it made room for another. */
  next(seconds: number): boolean {
    if (this.head === this.tail) return false;
    const at = this.head % RING;
    if (this.deadlines[at] > seconds) return false;
    this.flow = this.flows[at];
    this.generation = this.generations[at];
    this.frame = this.frames[at];
    this.service = this.services[at];
    const pair = this.pairs[at];
    this.pair = pair && pair.low === this.keys[2 * at] && pair.high === this.keys[2 * at + 1] ? pair : undefined;
    this.pairs[at] = undefined;
    this.head++;
    return true;
  }

  clear(): void {
    this.head = this.tail = 0;
    this.pairs.length = 0;
  }
}
