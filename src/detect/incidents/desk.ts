/**
 * From what was found at a record to incidents: which one it belongs to, whether it is a new one, what is told. An incident
 * about what many do to one target takes only evidence of that, so that a flood hides nobody. What an allow-list expects is
 * asked finding by finding, and kept on a shelf of its own: nothing that is not expected gets there.
 */

import type { DetectorEvent } from '../detector-event.js';
import type { Entity } from '../evidence/entity.js';
import type { Alarm, Evidence } from '../evidence/evidence.js';
import { nameOf } from '../evidence/naming.js';
import { findingsOf } from '../evidence/reasons.js';
import { INITIATOR_FAMILY, windowUs } from '../evidence/statistics.js';
import type { Incident, Severity } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import type { Unlisted } from '../run-facts.js';
import type { Pairs } from '../score/pairs.js';
import type { ScoredBatch } from '../score/scored-batch.js';
import { isGoingOn, type Parties } from './book.js';
import { type About, type Allows, dealingOf } from './dealing.js';
import { type Begun, type Finding, headOf, noteEntry, type OpenIncident, type OpenStep } from './open-incident.js';
import { evidenceKey, partiesOf, type RingKey } from './ring-key.js';
import { IN_CROWD, Shelf } from './shelf.js';
import { addParty, stepOf } from './steps.js';
import type { IncidentWriter } from './writer.js';

const US = 1e6;
const NONE: readonly Finding[] = [];

export class Desk {
  readonly events: DetectorEvent[] = [];
  /** incidents told as opened with this severity, or as risen to it */
  readonly raised: Record<Severity, number> = { notice: 0, low: 0, medium: 0, high: 0 };
  anomalous = 0;
  suppressedRecords = 0;
  /** incidents kept back so far */
  suppressedIncidents = 0;
  /** the first minute is not over */
  early = false;
  /** µs since the epoch, of the record in work */
  atUs = 0;
  /** of the newest incident; numbers count from 1 */
  lastId = 0;
  private readonly told: Shelf;
  private readonly allowed: Shelf;
  /** those that records may belong to */
  private readonly shelves: readonly Shelf[];
  private readonly parties: Parties = { initiator: 0, responder: 0, service: 0 };
  private readonly ringKey: RingKey = { low: 0, high: 0 };

  constructor(
    private readonly pairs: Pairs,
    private readonly writer: IncidentWriter,
    private readonly evidence: Evidence,
    private readonly allows: Allows | undefined,
  ) {
    this.told = new Shelf(true, pairs, evidence, (open) => this.tell('closed', open));
    this.allowed = new Shelf(false, pairs, evidence, (open) => this.writer.refresh(open));
    this.shelves = allows ? [this.told, this.allowed] : [this.told];
  }

  get incidents(): readonly Incident[] {
    return this.told.book.kept;
  }

  get unlisted(): Unlisted {
    return this.told.unlisted;
  }

  /** Those that an allow-list kept back. */
  get suppressed(): readonly Incident[] {
    return this.allowed.book.kept;
  }

  /** Closes what was silent. */
  tick(nowUs: number): void {
    this.told.book.tick(nowUs);
    this.allowed.book.tick(nowUs);
  }

  /** Brings every open incident's reasons up to date, or those only that have grown. */
  refresh(grownOnly = false): void {
    for (const { book } of [this.told, this.allowed]) {
      for (const open of book.all()) {
        if (!grownOnly || open.freshAt !== open.incident.records) this.writer.refresh(open);
      }
    }
  }

  /** Where a finding belongs, and the entry that allows it. */
  private shelfOf(batch: ScoredBatch, k: number, pattern: PatternName, about?: About): [Shelf, string | undefined] {
    const entry = this.allows?.(dealingOf(batch, k, pattern, about), batch.timestampUs[k] / 1000);
    return [entry === undefined ? this.told : this.allowed, entry];
  }

  /** What no chance explains, and what goes on of what was raised; false where the record is of neither. */
  judgeEvidence(batch: ScoredBatch, k: number, pair: number): boolean {
    const { alarms, windows } = this.evidence;
    if (alarms.length > 0) {
      for (const alarm of alarms) this.raise(batch, k, pair, alarm);
      return true;
    }
    const { pair: own, initiator, zone, service } = windows.ledger;
    for (const shelf of this.shelves) {
      if (
        this.goesOn(shelf, batch, k, pair, own) ||
        this.goesOn(shelf, batch, k, pair, initiator) ||
        this.goesOn(shelf, batch, k, pair, zone) ||
        (service !== undefined && shelf.isPartOf(service, own, batch, k) && this.goesOn(shelf, batch, k, pair, service))
      )
        return true;
    }
    return false;
  }

