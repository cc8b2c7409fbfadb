/** One run of the complete detector over a block with attacks woven in, and which of them it raised. */
import type { Incident } from '../../detect/incident.js';
import type { Bundle } from '../../model/bundle.js';
import type { EngineChoice } from '../../model/engine.js';
import { Random, seedOf } from '../../model/random.js';
import { type Casting, castFor } from '../../power/casting.js';
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
const MOST_PLACEMENTS = 6;
/** of a block is left before the first attack: counters begin empty, as they do in life */
const LEAD = 0.05;
/** what a placement may need beyond its template's word */
const SLACK = 1.1;
/** µs that an alarm may come after the last record of an attack: the longest time that windows of minutes stay open */
const LATE_US = 120e6;

/** Whether an attack that lasts so long finds room between the beginning of a block and its end. */
export function fits({ lastsUs }: Template, size: number, { firstUs, lastUs }: Block): boolean {
  return SLACK * lastsUs(size) < (1 - 2 * LEAD) * (lastUs - firstUs);
}

/** What can share a pass, of the wishes in their order; the rest is for other passes. */
export function placedTogether(
  wishes: readonly Wish[],
  parties: Parties,
  block: Block,
  seed: number,
): { placements: Placement[]; rest: Wish[] } {
  const taken = { texts: new Set<string>() };
  const placements: Placement[] = [];
  const rest: Wish[] = [];
  for (const wish of wishes) {
    const { template, size, number } = wish;
    // what is alike is told as one incident, which then says nothing of each
    const alike = placements.some((other) => isAlike(other.template, template));
    if (placements.length === MOST_PLACEMENTS || alike) {
      rest.push(wish);
      continue;
    }
    const own = seedOf(seed, hashOf(template.name), size, number, block.number);
    const random = new Random(own);
    const length = block.lastUs - block.firstUs;
    const lastsUs = SLACK * template.lastsUs(size);
    const startUs = Math.round(block.firstUs + LEAD * length + random.uniform() * ((1 - 2 * LEAD) * length - lastsUs));
    const casting = castFor(template, parties, taken, startUs, random);
    if (casting) placements.push({ ...wish, ...casting, startUs, endUs: startUs + lastsUs, seed: own });
    else rest.push(wish);
  }
  return { placements, rest };
}

function isAlike(one: Template, other: Template): boolean {
  if (one.about === 'segment' && other.about === 'segment') return true;
  return one.names.some((name) => other.names.includes(name));
}

function hashOf(text: string): number {
  return [...text].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 0);
}

export interface PassInput<R> {
  readonly source: Source<R>;
  readonly fold: Bundle;
  readonly block: Block;
  readonly parties: Parties;
  readonly engine: EngineChoice;
  readonly signal?: AbortSignal | undefined;
}

/** Incidents of the block with what is woven in; with nothing, its own. */
export async function incidentsWith<R>(input: PassInput<R>, placements: readonly Placement[]): Promise<Incident[]> {
  const { source, fold, block, parties, engine, signal } = input;
  const weaver = source.kind.weaver();
  const streams = [...placements].sort((a, b) => a.startUs - b.startUs);
  const woven = (): Iterator<Woven<R>> =>
    inOrder(streams, ({ template, cast, size, seed }) =>
      weaver.records(template.acts(fresh(cast, seed), size), parties.link, seed),
    );
  let incidents: Incident[] = [];
  for await (const event of watch(wovenSource(source, block, woven), fold, { engine, signal })) {
    if (event.type === 'summary') incidents = event.report.incidents as Incident[];
  }
  return incidents;
}

/** The same dice each time that a cast is asked what it does. */
function fresh(cast: Placement['cast'], seed: number): Placement['cast'] {
  return { ...cast, random: new Random(seedOf(seed, 1)) };
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
