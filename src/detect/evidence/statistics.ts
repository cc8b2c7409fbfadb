/**
 * The one table of what is counted as evidence: for four families of entities, each with windows that begin with the entity's
 * first record, statistics that only grow within a window. A running value may therefore be tested at any time against the
 * final values of training's windows: P(running >= x) <= P(final >= x). To add a detector is to add a row, and to count it.
 */

/** Statistics of one kind say one thing: the strongest of each kind counts. */
export type EvidenceKind =
  | 'number'
  | 'volume'
  | 'sameness'
  | 'time'
  | 'role'
  | 'reach'
  | 'refusals'
  | 'news'
  | 'load'
  | 'names'
  | 'shape'
  | 'types';

export interface Statistic {
  readonly name: string;
  readonly kind: EvidenceKind;
  /** in words, after a figure: "12 connections" */
  readonly doc: string;
  readonly unit: '' | 'B' | 's';
  /** what every ordinary connection shows: up to this a value says nothing */
  readonly floor: number;
  /** scale below which nobody's training is needed to say that a value is common (the root of the tails; see `beyond`) */
  readonly scale: number;
  /** of several windows the largest counts, not the sum */
  readonly largest?: boolean;
  /** about what did not come back: says nothing where one direction is captured */
  readonly needsBoth?: boolean;
  /** length and number of sessions that were accepted: what one user does more than another */
  readonly use?: boolean;
}

/** B: the maximum segment of Ethernet, and ten of them, the initial window of RFC 6928 */
const SEGMENT = 1460;
const INITIAL_WINDOW = 10 * SEGMENT;
/** B: a transfer, not a question */
const TRANSFER = 1e4;

const count = (name: string, kind: EvidenceKind, doc: string, more: Partial<Statistic> = {}): Statistic => ({
  name,
  kind,
  doc,
  unit: '',
  floor: 1,
  scale: 1,
  ...more,
});
const bytes = (name: string, doc: string, floor: number, more: Partial<Statistic> = {}): Statistic => ({
  name,
  kind: 'volume',
  doc,
  unit: 'B',
  floor,
  scale: TRANSFER,
  ...more,
});

/** what one initiator does with one service of one responder */
const PAIR = [
  count('connections', 'number', 'connections', { use: true }),
  count('failed', 'number', 'connections that came to nothing', { needsBoth: true }),
  bytes('sent', 'sent', SEGMENT),
  bytes('received', 'received', INITIAL_WINDOW, { use: true }),
  bytes('one_sided', 'sent beyond what came back', SEGMENT, { needsBoth: true }),
  count('exchanges', 'number', 'questions with their answers', { use: true, needsBoth: true }),
  count('same_answers', 'sameness', 'answers of one size', { use: true, needsBoth: true }),
  count('reversed', 'role', 'exchanges begun by the responder after a silence and answered at once', {
    needsBoth: true,
  }),
  count('open_at_once', 'number', 'connections open at once', { largest: true, use: true, needsBoth: true }),
  count('age', 'time', 'age of a connection', { unit: 's', largest: true, use: true, needsBoth: true }),
  // 1/p against random spacing; one in three is no evidence
  count('regularity', 'time', 'to one against calls so regular by chance', { floor: 3, largest: true }),
  // one or two may be of requests that the capture lacks
  count('unlike_echoes', 'role', 'echo replies unlike their request', { floor: 2, needsBoth: true }),
  count('echo_sizes', 'role', 'sizes of echo requests', { floor: 2, largest: true }),
  count('packets', 'number', 'packets', { floor: 10, use: true }),
  bytes('unanswered', 'sent where nothing came back', SEGMENT, { needsBoth: true }),
  count('same_sessions', 'sameness', 'connections of one shape', { needsBoth: true }),
  count('commanded', 'role', 'exchanges begun by the responder and answered with more than was asked', {
    needsBoth: true,
  }),
] as const;

