/**
 * The smallest size of a template that is raised under its name: one in the middle first, the largest where that is missed,
 * then bisection. Where time is short a size is tried by one placement, for one miss decides, and the size that remains is
 * made sure of by the others. What was not looked at to the end is never told as an answer.
 */
import type { TemplatePower } from '../../model/power-schema.js';
import type { Template } from '../../power/template.js';
import type { Finding, Wish } from './pass.js';

/** what "raised" means of a size: above notice and under a right name, in so many of its placements */
const RAISED = 0.9;

type Skipped = TemplatePower['skipped'][number];

/** so many misses of the largest size are an answer, where time is short */
const ENOUGH_MISSES = 2;

/** likely: as far as it was tried, not by all its placements */
type Verdict = 'raised' | 'missed' | 'likely';

interface Next {
  readonly place: number;
  /** of the placements that are not made yet */
  readonly wanted: number;
}

export class Search {
  /** findings by place of the size */
  private readonly found = new Map<number, Finding[]>();
  /** places of sizes for which the network has fewer parties than placements */
  private readonly short = new Set<number>();
  private readonly sizes: readonly number[];
  private readonly skipped: Skipped[];
  private impossible = false;

  /**
   * @param whyNot of a size that cannot be woven in
   * @param oneFirst a size is tried by one placement; those that may be the answer get all
   */
  constructor(
    readonly template: Template,
    whyNot: (size: number) => string | undefined,
    private readonly placements: number,
    private readonly oneFirst: boolean,
  ) {
    const reasons = template.sizes.map((size) => ({ size, reason: whyNot(size) }));
    this.sizes = reasons.filter(({ reason }) => reason === undefined).map(({ size }) => size);
    this.skipped = reasons.filter((each): each is Skipped => each.reason !== undefined);
  }

  /** Placements that are to be tried next, in this order; none: no more can be learned. */
  next(): Wish[] {
    const next = this.toTry();
    if (!next) return [];
    const { template, placements, found } = this;
    const tried = new Set(found.get(next.place)?.map(({ number }) => number));
    const size = this.sizes[next.place];
    const wishes: Wish[] = [];
    for (let number = 0; number < placements; number++) {
      if (!tried.has(number)) wishes.push({ template, size, number });
    }
    return wishes.slice(0, next.wanted);
  }

  /** A size of it was tried. */
  get begun(): boolean {
    return this.found.size > 0;
  }

  /** What became of some of the wishes of `next`. @param exhausted others have no parties in this network */
  take(findings: readonly Finding[], exhausted: boolean): void {
    const place = this.toTry()?.place;
    if (place === undefined) return;
    const all = [...(this.found.get(place) ?? []), ...findings];
    if (all.length > 0) this.found.set(place, all);
    if (exhausted) this.short.add(place);
    if (exhausted && all.length === 0) this.impossible = true;
  }

  result(): TemplatePower {
    const { name, names, unit, initiator, target, source, sizes: order } = this.template;
    const sizes = [...this.found].sort(([a], [b]) => a - b).map(([, findings]) => summary(findings));
    const skipped = [...this.skipped, ...this.leftOut()].sort((a, b) => order.indexOf(a.size) - order.indexOf(b.size));
    const parties = `${initiator} to ${target}`;
    const facts = { template: name, kind: names[0], names: [...names], unit, parties, source, sizes, skipped };
    const raised = this.smallest('raised');
    const smallest = raised === undefined ? null : this.sizes[raised];
    if (sizes.length === 0 && (this.impossible || this.sizes.length === 0)) return { ...facts, answer: 'impossible' };
    if (this.impossible || this.toTry()) return { ...facts, answer: 'unfinished', at_most: smallest };
    return smallest === null ? { ...facts, answer: 'missed', smallest } : { ...facts, answer: 'raised', smallest };
  }

  private toTry(): Next | undefined {
    const largest = this.sizes.length - 1;
    if (this.impossible || largest < 0) return undefined;
    const all = this.placements;
    const one = this.oneFirst ? 1 : all;
    const first = largest >> 1;
    if (this.verdictOf(first) === undefined) return { place: first, wanted: one };
    const raised = this.smallest('raised', 'likely');
    if (raised === undefined && this.verdictOf(largest) === undefined) return { place: largest, wanted: one };
    // that nothing is raised is said of the largest size by more than one placement
    if (raised === undefined) return this.isOpen(largest) ? { place: largest, wanted: one } : undefined;
    const missed = this.largestMissedBelow(raised);
    if (raised - missed >= 2) return { place: (missed + raised) >> 1, wanted: one };
    return this.verdictOf(raised) === 'likely' ? { place: raised, wanted: all } : undefined;
  }

  private verdictOf(place: number): Verdict | undefined {
    const { placements, short, oneFirst } = this;
    const all = this.found.get(place) ?? [];
    if (all.length === 0) return undefined;
    const of = short.has(place) ? all.length : placements;
    const named = all.filter((finding) => finding.named).length;
    if (all.length === of) return named >= RAISED * of ? 'raised' : 'missed';
    if (!oneFirst) return undefined;
    return named + of - all.length < RAISED * of ? 'missed' : 'likely';
  }

  private isOpen(place: number): boolean {
    const tried = this.found.get(place) ?? [];
    const misses = tried.filter(({ named }) => !named).length;
    const enough = this.oneFirst && misses >= ENOUGH_MISSES;
    return tried.length < this.placements && !enough && !this.short.has(place);
  }

  private smallest(...verdicts: Verdict[]): number | undefined {
    const places = [...this.found.keys()].filter((place) => verdicts.includes(this.verdictOf(place) as Verdict));
    return places.length > 0 ? Math.min(...places) : undefined;
  }

  /** -1: none */
  private largestMissedBelow(place: number): number {
    const places = [...this.found.keys()].filter((at) => at < place && this.verdictOf(at) === 'missed');
    return Math.max(-1, ...places);
  }

  /** Sizes that could have been the answer. */
  private leftOut(): Skipped[] {
    if (!this.impossible && !this.toTry()) return [];
    const reason = this.impossible ? 'the network has no such parties' : 'no time was left';
    const raised = this.smallest('raised') ?? this.sizes.length;
    const missed = this.largestMissedBelow(raised);
    return this.sizes
      .map((size, place) => ({ size, reason, place }))
      .filter(({ place }) => place > missed && place < raised && !this.found.has(place))
      .map(({ size }) => ({ size, reason }));
  }
}

function summary(findings: readonly Finding[]): TemplatePower['sizes'][number] {
  const delays = findings.map(({ delayS }) => delayS).filter((delay) => !Number.isNaN(delay));
  delays.sort((a, b) => a - b);
  const median = delays[delays.length >> 1];
  return {
    size: findings[0].size,
    placements: findings.length,
    raised: delays.length,
    named: findings.filter(({ named }) => named).length,
    delay_s: median === undefined ? null : Math.round(10 * median) / 10,
  };
}
