/** The rules beside the score: counts over their envelope, a client's dealings with a service, beacons. */

import { macText } from '../../base/address.js';
import { Key } from '../../base/hash.js';
import { COUNT_INDEX, COUNTS } from '../../features/counts.js';
import type { RecordKind } from '../../features/extractor.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { Facts } from '../facts/facts.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Finding, Place } from '../incidents/open-incident.js';
import { SETTINGS } from '../settings.js';
import { type Baseline, offerKey, serviceKey } from './baseline.js';
import { beaconOf } from './beacon.js';
import { COUNT_RULES, type CountRule } from './count-rules.js';
import { connectionPattern, type PatternName, patternOf, requestPattern } from './patterns.js';
import { type Activities, DOWN, FLOWS, TURNS, UP } from './service-activity.js';
import { ServiceLoads } from './service-loads.js';

const { COUNT_FACTOR, COUNT_FLOOR, SERVICE_FACTOR } = SETTINGS;

/** In a minute, whatever training had: fewer connections, questions, bytes than this are nobody's attack. */
const FEWEST_CONNECTIONS = 12;
const FEWEST_QUESTIONS = 150;
const FEWEST_BYTES = 1_000_000;
/** A service that training did not have may see this many connections and questions of one client. */
const NEW_CONNECTIONS = 60;
/** Services that carried uploads of this size in training are compared with the largest of all, for transfers vary widely. */
const BULK_BYTES = 100_000;
/** Regular connections at a port where training had some are news only when they come faster than those by this factor. */
const PERIOD_FACTOR = 1.3;
/** A connection with fewer bytes, both ways, headers included, carried no data. */
const EMPTY_CONNECTION_BYTES = 400;
const FLOOD_CONNECTIONS = 200;
/** Connections of all clients together, in a minute, that no service is flooded by. */
const FEWEST_LOAD = 200;
const UDP = 17;

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
  private readonly loads = new ServiceLoads();
  private readonly facts: Facts;
  private readonly key = new Key();
  private readonly wholeConnections: boolean;

  constructor(
    private readonly baseline: Baseline,
    private readonly activities: Activities,
    kind: RecordKind = 'packet',
  ) {
    this.wholeConnections = RECORD_KINDS[kind].wholeConnections;
    this.facts = new Facts(baseline.state.facts, baseline.state.spanS, baseline.macs.size);
    COUNTS.forEach(({ name, unit }, index) => {
      const rule: CountRule = COUNT_RULES[name];
      const normal = baseline.state.counts[index];
      const limit = limitOf(rule, normal);
      const doubled = unit === 'packets' || unit === 'openings' ? 2 * limit : limit;
      const other = rule.unless ? COUNT_INDEX[rule.unless.count] : -1;
      this.counts.push({ ...rule, index, name, normal, limit, doubled, other });
    });
  }

  /**
   * Examines record k; its activity was the last observed. The answer is the strongest finding, all are in `findings`.
   * @param input in what it is unlike the one that was learned
   */
  examine(batch: FeatureBatch, k: number, activity: number, input: InputDoubts = NO_DOUBTS): Finding | undefined {
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
    // what depends on who began says nothing of a connection joined in its middle
    if (activity >= 0 && batch.begun[k] === 1 && !input.tunnel) {
      this.examineService(batch, k, activity, input.oneSided);
      this.examineLoad(batch, k);
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

  private examineService(batch: FeatureBatch, k: number, slot: number, oneSided: boolean): void {
    const { baseline, activities } = this;
    const { values } = activities;
    const port = batch.servicePort[k];
    const service = baseline.services.get(serviceKey(batch.protocol[k], port));
    const most = service?.most;
    const { opens } = activities;
    if (opens && values[FLOWS] > FEWEST_CONNECTIONS) {
      const limit = most
        ? Math.max(FEWEST_CONNECTIONS, SERVICE_FACTOR * most[FLOWS])
        : Math.max(NEW_CONNECTIONS, baseline.most[FLOWS]);
      if (values[FLOWS] > limit) {
        this.add('service_connections', values[FLOWS], most?.[FLOWS] ?? 0, this.connections(port));
      }
    }
    if (oneSided) return;
    if (batch.fromInitiator[k] === 1) {
      // a connection record does not say who spoke when
      if (values[TURNS] > FEWEST_QUESTIONS && !this.wholeConnections) {
        const normal = most ? most[TURNS] : baseline.most[TURNS];
        if (values[TURNS] > SERVICE_FACTOR * normal) {
          this.add('service_requests', values[TURNS], most?.[TURNS] ?? 0, requestPattern(port));
        }
      }
      if (values[UP] > FEWEST_BYTES && values[UP] > values[DOWN])
        this.examineUpload(batch.protocol[k], most?.[UP], values[UP]);
    }
    if (opens) this.examineBeacon(batch, k, slot);
  }

  /** What strangers together do to a service: each of them may come once. */
  private examineLoad(batch: FeatureBatch, k: number): void {
    const { flows, bytes } = this.loads.observe(batch, k);
    if (batch.opensFlow[k] === 0 || flows <= FEWEST_LOAD || this.isKnown(batch, k)) return;
    const normal = this.baseline.services.get(serviceKey(batch.protocol[k], batch.servicePort[k]))?.load ?? 0;
    if (flows <= SERVICE_FACTOR * normal) return;
    this.add('service_load', flows, normal, bytes / flows < EMPTY_CONNECTION_BYTES ? 'SYN flood' : 'connection flood');
  }

  /** Many connections that carry next to nothing are opened to be open, not to be used. */
  private connections(port: number): PatternName {
    const { values } = this.activities;
    const empty = (values[UP] + values[DOWN]) / values[FLOWS] < EMPTY_CONNECTION_BYTES;
    return empty && values[FLOWS] > FLOOD_CONNECTIONS ? 'SYN flood' : connectionPattern(port);
  }

  /** @param normal the most that training had for the service; undefined: it had no such service */
  private examineUpload(protocol: number, normal: number | undefined, value: number): void {
    const whole = this.wholeConnections;
    // bytes of a whole connection vary more than what passes in a minute
    const bulk = normal !== undefined && (whole || normal >= BULK_BYTES);
    const usual = bulk ? this.baseline.most[UP] : (normal ?? 0);
    if (value <= SERVICE_FACTOR * usual) return;
    const unanswered = protocol === UDP && this.activities.values[DOWN] === 0;
    this.add(
      whole ? 'connection_upload' : 'service_upload',
      value,
      normal ?? 0,
      unanswered ? 'UDP flood' : 'large upload',
      { floor: FEWEST_BYTES, conclusive: whole },
    );
  }

  private examineBeacon(batch: FeatureBatch, k: number, slot: number): void {
    const offer = offerKey(this.key, batch.responder, k, batch.protocol[k], batch.servicePort[k]);
    if (this.baseline.offers.has(offer.low, offer.high)) return;
    const beacon = beaconOf(this.activities, slot);
    if (!beacon) return;
    const [protocol, port] = [batch.protocol[k], batch.servicePort[k]];
    // clocks, name servers and the like are asked at intervals, whichever of them is new
    if (protocol === UDP && this.baseline.hadService(protocol, port)) return;
    const trained = this.baseline.services.get(serviceKey(protocol, port));
    // programs that look for news call there at intervals, and the slower ones need longer than a training to be seen
    if (trained && trained.shortestPeriodS > 0 && beacon.periodS >= trained.shortestPeriodS / PERIOD_FACTOR) return;
    // a period is no measure of how bad it is
    this.add('beacon', beacon.periodS, 0, 'beacon', { floor: beacon.periodS, conclusive: true });
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