  /** Takes a record of an entity whose incident is open as evidence of it. */
  private goesOn(shelf: Shelf, batch: ScoredBatch, k: number, pair: number, entity: Entity | undefined): boolean {
    const open = shelf.of(entity);
    if (!open) return false;
    const step = open.steps.find((one) => one.entity === entity) ?? open.steps[0];
    this.take(shelf, open, step, batch, k, pair);
    if (shelf.told) this.tellGrowth(open);
    return true;
  }

  private raise(batch: ScoredBatch, k: number, pair: number, alarm: Alarm): void {
    const { entity, startUs, strength, p, ofMany } = alarm;
    const { severalPorts } = entity;
    const nowUs = batch.clockUs[k];
    const pattern = nameOf(alarm);
    const begun = {
      firstUs: batch.timestampUs[k] - (nowUs - startUs),
      firstClockUs: startUs,
      frames: alarm.frames.filter((frame) => frame !== batch.frame[k]),
    };
    const [shelf, entry] = this.shelfOf(batch, k, pattern, { severalPorts, ofMany });
    const booked = shelf.bookedFor(batch, k, pair, alarm, pattern);
    const initiator = batch.initiator.key(k);
    if (!booked && !shelf.admits(initiator, pattern, strength, nowUs)) {
      if (!shelf.isInCrowd(entity)) this.addToCrowd(shelf, pattern);
      shelf.assign(entity, IN_CROWD);
      this.flag(shelf, batch, k);
      return;
    }
    const open = booked ?? this.begin(shelf, batch, k, pattern, begun, ofMany);
    open.trail.add(batch, k, pattern, { severalPorts, ofMany });
    noteEntry(open, entry);
    const wide = entity.family === INITIATOR_FAMILY;
    const origin = { entity, windowUs: startUs, nats: strength, severalPorts, wide };
    const step = stepOf(open, alarm, pattern, () => this.writer.begin(batch, k, pattern, begun, origin));
    this.writer.noteEvidence(step, findingsOf(alarm, step.pattern, step.findings));
    // of a load every client of the window takes part, not only the one whose record told
    if (ofMany) for (const client of entity.seen?.keys() ?? []) addParty(step.initiators, client);
    open.silenceS = Math.max(open.silenceS, windowUs(alarm.scale) / US);
    open.incident.p = Math.min(open.incident.p ?? 1, p);
    shelf.assign(entity, open.incident.id);
    this.take(shelf, open, step, batch, k, pair);
    this.tellOf(shelf, open);
  }

  /** What a rule found at record k. */
  alarm(batch: ScoredBatch, k: number, pair: number, finding: Finding, findings: readonly Finding[]): void {
    const { pattern, conclusive = false } = finding;
    const nowUs = batch.clockUs[k];
    const parties = partiesOf(batch, k, pattern, this.parties);
    const reverse = this.pairs.incidentOfReverse(batch, k);
    const [shelf, entry] = this.shelfOf(batch, k, pattern);
    const { book, rings } = shelf;
    const open = book.find(parties, this.pairs.incident[pair], reverse, pattern, nowUs);
    if (open) {
      this.attach(shelf, open, batch, k, pair, pattern, findings, entry);
      return;
    }
    const key = evidenceKey(batch, k, pattern, this.ringKey);
    if (conclusive || rings.add(key.low, key.high, batch, k)) {
      const begun = conclusive ? finding.fact?.begun : rings.begun;
      if (this.open(shelf, batch, k, pair, pattern, begun, findings, entry)) return;
    }
    this.flag(shelf, batch, k);
  }

  /** Undefined: it is counted only, as one of a crowd. */
  private open(
    shelf: Shelf,
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    begun: Begun | undefined,
    findings: readonly Finding[],
    entry: string | undefined,
  ): OpenIncident | undefined {
    const parties = partiesOf(batch, k, pattern, this.parties);
    const alone = patternOf(pattern).severity === 'notice' || patternOf(pattern).scope === 'segment';
    const notice = alone ? undefined : shelf.book.noticeOf(parties, this.pairs.incident[pair], batch.clockUs[k]);
    if (!notice && !shelf.admits(parties.initiator, pattern, Number.POSITIVE_INFINITY, batch.clockUs[k])) {
      this.addToCrowd(shelf, pattern);
      return undefined;
    }
    const open = notice ?? this.begin(shelf, batch, k, pattern, begun, false);
    this.attach(shelf, open, batch, k, pair, pattern, findings, entry, begun);
    return open;
  }

