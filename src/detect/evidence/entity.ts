/** One whose dealings are counted: a pair with its service, an initiator, a service with its host, an initiator with a DNS zone. */
import { KEEP_ALIVE_SECONDS } from '../../features/packet/flows.js';
import { SlotTable, tickOf } from '../../features/slot-table.js';
import { Numbers } from './numbers.js';
import { merge, S, SERVICE_FAMILY, STATISTICS, windowUs } from './statistics.js';

/** Frames of a window that are kept: the latest, for an alarm tells of what is going on. */
const FRAMES = 256;
/** distinct things counted in one window */
export const DISTINCT = 4096;
/** An event is tested at the third, and then after each fifth more: bounded work, and no value is far from one tested. */
const FIRST_TEST = 3;
const STEP = 5;
const INCIDENT_TICKS = tickOf(86_400);

/** By family: there was no window before. */
const NO_WINDOW = STATISTICS.map((table) => new Float64Array(table.length));

export class Frames {
  private ring = new Float64Array(4);
  private count = 0;

  add(frame: number): void {
    if (this.count > 0 && this.ring[(this.count - 1) % this.ring.length] === frame) return;
    if (this.count === this.ring.length && this.ring.length < FRAMES) {
      const longer = new Float64Array(2 * this.ring.length);
      longer.set(this.ring);
      this.ring = longer;
    }
    this.ring[this.count++ % this.ring.length] = frame;
  }

  clear(): void {
    this.count = 0;
  }

  /** In order of time. */
  list(): number[] {
    const { ring, count } = this;
    if (count <= ring.length) return Array.from(ring.subarray(0, count));
    const at = count % ring.length;
    return [...ring.subarray(at), ...ring.subarray(0, at)];
  }
}

interface LongWindow {
  startUs: number;
  readonly stats: Float64Array;
  readonly frames: Frames;
}

export class Entity {
  low = 0;
  high = 0;
  /** exact keys of the initiator and the responder (of a zone: its own), 0 where there is none */
  initiator = 0;
  responder = 0;
  /** exact key of the responder's address, which differs from `responder` where training knew it at another one */
  address = 0;
  /** as services.ts has it; a pooled one where training hardly had it */
  service = 0;
  /** the port that it was first about, -1 none, and whether it was about others too, pooled as one service */
  port = -1;
  severalPorts = false;
  /** in this window: hosts that it pinged; connections to it that came to nothing */
  pings = 0;
  failed = 0;
  roleOfInitiator = 0;
  roleOfResponder = 0;
  /** how much of it is new; see novelty.ts */
  novelty = 0;
  startUs = Number.NEGATIVE_INFINITY;
  lastUs = 0;
  /** when its place in the table was last claimed */
  claimedUs = 0;
  events = 0;
  nextTest = FIRST_TEST;
  readonly stats: Float64Array;
  /** of the window before this one, read only */
  previous: Float64Array;
  readonly frames = new Frames();
  /** what was counted as distinct, with counts */
  seen: Map<number, number> | undefined;
  /** see `Openings` */
  starts: Float64Array | undefined;
  firstStart = 0;
  opened = 0;
  /** TCP connections that are open */
  open = 0;
  /** of the last echo request; -1 none */
  echoBytes = -1;
  /** numbers of the incidents that it is part of: of one that is told, and of one that an allow-list keeps back; -1: it is one of a crowd */
  incident = 0;
  allowed = 0;
  private longs: (LongWindow | undefined)[] = [];
  /** what its values are compared with; worked out at the first test */
  chain: unknown;

  constructor(
    readonly family: number,
    private readonly numbers = new Numbers(),
  ) {
    this.stats = numbers.take(STATISTICS[family].length);
    this.previous = NO_WINDOW[family];
  }

  /** It is somebody else's now, and has no window yet. */
  reset(low: number, high: number): void {
    this.low = low;
    this.high = high;
    this.initiator = this.responder = this.address = this.service = this.novelty = 0;
    this.startUs = Number.NEGATIVE_INFINITY;
    this.lastUs = 0;
    this.port = -1;
    this.severalPorts = false;
    this.opened = this.open = this.incident = this.allowed = 0;
    this.echoBytes = -1;
    if (this.longs.length > 0) this.longs = [];
    this.chain = undefined;
  }

  /** Begins a window at its first event. */
  begin(nowUs: number): void {
    if (this.startUs > Number.NEGATIVE_INFINITY) this.keepAsPrevious();
    else if (this.previous !== NO_WINDOW[this.family]) this.previous.fill(0);
    this.startUs = nowUs;
    this.stats.fill(0);
    this.events = this.pings = this.failed = 0;
    this.nextTest = FIRST_TEST;
    this.frames.clear();
    this.seen?.clear();
  }

