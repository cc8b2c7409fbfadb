/** The rules beside the score: counts over their envelope, a client's dealings with a service, beacons. */

import { macText } from '../../base/address.js';
import { COUNT_INDEX, COUNTS } from '../../features/counts.js';
import type { RecordKind } from '../../features/extractor.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { Facts } from '../facts/facts.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Finding, Place } from '../incidents/open-incident.js';
import { SETTINGS } from '../settings.js';
import type { Baseline } from './baseline.js';
import { COUNT_RULES, type CountRule } from './count-rules.js';
import { type PatternName, patternOf } from './patterns.js';

const { COUNT_FACTOR, COUNT_FLOOR } = SETTINGS;

/** Counts that evidence has taken the place of. */
const BY_EVIDENCE = new Set<string>([
  'responders',
  'services',
  'pair_ports',
  'half_open',
  'failed_hosts',
  'unreachables',
  'lookups',
  'echoes',
  'dns_length',
  'dns_names',
  'responder_half_open',
]);

/** In what the input of a record is unlike the one learned, as far as rules have to know. */
export interface InputDoubts {
  /** not all packets are captured: what did not come back says nothing */
  readonly oneSided: boolean;
  /** each packet is captured twice */
  readonly twice: boolean;
  /** the record is of a tunnel, which has the connections of many */
  readonly tunnel: boolean;
}
const NO_DOUBTS: InputDoubts = { oneSided: false, twice: false, tunnel: false };

interface BoundRule extends CountRule {
  readonly index: number;
  readonly name: string;
  readonly normal: number;
  readonly limit: number;
  /** where each packet comes twice: what is counted by packets may be twice as much */
  readonly doubled: number;
  /** place of the count that `unless` names */
  readonly other: number;
}

export class Rules {
  /** of the record last examined, strongest first */
  readonly findings: Finding[] = [];
  private readonly counts: BoundRule[] = [];
  private readonly facts: Facts;
  private readonly wholeConnections: boolean;

  constructor(
    private readonly baseline: Baseline,
    kind: RecordKind = 'packet',
  ) {
    this.wholeConnections = RECORD_KINDS[kind].wholeConnections;
    this.facts = new Facts(baseline.state.facts, baseline.state.spanS, baseline.macs.size);
    COUNTS.forEach(({ name, unit }, index) => {
      if (BY_EVIDENCE.has(name)) return;
      const rule: CountRule = COUNT_RULES[name];
      const normal = baseline.state.counts[index];
      const limit = limitOf(rule, normal);
      const doubled = unit === 'packets' || unit === 'openings' ? 2 * limit : limit;
      const other = rule.unless ? COUNT_INDEX[rule.unless.count] : -1;
      this.counts.push({ ...rule, index, name, normal, limit, doubled, other });
    });
  }

  /**
   * Examines record k. The answer is the strongest finding, all are in `findings`.
   * @param input in what it is unlike the one that was learned
   */
  examine(batch: FeatureBatch, k: number, input: InputDoubts = NO_DOUBTS): Finding | undefined {
    this.findings.length = 0;
    const at = k * batch.countWidth;
    for (const rule of this.counts) {
      const value = batch.counts[at + rule.index];
      if (!(value > (input.twice ? rule.doubled : rule.limit))) continue;
      if (input.oneSided && rule.needsBoth) continue;
      if (rule.ofStrangers && this.isKnown(batch, k)) continue;
      if (rule.unless && value < rule.unless.below && !(batch.counts[at + rule.other] > rule.unless.atMost)) continue;
      this.add(rule.name, value, rule.normal, rule.pattern(value, batch, k), {
        conclusive: rule.conclusive ?? false,
        ...(rule.ofSender && { place: placeOf(batch, k) }),
      });
    }
    // a connection record sums up the packets that facts are about
    if (!this.wholeConnections) this.facts.examine(batch, k, input, this.findings);
    if (this.findings.length > 1) this.findings.sort(stronger);
    return this.findings[0];
  }

  private isKnown(batch: FeatureBatch, k: number): boolean {
    const { low, high } = batch.initiator;
    return this.baseline.initiators.has(low[k], high[k]);
  }

  private add(name: string, value: number, normal: number, pattern: PatternName, more?: Partial<Finding>): void {
    this.findings.push({ name, value, normal, floor: 1, pattern, ...more });
  }
}

function limitOf(rule: CountRule, normal: number): number {
  return Math.max(rule.floor ?? COUNT_FLOOR, (rule.factor ?? COUNT_FACTOR) * normal);
}

function placeOf(batch: FeatureBatch, k: number): Place {
  const sender =
    batch.formerMac[k] >= 0 ? batch.moved : batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
  const [mac, former] = [batch.sourceMac[k], batch.formerMac[k]];
  return {
    address: sender.text(k),
    mac: mac < 0 ? '' : macText(mac),
    former: former < 0 ? '' : macText(former),
    router: batch.formerRoutes[k] === 1,
    present: batch.formerPresent[k] === 1,
  };
}

function stronger(a: Finding, b: Finding): number {
  return patternOf(b.pattern).rank - patternOf(a.pattern).rank;
}