  private attach(
    shelf: Shelf,
    open: OpenIncident,
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    findings: readonly Finding[],
    entry: string | undefined,
    begun?: Begun,
  ): void {
    open.trail.add(batch, k, pattern);
    noteEntry(open, entry);
    this.writer.note(open, findings);
    const known = open.steps.find((one) => one.pattern === pattern);
    const step = known ?? this.writer.begin(batch, k, pattern, begun);
    if (!known) open.steps.push(step);
    this.take(shelf, open, step, batch, k, pair);
    if (!known) this.tellOf(shelf, open);
    else if (shelf.told) this.tellGrowth(open);
  }

  private begin(
    { told, book }: Shelf,
    batch: ScoredBatch,
    k: number,
    pattern: PatternName,
    begun: Begun | undefined,
    ofTarget: boolean,
  ): OpenIncident {
    const incident = this.writer.create(++this.lastId, batch, k, pattern, this.early, begun);
    if (!told) this.suppressedIncidents++;
    const nowUs = batch.clockUs[k];
    const firstUs = begun?.firstClockUs ?? nowUs;
    const parties = { ...partiesOf(batch, k, pattern, this.parties) };
    return book.add(incident, pattern, parties, firstUs, nowUs, ofTarget);
  }

  private addToCrowd({ told, crowd }: Shelf, kind: PatternName): void {
    crowd.count(kind);
    if (!told) this.suppressedIncidents++;
  }

  /** Record k, of the pair, is evidence of the step. */
  private take(shelf: Shelf, open: OpenIncident, step: OpenStep, batch: ScoredBatch, k: number, pair: number): void {
    shelf.book.wait(open, batch.clockUs[k]);
    // what the pair does from now on is part of it; of a flood of MACs each is part by one packet only
    const free = shelf.told || !this.told.book.get(this.pairs.incident[pair]);
    if (open.pattern !== 'MAC flood' && free) this.pairs.incident[pair] = open.incident.id;
    this.writer.evidence(open, step, batch, k, this.pairs.smoothed[pair]);
    if (patternOf(step.pattern).severity !== 'notice') this.flag(shelf, batch, k);
  }

  private flag({ told }: Shelf, batch: ScoredBatch, k: number): void {
    if (!told) {
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
    const open = this.told.book.get(id) ?? this.allowed.book.get(id);
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
    const incident = this.pairs.incident[pair];
    const explained =
      this.told.book.explained(parties, incident, nowUs) ?? this.allowed.book.explained(parties, incident, nowUs);
    if (explained) {
      this.pairs.incident[pair] = explained.incident.id;
      this.writer.count(explained, batch, k);
      return;
    }
    const [shelf, entry] = this.shelfOf(batch, k, news);
    const { book, rings } = shelf;
    const key = evidenceKey(batch, k, news, this.ringKey);
    const before = book.noticed(key);
    if (before !== undefined) {
      const open = book.get(before);
      if (open) this.take(shelf, open, open.steps[0], batch, k, pair);
      return;
    }
    if (!rings.add(key.low, key.high, batch, k)) return;
    const similar = book.similarNotice(parties, news, nowUs);
    if (similar) this.attach(shelf, similar, batch, k, pair, news, NONE, entry);
    const open = similar ?? this.open(shelf, batch, k, pair, news, rings.begun, NONE, entry);
    book.remember(key, open?.incident.id ?? IN_CROWD);
  }

  /** Tells that an incident was opened, is worse now, is something else, or has grown. */
  private tellOf({ told, book }: Shelf, open: OpenIncident): void {
    if (open.incident.title === '') {
      if (told) this.tell('opened', open);
      else this.writer.refresh(open);
      return;
    }
    const before = headOf(open.incident);
    const worse = this.writer.rename(open);
    book.index(open);
    const renamed = headOf(open.incident) !== before;
    if (!told) return;
    if (worse || renamed) this.tell('updated', open, worse, renamed);
    else this.tellGrowth(open);
  }

  private tellGrowth(open: OpenIncident): void {
    if (open.incident.anomalous < open.nextUpdate) return;
    open.nextUpdate *= 10;
    this.tell('updated', open);
  }

  private tell(type: DetectorEvent['type'], open: OpenIncident, worse = false, renamed = false): void {
    this.writer.refresh(open);
    open.toldAs = open.incident.severity;
    if (type === 'opened' || worse) this.raised[open.toldAs]++;
    this.events.push({
      type,
      incident: structuredClone(open.incident),
      atUs: this.atUs,
      ...(worse && { worse }),
      ...(renamed && { renamed }),
    });
  }
}
