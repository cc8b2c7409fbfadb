/** One run of the complete detector over a block with attacks woven in, and which of them it raised. */
import type { Incident } from '../../detect/incident.js';
import { patternOf } from '../../detect/rules/patterns.js';
import type { Bundle } from '../../model/bundle.js';
import type { EngineChoice } from '../../model/engine.js';
import { Random, seedOf } from '../../model/random.js';
import type { Act } from '../../power/act.js';
import { type Casting, castFor, type Taken } from '../../power/casting.js';
import { inOrder } from '../../power/order.js';
import type { Parties } from '../../power/parties.js';
import type { Template } from '../../power/template.js';
import type { Source, Woven } from '../record-kind.js';
import { watch } from '../watch.js';
import type { Block } from './folds.js';
import { wovenSource } from './weave.js';

/** An attack of one size, to be woven in once. */
export interface Wish {
  readonly template: Template;
  readonly size: number;
  /** of the placement, among those of its template and size */
  readonly number: number;
}

interface Placement extends Wish, Casting {
  readonly startUs: number;
  readonly endUs: number;
  readonly seed: number;
}

export interface Finding extends Wish {
  readonly raised: boolean;
  /** under a right name */
  readonly named: boolean;
  /** s from its beginning to the alarm; NaN: none */
  readonly delayS: number;
}

/** attacks of one pass: they are strangers to each other, but many at once would be a day like no other */
const MOST_PLACEMENTS = 8;
/** of a block is left before the first attack: counters begin empty, as they do in life */
const LEAD = 0.05;
/** what a placement may need beyond its template's word */
const SLACK = 1.1;
/** µs that an alarm may come after the last record of an attack: the longest time that windows of minutes stay open */
const LATE_US = 120e6;

const encoder = new TextEncoder();
const NOBODY: Taken = { texts: new Set(), targets: new Set() };

/** Whether an attack that lasts so long finds room between the beginning of a block and its end. */
export function fits({ lastsUs }: Template, size: number, { firstUs, lastUs }: Block): boolean {
  return SLACK * lastsUs(size) < (1 - 2 * LEAD) * (lastUs - firstUs);
}

/** What can share a pass, of the wishes in their order, and those for which the network has no parties; the rest is for other passes. */
export function placedTogether(
  wishes: readonly Wish[],
  parties: Parties,
  block: Block,
  seed: number,
): { placements: Placement[]; impossible: Wish[] } {
  const taken = { texts: new Set<string>(), targets: new Set<string>() };
  const placements: Placement[] = [];
  const impossible: Wish[] = [];
  for (const wish of wishes) {
    if (placements.length === MOST_PLACEMENTS) break;
    const placement = placed(wish, parties, taken, block, seed);
    if (!placement) {
      if (!placed(wish, parties, NOBODY, block, seed)) impossible.push(wish);
    } else if (!placements.some((other) => isToldAs(other, placement))) {
      placements.push(placement);
      for (const text of placement.takes) taken.texts.add(text);
      for (const text of placement.targets) taken.targets.add(text);
    }
  }
  return { placements, impossible };
}

function placed(wish: Wish, parties: Parties, taken: Taken, block: Block, seed: number): Placement | undefined {
  const { template, size, number } = wish;
  const own = seedOf(seed, ...encoder.encode(template.name), size, number, block.number);
  const random = new Random(own);
  const length = block.lastUs - block.firstUs;
  const lastsUs = SLACK * template.lastsUs(size);
  const startUs = Math.round(block.firstUs + LEAD * length + random.uniform() * ((1 - 2 * LEAD) * length - lastsUs));
  const casting = castFor(template, parties, taken, startUs, random);
  return casting && { ...wish, ...casting, startUs, endUs: startUs + lastsUs, seed: own };
}

/**
 * Whether two may be told as one incident, which then says nothing of each: what has a name in common, unless both are told
 * by who turned to whom, and these are others. (Floods add up, and a segment is one.)
 */
function isToldAs(one: Placement, other: Placement): boolean {
  if (one.template.about === 'segment' && other.template.about === 'segment') return true;
  const shared = one.template.names.filter((name) => other.template.names.includes(name));
  if (shared.length === 0) return false;
  const byPair = shared.every((name) => patternOf(name).scope === 'pair' && patternOf(name).family !== 'flood');
  if (!byPair || one.template.target === 'segment' || other.template.target === 'segment') return true;
  const [first, second] = [one.meets, other.meets];
  return first.text === second.text && (first.port === 0 || second.port === 0 || first.port === second.port);
}

