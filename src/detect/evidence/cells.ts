/** Training's windows that are over, each with whose it is. Bounded: of an entity that has many in a block a fair sample is kept. */
import { type Entity, mostOf } from './entity.js';
import type { Subject } from './groups.js';
import { Numbers } from './numbers.js';

/** Windows of one entity, block and length that are kept. */
const MOST_OF_ONE = 128;
/** In all; beyond them each further window takes the place of one before it. */
const MOST = 400_000;

export interface Cell {
  readonly subject: number;
  readonly scale: number;
  readonly block: number;
  /** out of fold: with this block's own relations left out */
  readonly novelty: number;
  readonly startUs: number;
  readonly stats: Float64Array;
  /** of a service: the client that makes most of its load, so that it is his; 0 none */
  readonly client: number;
  /** windows that it stands for */
  weight: number;
}

/** Its statistics are among others' in a buffer, and become an array only while somebody looks at them. */
class Stored implements Cell {
  weight = 1;

  constructor(
    readonly subject: number,
    readonly scale: number,
    readonly block: number,
    readonly novelty: number,
    readonly startUs: number,
    readonly client: number,
    readonly buffer: Float64Array,
    readonly at: number,
    private readonly length: number,
  ) {}

  get stats(): Float64Array {
    return this.buffer.subarray(this.at, this.at + this.length);
  }

  changed({ subject = this.subject, novelty = this.novelty }: Change): Stored {
    const { scale, block, startUs, client, buffer, at, length } = this;
    const cell = new Stored(subject, scale, block, novelty, startUs, client, buffer, at, length);
    cell.weight = this.weight;
    return cell;
  }
}

type Change = Partial<Pick<Cell, 'subject' | 'novelty'>>;

/** The same window under another number, or with other novelty; the statistics are the same ones. */
export function changed(cell: Cell, change: Change): Cell {
  return cell instanceof Stored ? cell.changed(change) : { ...cell, ...change };
}

interface Group {
  readonly cells: Stored[];
  windows: number;
}

export class Cells {
  readonly subjects: Subject[] = [];
  /** windows that others stand for */
  thinned = 0;
  private readonly numbers = new Map<string, number>();
  private readonly groups = new Map<string, Group>();
  private readonly kept = new Numbers();
  private count = 0;
  private state = 1;

  add(entity: Entity, scale: number, block: number, stats: Float64Array, startUs: number): void {
    const name = `${entity.family}:${entity.low}:${entity.high}`;
    let subject = this.numbers.get(name);
    if (subject === undefined) {
      subject = this.subjects.length;
      const { family, initiator, responder, address, service, roleOfInitiator, roleOfResponder } = entity;
      this.subjects.push({ family, initiator, responder, address, service, roleOfInitiator, roleOfResponder });
      this.numbers.set(name, subject);
    }
    const key = `${subject}:${scale}:${block}`;
    let group = this.groups.get(key);
    if (!group) {
      group = { cells: [], windows: 0 };
      this.groups.set(key, group);
    }
    group.windows++;
    const { cells } = group;
    let place = cells.length;
    let before: Stored | undefined;
    if (place === 0 || (place < MOST_OF_ONE && this.count < MOST)) {
      this.count++;
    } else {
      // reservoir sampling (Vitter 1985), algorithm R
      this.thinned++;
      place = Math.floor(this.random() * group.windows);
      before = cells[place];
      if (!before) return;
    }
    const at = before?.at ?? this.kept.reserve(stats.length);
    const buffer = before?.buffer ?? this.kept.buffer;
    buffer.set(stats, at);
    const client = mostOf(entity) ?? 0;
    cells[place] = new Stored(subject, scale, block, entity.novelty, startUs, client, buffer, at, stats.length);
  }

  /** Park and Miller's generator: which windows are kept is the same each time. */
  private random(): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state / 2_147_483_647;
  }

  all(): Cell[] {
    const all: Cell[] = [];
    for (const { cells, windows } of this.groups.values()) {
      for (const cell of cells) {
        cell.weight = windows / cells.length;
        all.push(cell);
      }
    }
    return all;
  }
}
