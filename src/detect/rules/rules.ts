/** Facts about the captured segment that are told by counts: a count over what training had. */
import { macText } from '../../base/address.js';
import { COUNTS } from '../../features/counts.js';
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
}

export class Rules {
  /** of the record last examined, strongest first */
  readonly findings: Finding[] = [];
  private readonly counts: BoundRule[] = [];
  private readonly facts: Facts;
  private readonly wholeConnections: boolean;

  /** @param trainingS length of the training [s], @param share of the budget of false alarms, for protocol facts [1/s] */
  constructor(baseline: Baseline, trainingS: number, share: number, kind: RecordKind = 'packet') {
    this.wholeConnections = RECORD_KINDS[kind].wholeConnections;
    this.facts = new Facts(baseline.state.facts, trainingS, baseline.macs.size, share);
    COUNTS.forEach(({ name, unit }, index) => {
      const rule: CountRule = COUNT_RULES[name];
      const normal = baseline.state.counts[index];
      const limit = limitOf(rule, normal);
      const doubled = unit === 'packets' ? 2 * limit : limit;
      this.counts.push({ ...rule, index, name, normal, limit, doubled });
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
      this.add(rule.name, value, rule.normal, rule.pattern, {
        conclusive: rule.conclusive ?? false,
        ...(rule.ofSender && { place: placeOf(batch, k) }),
      });
    }
    // a connection record sums up the packets that facts are about
    if (!this.wholeConnections) this.facts.examine(batch, k, input, this.findings);
    if (this.findings.length > 1) this.findings.sort(stronger);
    return this.findings[0];
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