/** what one initiator does with everybody */
const INITIATOR = [
  count('services', 'reach', 'services tried'),
  count('hosts', 'reach', 'hosts tried'),
  count('failed_services', 'refusals', 'services that refused or did not answer', { needsBoth: true }),
  count('ports_of_one', 'reach', 'ports of one host tried', { largest: true }),
  count('lookups', 'reach', 'addresses looked up by ARP or neighbour discovery'),
  count('unreachables', 'refusals', 'unreachables received'),
  count('new_services', 'news', 'services tried that training did not have', { floor: 0 }),
  count('new_lookups', 'news', 'addresses looked up that nobody looked up in training', { floor: 0 }),
] as const;

/** what everybody does to one service */
const SERVICE = [
  count('half_open', 'refusals', 'half-open connections', { needsBoth: true }),
  count('received_connections', 'load', 'connections received'),
  count('clients', 'load', 'clients'),
] as const;

/** what one initiator asks of one DNS zone */
const ZONE = [
  count('names', 'names', 'names asked for'),
  // a label, at least a quarter of the 63 B that RFC 1035 allows, is data; and names of one zone in which so much differs
  count('name_bytes', 'names', 'in new names', { unit: 'B', floor: 15, scale: 100 }),
  count('missing_names', 'names', 'names asked for in vain'),
  count('longest_name', 'shape', 'below the zone in the longest name', {
    unit: 'B',
    floor: 15,
    scale: 30,
    largest: true,
  }),
  count('free_questions', 'types', 'questions of types that carry free data (CNAME, NULL, MX, TXT, ANY)'),
] as const;

export const FAMILIES = ['pair', 'initiator', 'service', 'zone'] as const;
export type Family = (typeof FAMILIES)[number];
export const PAIR_FAMILY = 0;
export const INITIATOR_FAMILY = 1;
export const SERVICE_FAMILY = 2;
export const ZONE_FAMILY = 3;

/** By family. */
export const STATISTICS: readonly (readonly Statistic[])[] = [PAIR, INITIATOR, SERVICE, ZONE];

type Index<T extends readonly Statistic[]> = Readonly<Record<string, number>> & {
  readonly [K in T[number]['name']]: number;
};
const indexOf = <T extends readonly Statistic[]>(table: T): Index<T> =>
  Object.fromEntries(table.map(({ name }, index) => [name, index])) as Index<T>;
/** Places of the statistics in their family. */
export const P = indexOf(PAIR);
export const I = indexOf(INITIATOR);
export const S = indexOf(SERVICE);
export const Z = indexOf(ZONE);

const KINDS = new Map(STATISTICS.flat().map(({ name, kind }) => [name, kind]));

/** of the statistic of that name */
export function kindOf(name: string): EvidenceKind {
  return KINDS.get(name) as EvidenceKind;
}

/** µs: the shortest period over which a person or a minute of cron repeats */
export const WINDOW_US = 60e6;
/** A window is followed by one so many times as long. */
export const WINDOW_FACTOR = 4;
/** The longest window is an eighth of the training at most: a fifth is left out when it is tested, and has to hold some. */
export const LONGEST_PART = 8;

/** Windows of so many scales does a training of that length hold: 60 s, and each four times as long. */
export function scalesOf(trainingUs: number): number {
  let scales = 1;
  for (let us = WINDOW_US * WINDOW_FACTOR; us <= trainingUs / LONGEST_PART; us *= WINDOW_FACTOR) scales++;
  return scales;
}

export function windowUs(scale: number): number {
  return WINDOW_US * WINDOW_FACTOR ** scale;
}

/** Takes one window's statistics into those of a longer one. */
export function merge(family: number, into: Float64Array, stats: Float64Array): void {
  const table = STATISTICS[family];
  for (let j = 0; j < table.length; j++) {
    if (table[j].largest) {
      if (stats[j] > into[j]) into[j] = stats[j];
    } else into[j] += stats[j];
  }
}
