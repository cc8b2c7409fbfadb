/**
 * From what was found at a record to incidents: which one it belongs to, whether it is a new one, what is told. An incident
 * about what many do to one target takes only evidence of that, so that a flood hides nobody.
 */
import type { Entity } from '../evidence/entity.js';
import type { Alarm, Evidence } from '../evidence/evidence.js';
import { nameOf } from '../evidence/naming.js';
import { KNOWN_PAIR } from '../evidence/novelty.js';
import { findingsOf } from '../evidence/reasons.js';
import { INITIATOR_FAMILY, P, windowUs } from '../evidence/statistics.js';
import type { Incident } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import type { Pairs } from '../score/pairs.js';
import type { ScoredBatch } from '../score/scored-batch.js';
import { IncidentBook, isGoingOn, type Parties } from './book.js';
import type { Begun, Finding, OpenIncident, OpenStep } from './open-incident.js';
import { evidenceKey, partiesOf, type RingKey } from './ring-key.js';
import { EvidenceRings } from './rings.js';
import { addParty, stepOf } from './steps.js';
import type { IncidentWriter } from './writer.js';

const US = 1e6;
const NONE: readonly Finding[] = [];
/** What taking part in a flood looks like. */
const OF_FLOODS: ReadonlySet<PatternName> = new Set<PatternName>([
  'SYN flood',
  'UDP flood',
  'connection flood',
  'request flood',
  'refused connections',
  'unusual use',
]);

export interface DetectorEvent {
  /** `updated`: grown tenfold, worse than it was told to be, or something else */
  readonly type: 'opened' | 'updated' | 'closed';
  readonly incident: Incident;
  /** it is worse than it was told to be */
  readonly worse?: boolean;
  /** it turned out to be of another kind, or about others */
  readonly renamed?: boolean;
}

export class Desk {
  readonly events: DetectorEvent[] = [];
  anomalous = 0;
  suppressedRecords = 0;
  suppressedIncidents = 0;
  /** the first minute is not over */
  early = false;
  private readonly rings = new EvidenceRings();
  private readonly book: IncidentBook;
  private readonly parties: Parties = { initiator: 0, responder: 0, service: 0 };
  private readonly ringKey: RingKey = { low: 0, high: 0 };

  /** @param allows whether an incident is expected, and not to be told */
  constructor(
    private readonly pairs: Pairs,
    private readonly writer: IncidentWriter,
    private readonly evidence: Evidence,
    private readonly allows: ((incident: Incident) => boolean) | undefined,
  ) {
    this.book = new IncidentBook((open) => {
      this.writer.refresh(open);
      this.tell('closed', open);
    });
  }

  /** The next incident has the number after `number`. */
  continueAfter(number: number): void {
    this.book.lastId = number;
  }

  get incidents(): readonly Incident[] {
    return this.book.kept;
  }

  /** Closes what was silent. */
  tick(nowUs: number): void {
    this.book.tick(nowUs);
  }

  /** Brings every open incident's reasons up to date. */
  refresh(): void {
    for (const open of this.book.all()) this.writer.refresh(open);
  }

  /** What no chance explains, and what goes on of what was raised; false where the record is of neither. */
  judgeEvidence(batch: ScoredBatch, k: number, pair: number): boolean {
    const { alarms, windows } = this.evidence;
    if (alarms.length > 0) {
      for (const alarm of alarms) this.raise(batch, k, pair, alarm);
      return true;
    }
    const { pair: own, initiator, zone, service } = windows.ledger;
    return (
      this.goesOn(batch, k, pair, own) ||
      this.goesOn(batch, k, pair, initiator) ||
      this.goesOn(batch, k, pair, zone) ||
      (service !== undefined && this.isPartOf(service, own, batch, k) && this.goesOn(batch, k, pair, service))
    );
  }

  /** Whether a client has part in what befalls the service: not who was there in training, is served, or is another than who does it alone. */
  private isPartOf(service: Entity, client: Entity | undefined, batch: ScoredBatch, k: number): boolean {
    const open = this.book.get(service.incident);
    if (!open) return false;
    if (!open.ofTarget) return batch.initiator.key(k) === open.initiatorKey;
    return client !== undefined && client.novelty !== KNOWN_PAIR && client.stats[P.received] === 0;
  }

  /** Takes a record of an entity whose incident is open as evidence of it. */
  private goesOn(batch: ScoredBatch, k: number, pair: number, entity: Entity | undefined): boolean {
    if (entity === undefined || entity.incident === 0) return false;
    const open = this.book.get(entity.incident);
    if (!open) return false;
    const step = open.steps.find((one) => one.entity === entity) ?? open.steps[0];
    this.take(open, step, batch, k, pair);
    this.tellGrowth(open);
    return true;
  }

