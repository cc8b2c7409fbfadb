/**
 * What misuse makes of a window of a pair: the ways in which somebody can do more, elsewhere, outward, failing, reversed or
 * regular. Amounts span all from barely visible to gross, evenly over the orders of magnitude, so none of them is a limit.
 */
import type { Random } from '../../../model/random.js';
import { P } from '../statistics.js';

/** A window's statistics while they are changed. */
class Change {
  constructor(
    private readonly stats: Float64Array,
    readonly random: Random,
  ) {}

  /** Of orders of magnitude that are equally likely. */
  between(least: number, most: number): number {
    return least * (most / least) ** this.random.uniform();
  }

  /** The same, whole and at least 1. */
  count(least: number, most: number): number {
    return Math.ceil(this.between(least, most));
  }

  /** A part of n, of `least` to all. */
  part(n: number, least: number): number {
    return Math.ceil(n * (least + (1 - least) * this.random.uniform()));
  }

  chance(p: number): boolean {
    return this.random.uniform() < p;
  }

  add(name: string, amount: number): void {
    this.stats[P[name]] += amount;
  }

  atLeast(name: string, amount: number): void {
    if (this.stats[P[name]] < amount) this.stats[P[name]] = amount;
  }

  times(name: string, factor: number): void {
    this.stats[P[name]] = Math.round(factor * this.stats[P[name]]);
  }

  /** So many questions and answers, of sizes of their own. @param least, most B of one */
  converse(n: number, least: number, most: number): void {
    for (const name of ['sent', 'received']) this.add(name, n * this.between(least, most));
  }

  /** What was sent is sent beyond what came back, as far as it is. */
  outward(): void {
    this.atLeast('one_sided', this.stats[P.sent] - this.stats[P.received]);
  }

  swap(one: string, other: string): void {
    const { stats } = this;
    [stats[P[one]], stats[P[other]]] = [stats[P[other]], stats[P[one]]];
  }
}

interface Misuse {
  readonly name: string;
  readonly transports: readonly string[];
  readonly change: (window: Change) => void;
}

const PORTS = ['tcp', 'udp'];
const ALL = ['tcp', 'udp', 'icmp', 'ip'];
/** B of a packet of a transfer, of a question with headers left out, and of what a shell is told */
const SEGMENT = 1000;
const [QUESTION, LONG_QUESTION] = [30, 500];
const [COMMAND, LONG_COMMAND] = [10, 100];
/** s: within the shortest window */
const [BRIEF, LONG] = [10, 50];
const GROWING = [
  'connections',
  'failed',
  'sent',
  'received',
  'one_sided',
  'exchanges',
  'same_answers',
  'packets',
  'same_sessions',
];

export const MISUSES: readonly Misuse[] = [
  {
    name: 'more of the same',
    transports: ALL,
    change: (w) => {
      const factor = w.between(2, 50);
      for (const name of GROWING) w.times(name, factor);
    },
  },
  {
    name: 'upload',
    transports: ALL,
    change: (w) => {
      const bytes = w.between(2e4, 1e7);
      w.add('sent', bytes);
      w.outward();
      w.add('packets', bytes / SEGMENT);
      w.atLeast('connections', 1);
      // a data connection of its own, or in portions
      if (w.chance(0.3)) w.add('unanswered', bytes);
      if (!w.chance(0.5)) return;
      const portions = w.count(1, 30);
      w.add('connections', portions);
      w.atLeast('same_sessions', portions);
    },
  },
  {
    name: 'refused or unanswered',
    transports: PORTS,
    change: (w) => {
      const n = w.count(2, 100);
      for (const name of ['connections', 'failed', 'packets']) w.add(name, n);
    },
  },
  {
    name: 'regular calls',
    transports: PORTS,
    change: (w) => {
      const n = w.count(5, 40);
      w.atLeast('connections', n);
      // from nearly random to all a clock shows
      w.atLeast('regularity', Math.exp(Math.min(12, (n - 1) * (0.7 + 1.5 * w.random.uniform()))));
      const alike = w.part(n, 0.5);
      if (w.chance(0.8)) w.atLeast('same_sessions', alike);
      if (w.chance(0.6)) w.atLeast('same_answers', alike);
      w.add('exchanges', n);
      w.add('packets', 6 * n);
      w.converse(n, 60, 2000);
    },
  },
  {
    name: 'guessing',
    transports: PORTS,
    change: (w) => {
      const n = w.count(4, 100);
      w.add('connections', n);
      w.add('same_sessions', w.part(n, 0.3));
      const questions = Math.ceil(n * w.between(1, 8));
      w.add('exchanges', questions);
      w.add('same_answers', w.part(n, 0.3));
      w.add('packets', 4 * questions);
      w.converse(questions, QUESTION, LONG_QUESTION);
      if (w.chance(0.4)) w.add('open_at_once', w.part(n, 0) / 3);
    },
  },
  {
    name: 'many questions in few connections',
    transports: PORTS,
    change: (w) => {
      const n = w.count(20, 2000);
      w.add('exchanges', n);
      w.add('same_answers', w.part(n, 0));
      w.add('packets', 2.5 * n);
      w.converse(n, QUESTION, LONG_QUESTION);
      w.atLeast('age', w.between(BRIEF, LONG));
    },
  },
  {
    name: 'connections held open',
    transports: PORTS,
    change: (w) => {
      const n = w.count(5, 300);
      w.add('connections', n);
      w.atLeast('open_at_once', n);
      w.add('packets', 4 * n);
      if (w.chance(0.5)) w.add('unanswered', n * w.between(QUESTION, LONG_QUESTION));
    },
  },
  {
    name: 'reversed roles',
    transports: PORTS,
    change: (w) => {
      const n = w.count(2, 40);
      w.add('reversed', n);
      w.add('commanded', w.part(n, 0));
      w.add('exchanges', n);
      w.add('packets', 4 * n);
      w.add('received', n * w.between(COMMAND, LONG_COMMAND));
      w.add('sent', n * w.between(LONG_COMMAND, 4000));
      w.atLeast('age', w.between(BRIEF, LONG));
      w.outward();
    },
  },
  {
    name: 'the other way round',
    transports: PORTS,
    change: (w) => {
      w.swap('sent', 'received');
      w.outward();
    },
  },
  {
    name: 'flood',
    transports: ALL,
    change: (w) => {
      const n = w.count(100, 20_000);
      w.add('packets', n);
      if (!w.chance(0.5)) return;
      w.add('sent', n * w.between(20, SEGMENT));
      w.outward();
    },
  },
  {
    name: 'data in echoes',
    transports: ['icmp'],
    change: (w) => {
      const n = w.count(3, 60);
      w.add('connections', n);
      w.add('unlike_echoes', w.part(n, 0));
      w.add('echo_sizes', w.count(2, 30));
      w.add('sent', n * w.between(60, SEGMENT));
      w.add('packets', 2 * n);
    },
  },
];

/** Of all windows made strange, those that are in two ways. */
const TWICE = 0.3;

/** A copy of a pair's window, made strange. @param transport "tcp", "udp", "icmp" or "ip" */
export function madeStrange(stats: Float64Array, transport: string, random: Random): Float64Array {
  const strange = stats.slice();
  const change = new Change(strange, random);
  const fitting = MISUSES.filter(({ transports }) => transports.includes(transport));
  for (let times = change.chance(TWICE) ? 2 : 1; times > 0; times--)
    fitting[random.integer(fitting.length)].change(change);
  return strange;
}