  /** Makes the window that is over the one before. Most have one only, and no place for it. */
  private keepAsPrevious(): void {
    if (this.previous === NO_WINDOW[this.family]) this.previous = this.numbers.take(this.stats.length);
    this.previous.set(this.stats);
  }

  /** Counts an event; true when the running values are to be tested. */
  isDue(): boolean {
    if (++this.events < this.nextTest) return false;
    this.nextTest = this.events + 1 + Math.floor(this.events / STEP);
    return true;
  }

  /** How often it was counted in this window already; counts it once more. */
  tally(thing: number): number {
    this.seen ??= new Map();
    const before = this.seen.get(thing) ?? 0;
    if (before > 0 || this.seen.size < DISTINCT) this.seen.set(thing, before + 1);
    return before;
  }

  /** A distinct thing that was not there before in this window, as long as there is room to know. */
  isFirst(thing: number): boolean {
    this.seen ??= new Map();
    if (this.seen.size >= DISTINCT || this.seen.has(thing)) return false;
    this.seen.set(thing, 1);
    return true;
  }

  /** Takes the window that is over into the longer ones; hands each over as it stands and each that is full before it begins anew. */
  lengthen(
    scales: number,
    onRunning: (scale: number, stats: Float64Array, startUs: number, frames: Frames) => void,
    onFull: (scale: number, stats: Float64Array, startUs: number) => void,
  ): void {
    for (let scale = 1; scale < scales; scale++) {
      let long = this.longs[scale];
      if (long && this.startUs - long.startUs >= windowUs(scale)) {
        onFull(scale, long.stats, long.startUs);
        long.stats.fill(0);
        long.frames.clear();
        long.startUs = this.startUs;
      }
      if (!long) {
        long = { startUs: this.startUs, stats: new Float64Array(this.stats.length), frames: new Frames() };
        this.longs[scale] = long;
      }
      merge(this.family, long.stats, this.stats);
      for (const frame of this.frames.list()) long.frames.add(frame);
      onRunning(scale, long.stats, long.startUs, long.frames);
    }
  }

  /** Hands over the longer windows that are under way, and forgets them. */
  drain(onFull: (scale: number, stats: Float64Array, startUs: number) => void): void {
    for (const [scale, long] of this.longs.entries()) if (long) onFull(scale, long.stats, long.startUs);
    this.longs = [];
  }
}

/** The client that makes more than half of a service's load in this window. */
export function mostOf({ family, seen, stats }: Entity): number | undefined {
  if (family !== SERVICE_FAMILY || !seen) return undefined;
  for (const [client, count] of seen) if (2 * count > stats[S.received_connections]) return client;
  return undefined;
}

/**
 * Entities of one family, bounded: the least recently used make room. What came once goes before all that was there again for
 * as long as a connection may be silent, so a flood of spoofed addresses pushes out itself; what has an incident stays for a day.
 */
export class Entities {
  /** entities that made room for others while their window was under way */
  forgotten = 0;
  /** the entity last claimed was not there */
  fresh = false;
  private readonly table: SlotTable;
  private readonly slots: Entity[] = [];
  private readonly numbers = new Numbers();

  constructor(
    private readonly family: number,
    capacity: number,
    private readonly onForget: (entity: Entity) => void,
  ) {
    this.table = new SlotTable(capacity, KEEP_ALIVE_SECONDS);
  }

  /** The entity of a key, found or made; `fresh` tells which. */
  claim(low: number, high: number, tick: number): Entity {
    const slot = this.table.claim(low, high, tick);
    let entity = this.slots[slot];
    this.fresh = this.table.fresh;
    if (!this.fresh) {
      if (entity.incident > 0 || entity.allowed > 0) this.table.keep(tick + INCIDENT_TICKS);
      return entity;
    }
    if (entity) {
      if (entity.startUs > Number.NEGATIVE_INFINITY) this.forgotten++;
      this.onForget(entity);
    } else {
      entity = new Entity(this.family, this.numbers);
      this.slots[slot] = entity;
    }
    entity.reset(low, high);
    return entity;
  }

  /** The entity is really there, which no spoofed address can be: it stays before all that came once. */
  confirm({ low, high }: Entity, tick: number): void {
    if (this.table.find(low, high) >= 0) this.table.claim(low, high, tick);
  }

  find(low: number, high: number): Entity | undefined {
    const slot = this.table.find(low, high);
    return slot < 0 ? undefined : this.slots[slot];
  }

  all(): readonly Entity[] {
    return this.slots;
  }

  restart(): void {
    this.table.clear();
    for (const entity of this.slots) entity.reset(0, 0);
  }
}
