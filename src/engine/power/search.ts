/** The smallest size of a template that is raised, by bisection over its sizes. */
import type { TemplatePower } from '../../model/power-schema.js';
import type { Template } from '../../power/template.js';
import type { Finding, Wish } from './pass.js';

/** what "raised" means of a size: in so many of its placements */
const RAISED = 0.9;

type Skipped = TemplatePower['skipped'][number];

export class Search {
  /** findings by place of the size */
  private readonly found = new Map<number, Finding[]>();
  private readonly sizes: readonly number[];
  /** the largest size known not to be raised, the smallest known to be; beyond the ends where none is */
  private low = -1;
  private high: number;
  private impossible = false;

  /** @param whyNot of a size that cannot be woven in */
  constructor(
    readonly template: Template,
    whyNot: (size: number) => string | undefined,
    private readonly placements: number,
  ) {
    const reasons = template.sizes.map((size) => ({ size, reason: whyNot(size) }));
    this.sizes = reasons.filter(({ reason }) => reason === undefined).map(({ size }) => size);
    this.skipped = reasons.filter((each): each is Skipped => each.reason !== undefined);
    this.high = this.sizes.length;
  }

  readonly skipped: Skipped[];

  /** Placements that are to be tried next; none: the answer is there. */
  next(): Wish[] {
    const { template, placements, low, high } = this;
    if (this.impossible || high - low < 2) return [];
    const place = (low + high) >> 1;
    const size = this.sizes[place];
    return Array.from({ length: placements }, (_, number) => ({ template, size, number }));
  }

  /** What became of the wishes of `next`; none at all where the network has no parties for them. */
  take(findings: readonly Finding[]): void {
    if (findings.length === 0) {
      this.impossible = true;
      const { low, high } = this;
      for (const size of this.sizes.slice(low + 1, high))
        this.skipped.push({ size, reason: 'the network has no such parties' });
      return;
    }
    const place = this.sizes.indexOf(findings[0].size);
    this.found.set(place, [...findings]);
    const raised = findings.filter((finding) => finding.raised).length;
    if (raised >= RAISED * findings.length) this.high = place;
    else this.low = place;
  }

  /** Time is over. */
  stop(): void {
    if (this.next().length === 0) return;
    this.impossible = true;
    for (const size of this.sizes.slice(this.low + 1, this.high))
      this.skipped.push({ size, reason: 'no time was left' });
  }

  result(): TemplatePower {
    const { name, names, unit, initiator, target, source } = this.template;
    const sizes = [...this.found].sort(([a], [b]) => a - b).map(([, findings]) => summary(findings));
    const smallest = this.found.has(this.high) ? this.sizes[this.high] : null;
    const skipped = [...this.skipped].sort(
      (a, b) => this.template.sizes.indexOf(a.size) - this.template.sizes.indexOf(b.size),
    );
    const parties = `${initiator} to ${target}`;
    return { template: name, kind: names[0], names: [...names], unit, parties, source, smallest, sizes, skipped };
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