  private raise(batch: ScoredBatch, k: number, pair: number, alarm: Alarm): void {
    const { entity, startUs, strength, ofMany } = alarm;
    const nowUs = batch.clockUs[k];
    const pattern = nameOf(alarm);
    const begun = {
      firstUs: batch.timestampUs[k] - (nowUs - startUs),
      firstClockUs: startUs,
      frames: alarm.frames.filter((frame) => frame !== batch.frame[k]),
    };
    const open = this.bookedFor(batch, k, pair, alarm, pattern) ?? this.begin(batch, k, pattern, begun, ofMany);
    const origin = {
      entity,
      windowUs: startUs,
      nats: strength,
      severalPorts: entity.severalPorts,
      wide: entity.family === INITIATOR_FAMILY,
    };
    const step = stepOf(open, alarm, pattern, () => this.writer.begin(batch, k, pattern, begun, origin));
    this.writer.noteEvidence(step, findingsOf(alarm, step.pattern, step.findings));
    // of a load every client of the window takes part, not only the one whose record told
    if (ofMany) for (const client of entity.seen?.keys() ?? []) addParty(step.initiators, client);
    open.silenceS = Math.max(open.silenceS, windowUs(alarm.scale) / US);
    entity.incident = open.incident.id;
    this.take(open, step, batch, k, pair);
    this.tellOf(open);
  }

  /** The incident that an alarm is part of: its entity's own, or one that it is one event with. */
  private bookedFor(
    batch: ScoredBatch,
    k: number,
    pair: number,
    { entity, ofMany }: Alarm,
    pattern: PatternName,
  ): OpenIncident | undefined {
    const { book } = this;
    const nowUs = batch.clockUs[k];
    const own = book.revive(entity.incident, nowUs);
    if (own) return own;
    const parties = partiesOf(batch, k, pattern, this.parties);
    const load = book.loadOf(parties);
    if (ofMany || (load && this.isPartOfLoad(load, parties, pattern, nowUs))) return load;
    const stranger = !this.evidence.knows(parties.initiator);
    return (
      book.eventOf(parties, pattern, stranger, this.pairs.incidentOfReverse(batch, k), nowUs) ??
      // look-ups that a host makes on behalf of whoever sweeps through it
      (pattern === 'ARP sweep' && !stranger ? book.sweepGoingOn(nowUs) : undefined) ??
      book.noticeOf(parties, this.pairs.incident[pair], nowUs)
    );
  }

  /** Of a flood by many each does a part: that is no finding of its own, as long as nothing came back and it is about that service. */
  private isPartOfLoad(load: OpenIncident, parties: Parties, pattern: PatternName, nowUs: number): boolean {
    const { pair } = this.evidence.windows.ledger;
    if (!isGoingOn(load, nowUs) || load.serviceKey !== parties.service || this.evidence.knows(parties.initiator))
      return false;
    return pair !== undefined && pair.stats[P.received] === 0 && OF_FLOODS.has(pattern);
  }

  /** What a rule found at record k. */
  alarm(batch: ScoredBatch, k: number, pair: number, finding: Finding, findings: readonly Finding[]): void {
    const { pattern, conclusive = false } = finding;
    const nowUs = batch.clockUs[k];
    const parties = partiesOf(batch, k, pattern, this.parties);
    const reverse = this.pairs.incidentOfReverse(batch, k);
    const open = this.book.find(parties, this.pairs.incident[pair], reverse, pattern, nowUs);
    if (open) {
      this.attach(open, batch, k, pair, pattern, findings);
      return;
    }
    const key = evidenceKey(batch, k, pattern, this.ringKey);
    if (conclusive || this.rings.add(key.low, key.high, batch, k)) {
      this.open(batch, k, pair, pattern, conclusive ? finding.fact?.begun : this.rings.begun, findings);
      return;
    }
    batch.anomaly[k] = 1;
    this.anomalous++;
  }

  private open(
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    begun: Begun | undefined,
    findings: readonly Finding[],
  ): OpenIncident {
    const parties = partiesOf(batch, k, pattern, this.parties);
    const alone = patternOf(pattern).severity === 'notice' || patternOf(pattern).scope === 'segment';
    const notice = alone ? undefined : this.book.noticeOf(parties, this.pairs.incident[pair], batch.clockUs[k]);
    const open = notice ?? this.begin(batch, k, pattern, begun, false);
    this.attach(open, batch, k, pair, pattern, findings, begun);
    return open;
  }