export interface PassInput<R> {
  readonly source: Source<R>;
  readonly fold: Bundle;
  readonly block: Block;
  readonly parties: Parties;
  readonly engine: EngineChoice;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Incidents of the block with what is woven in; with nothing, its own. An attack that was told under a right name goes on no
 * further, and once all are told, or it is too late for an alarm, the rest of the block is left out.
 * @param own incidents of the block without anything woven in
 * @param isEnough asked after so many records whether to end here
 */
export async function incidentsWith<R>(
  input: PassInput<R>,
  placements: readonly Placement[],
  own: readonly Incident[],
  isEnough?: (records: number) => boolean,
): Promise<Incident[]> {
  const { source, fold, block, parties, engine, signal } = input;
  const weaver = await source.kind.weaver();
  const told = new Set<Wish>();
  const streams = [...placements].sort((a, b) => a.startUs - b.startUs);
  const woven = (): Iterator<Woven<R>> =>
    inOrder(streams, (placement) => {
      return until(weaver.records(actsOf(placement), parties.link, placement.seed), () => told.has(placement));
    });
  const isOver = (timeUs: number): boolean =>
    isCut || (placements.length > 0 && placements.every((each) => told.has(each) || timeUs > each.endUs + LATE_US));
  const incidents = new Map<number, Incident>();
  let records = 0;
  let isCut = false;
  for await (const event of watch(wovenSource(source, block, woven, isOver), fold, { engine, signal })) {
    if (event.type === 'scored') {
      records += event.batch.count;
      isCut = isEnough?.(records) === true;
    }
    if (event.type === 'summary') return event.report.incidents as Incident[];
    if (event.type !== 'opened' && event.type !== 'updated') continue;
    incidents.set(event.incident.id, event.incident);
    for (const [place, { named }] of findings(placements, [...incidents.values()], own).entries())
      if (named) told.add(placements[place]);
  }
  return [];
}

function* until<T>(items: Iterator<T>, isEnough: () => boolean): Generator<T> {
  for (let next = items.next(); !next.done && !isEnough(); next = items.next()) yield next.value;
}

/** What an attack does, with the same dice each time that it is asked. */
export function actsOf({ template, cast, size, seed }: Placement): Iterable<Act> {
  return template.acts({ ...cast, random: new Random(seedOf(seed, 1)) }, size);
}

/** What became of each placement. @param own incidents of the block without anything woven in */
export function findings(
  placements: readonly Placement[],
  incidents: readonly Incident[],
  own: readonly Incident[],
): Finding[] {
  const before = new Set(own.map(keyOf));
  const initiators = new Set(placements.map(({ cast }) => cast.initiator.text));
  return placements.map((placement) => {
    const { template, cast, size, number, startUs } = placement;
    const theirs = incidents.filter((incident) => {
      const { severity, initiator } = incident;
      // a sweep comes by the hosts of other attacks, too
      const others = initiator !== cast.initiator.text && initiators.has(initiator);
      return severity !== 'notice' && !others && isOf(incident, placement, before);
    });
    const right = theirs.filter((incident) =>
      kindsOf(incident).some((kind) => template.names.some((name) => name === kind)),
    );
    const first = Math.min(...(right.length > 0 ? right : theirs).map(({ alarmUs }) => alarmUs));
    return {
      ...{ template, size, number },
      raised: theirs.length > 0,
      named: right.length > 0,
      delayS: theirs.length > 0 ? Math.max(0, (first - startUs) / 1e6) : Number.NaN,
    };
  });
}

function keyOf({ kind, initiator, responder }: Incident): string {
  return `${kind}|${initiator}|${responder}`;
}

function kindsOf({ kind, steps = [] }: Incident): string[] {
  return [kind, ...steps.map((step) => step.kind)];
}

/** Told by the addresses that only this attack has; else by those that it shares with the block, where the block has no such incident. */
function isOf(
  incident: Incident,
  { template, cast, unique, own, startUs, endUs }: Placement,
  before: ReadonlySet<string>,
): boolean {
  if (incident.lastUs < startUs || incident.firstUs > endUs + LATE_US) return false;
  const { initiator, responder, others, steps = [], moved = [] } = incident;
  const parties = new Set([initiator, responder, ...others]);
  for (const step of steps) parties.add(step.initiator).add(step.responder);
  for (const { address } of moved) parties.add(address);
  if (unique.some((text) => parties.has(text))) return true;
  if (before.has(keyOf(incident))) return false;
  const named = kindsOf(incident).some((kind) => template.names.some((name) => name === kind));
  if (template.about === 'segment') return named;
  const counterparts = [cast.target.text, cast.resolver?.text ?? ''];
  return own.some((text) => parties.has(text)) && (named || counterparts.some((text) => parties.has(text)));
}
