/**
 * The smallest size of a template that is raised under its name: the largest first, then one in the middle, then bisection.
 * Where one miss decides, a size is tried by one placement, and what that raised is made sure by the others. What was not
 * looked at to the end is never told as an answer.
 */
import type { TemplatePower } from '../../model/power-schema.js';
import type { Template } from '../../power/template.js';
import type { Finding, Wish } from './pass.js';

/** what "raised" means of a size: above notice and under a right name, in so many of its placements */
const RAISED = 0.9;

type Skipped = TemplatePower['skipped'][number];

/** before anybody's bisection come everybody's largest size, and one in the middle */
const STAGES = { largest: 0, middle: 1, sure: 2, bisection: 3 } as const;

/** likely: as far as it was tried, not by all its placements */
type Verdict = 'raised' | 'missed' | 'likely';

interface Next {
  readonly stage: number;
  readonly place: number;
}

export class Search {
  /** findings by place of the size */
  private readonly found = new Map<number, Finding[]>();
  private readonly verdicts = new Map<number, Verdict>();
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

  /** Placements that are to be tried next; none: no more can be learned. */
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
    return this.oneFirst && next.stage !== STAGES.sure ? wishes.slice(0, 1) : wishes;
  }

  /** Of `next`: the lower are for all before the higher are for anybody. */
  get stage(): number {
    return this.toTry()?.stage ?? Number.POSITIVE_INFINITY;
  }

  /**
   * What became of the wishes of `next`. @param whole each was woven in if it can be: those without a finding have no
   * parties in this network. Else time ran out between them, which decides nothing.
   */
  take(findings: readonly Finding[], whole: boolean): void {
    const next = this.toTry();
    if (!next) return;
    const { place } = next;
    const wished = this.next().length;
    const all = [...(this.found.get(place) ?? []), ...findings];
    if (all.length > 0) this.found.set(place, all);
    const named = all.filter((finding) => finding.named).length;
    const left = this.placements - all.length;
    const exhausted = whole && findings.length < wished;
    if (exhausted) this.short.add(place);
    if (exhausted && all.length === 0) this.impossible = true;
    else if (exhausted || left === 0) this.verdicts.set(place, named >= RAISED * all.length ? 'raised' : 'missed');
    else if (named + left < RAISED * this.placements) this.verdicts.set(place, 'missed');
    else if (whole) this.verdicts.set(place, 'likely');
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
    const { verdicts } = this;
    const largest = this.sizes.length - 1;
    if (this.impossible || largest < 0) return undefined;
    if (!verdicts.has(largest)) return { stage: STAGES.largest, place: largest };
    const middle = largest >> 1;
    if (!verdicts.has(middle)) return { stage: STAGES.middle, place: middle };
    const raised = this.smallest('raised', 'likely');
    // that nothing is raised is said of the largest size by all its placements
    const unsure = raised === undefined ? largest : raised;
    if (this.isOpen(unsure)) return { stage: STAGES.sure, place: unsure };
    if (raised === undefined) return undefined;
    const missed = this.largestMissedBelow(raised);
    return raised - missed < 2 ? undefined : { stage: STAGES.bisection, place: (missed + raised) >> 1 };
  }

  private isOpen(place: number): boolean {
    const tried = this.found.get(place)?.length ?? 0;
    return tried < this.placements && !this.short.has(place);
  }

  private smallest(...verdicts: Verdict[]): number | undefined {
    const places = [...this.verdicts].filter(([, verdict]) => verdicts.includes(verdict)).map(([place]) => place);
    return places.length > 0 ? Math.min(...places) : undefined;
  }

  /** -1: none */
  private largestMissedBelow(place: number): number {
    const places = [...this.verdicts].filter(([at, verdict]) => verdict === 'missed' && at < place).map(([at]) => at);
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