  private attach(
    open: OpenIncident,
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    findings: readonly Finding[],
    begun?: Begun,
  ): void {
    this.writer.note(open, findings);
    const known = open.steps.find((one) => one.pattern === pattern);
    const step = known ?? this.writer.begin(batch, k, pattern, begun);
    if (!known) open.steps.push(step);
    this.take(open, step, batch, k, pair);
    if (known) this.tellGrowth(open);
    else this.tellOf(open);
  }

  private begin(
    batch: ScoredBatch,
    k: number,
    pattern: PatternName,
    begun: Begun | undefined,
    ofTarget: boolean,
  ): OpenIncident {
    const incident = this.writer.create(this.book.lastId + 1, batch, k, pattern, this.early, begun);
    const suppressed = this.allows?.(incident) ?? false;
    if (suppressed) this.suppressedIncidents++;
    this.book.lastId++;
    const nowUs = batch.clockUs[k];
    const firstUs = begun?.firstClockUs ?? nowUs;
    const parties = { ...partiesOf(batch, k, pattern, this.parties) };
    return this.book.add(incident, pattern, parties, suppressed, firstUs, nowUs, ofTarget);
  }

  /** Record k, of the pair, is evidence of the step. */
  private take(open: OpenIncident, step: OpenStep, batch: ScoredBatch, k: number, pair: number): void {
    this.book.wait(open, batch.clockUs[k]);
    // what the pair does from now on is part of it; of a flood of MACs each is part by one packet only
    if (open.pattern !== 'MAC flood') this.pairs.incident[pair] = open.incident.id;
    this.writer.evidence(open, step, batch, k, this.pairs.smoothed[pair]);
    if (patternOf(step.pattern).severity === 'notice') return;
    if (open.suppressed) {
      this.suppressedRecords++;
      return;
    }
    batch.anomaly[k] = 1;
    this.anomalous++;
  }

  /** A record that is no evidence counts towards the incident that its pair is part of. */
  count(batch: ScoredBatch, k: number, pair: number): void {
    const id = this.pairs.incident[pair];
    if (id === 0) return;
    const open = this.book.get(id);
    if (!open) {
      this.pairs.incident[pair] = 0;
      return;
    }
    if (open.incident.severity !== 'notice') batch.involved[k] = 1;
    if (isGoingOn(open, batch.clockUs[k])) this.writer.count(open, batch, k);
  }

  /** What is merely new about record k. */
  notice(batch: ScoredBatch, k: number, pair: number, news: PatternName): void {
    const nowUs = batch.clockUs[k];
    const parties = partiesOf(batch, k, news, this.parties);
    const explained = this.book.explained(parties, this.pairs.incident[pair], nowUs);
    if (explained) {
      this.pairs.incident[pair] = explained.incident.id;
      this.writer.count(explained, batch, k);
      return;
    }
    const key = evidenceKey(batch, k, news, this.ringKey);
    const before = this.book.noticed(key);
    if (before !== undefined) {
      const open = this.book.get(before);
      if (open) this.take(open, open.steps[0], batch, k, pair);
      return;
    }
    if (!this.rings.add(key.low, key.high, batch, k)) return;
    const similar = this.book.similarNotice(parties, news, nowUs);
    if (similar) this.attach(similar, batch, k, pair, news, NONE);
    this.book.remember(key, similar ?? this.open(batch, k, pair, news, this.rings.begun, NONE));
  }

  /** Tells that an incident was opened, is worse now, or has grown. */
  private tellOf(open: OpenIncident): void {
    if (open.incident.title === '') {
      this.tell('opened', open);
      return;
    }
    const before = headOf(open.incident);
    const worse = this.writer.rename(open);
    this.book.index(open);
    const renamed = headOf(open.incident) !== before;
    if (worse || renamed) this.tell('updated', open, worse, renamed);
    else this.tellGrowth(open);
  }

  private tellGrowth(open: OpenIncident): void {
    if (open.incident.anomalous < open.nextUpdate) return;
    open.nextUpdate *= 10;
    this.tell('updated', open);
  }

  private tell(type: DetectorEvent['type'], open: OpenIncident, worse = false, renamed = false): void {
    if (open.suppressed) return;
    this.writer.refresh(open);
    this.events.push({ type, incident: open.incident, ...(worse && { worse }), ...(renamed && { renamed }) });
  }
}

/** What it is and who does it to whom: a change of it is told. */
function headOf({ kind, initiator, responder, servicePort }: Incident): string {
  return `${kind} ${initiator} ${responder} ${servicePort}`;
}
