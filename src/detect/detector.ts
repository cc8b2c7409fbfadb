/**
 * From scored records to incidents. Knows nothing of engines or files: micro-batches come in, events go out, and each
 * record's smoothed score and verdict are written back into the batch. Memory is bounded whatever comes.
 */
import type { DetectorOptions } from './detector-options.js';
import type { Budget } from './evidence/budget.js';
import { type Alarm, Evidence } from './evidence/evidence.js';
import { nameOf } from './evidence/naming.js';
import { findingsOf } from './evidence/reasons.js';
import { evidenceFrom } from './evidence/state.js';
import { windowUs } from './evidence/statistics.js';
import type { Incident } from './incident.js';
import { IncidentBook, isGoingOn, type Parties } from './incidents/book.js';
import { type Begun, EvidenceRings } from './incidents/evidence.js';
import { Explainer } from './incidents/explain.js';
import type { Finding, OpenIncident } from './incidents/open-incident.js';
import { evidenceKey, partiesOf, type RingKey } from './incidents/ring-key.js';
import { IncidentWriter } from './incidents/writer.js';
import type { InputChange } from './input/change.js';
import { Minutes } from './input/minutes.js';
import { InputProfile } from './input/profile.js';
import { Judgeable, type Unjudged } from './judgeable.js';
import { requireParts } from './parts.js';
import { Baseline } from './rules/baseline.js';
import { type PatternName, patternOf } from './rules/patterns.js';
import { Rules } from './rules/rules.js';
import type { InputFacts } from './run-facts.js';
import { newsOf } from './score/news.js';
import { Pairs } from './score/pairs.js';
import { type ScoredBatch, TOP } from './score/scored-batch.js';
import { SETTINGS } from './settings.js';

const { SCORE_GRACE_S, WARM_UP_S } = SETTINGS;
const US = 1e6;
const NONE: readonly Finding[] = [];

export interface DetectorEvent {
  /** `updated`: grown tenfold, or worse than it was told to be */
  readonly type: 'opened' | 'updated' | 'closed';
  readonly incident: Incident;
}

export class Detector {
  /** of the batch last processed */
  readonly events: DetectorEvent[] = [];
  /** ways in which the input became of another kind than the one that was learned, or is so no more, in the batch last processed */
  readonly inputEvents: readonly InputChange[];
  /** records that were evidence of an alarm so far, and incidents and their evidence that were not told */
  anomalous = 0;
  suppressedRecords = 0;
  suppressedIncidents = 0;
  /** of false alarms */
  readonly budget: Budget;
  private readonly baseline: Baseline;
  private readonly pairs: Pairs;
  private readonly rings = new EvidenceRings();
  private readonly evidence: Evidence;
  private readonly rules: Rules;
  private readonly book: IncidentBook;
  private readonly writer: IncidentWriter;
  private readonly parties: Parties = { initiator: 0, responder: 0, service: 0 };
  private readonly ringKey: RingKey = { low: 0, high: 0 };
  private readonly judgeable = new Judgeable();
  private readonly input: InputProfile;
  private readonly minutes = new Minutes();
  private firstUs = -1;
  private nextTickUs = 0;

  /** @throws TypeError where parts are wrong or do not belong together, AnomalyError BAD_MODEL where `options.state` is damaged */
  constructor(private readonly options: DetectorOptions) {
    const { schema, countNames, reference, threshold, state, sha1 } = options;
    requireParts(options);
    this.pairs = new Pairs(options.smoothing);
    this.baseline = Baseline.from(state, countNames.length);
    this.input = new InputProfile(this.baseline, schema.kind);
    this.inputEvents = this.input.events;
    const learned = evidenceFrom((state as { evidence?: unknown }).evidence);
    const { alertsPerDay = learned.alertsPerDay } = options;
    this.budget = { alertsPerDay, trainingS: learned.strata.trainingS };
    const isOpen = (id: number): boolean => this.book.get(id) !== undefined;
    this.evidence = new Evidence(schema.kind, learned, alertsPerDay, isOpen);
    this.rules = new Rules(this.baseline);
    this.writer = new IncidentWriter(new Explainer(schema.columns, reference), threshold, sha1);
    this.book = new IncidentBook((open) => {
      this.writer.refresh(open);
      this.tell('closed', open);
    });
  }

  /** Records that nothing was raised from so far. */
  get unjudged(): Unjudged {
    return this.judgeable;
  }

  /** Whether the input is of the kind that was learned. */
  get inputFacts(): InputFacts {
    const { input, minutes } = this;
    const { records, dropped, perMinute } = this.baseline.state.input;
    return {
      changes: input.changes,
      beyond: input.beyond,
      doubted: input.doubted,
      perMinute: { learned: perMinute, came: minutes.median },
      ...(dropped !== undefined && { lossLearned: dropped / (records + dropped) }),
    };
  }

  /** All incidents told so far, in order of opening; of more than 10 000 the oldest closed ones are gone. */
  get incidents(): readonly Incident[] {
    return this.book.kept;
  }

  /**
   * Judges a batch whose scores are set. Fills `smoothed`, `anomaly`, `reason`, and `events`.
   * @throws TypeError where the batch is of other features or counts
   */
  process(batch: ScoredBatch): void {
    const { schema, countNames } = this.options;
    if (batch.width !== schema.columns.length || batch.countWidth !== countNames.length) {
      throw new TypeError(`a batch of ${batch.width} features and ${batch.countWidth} counts is not this detector's`);
    }
    this.events.length = this.input.events.length = 0;
    for (let k = 0; k < batch.count; k++) this.judge(batch, k);
  }

  /** Brings every open incident's reasons up to date, for a report while the run goes on. */
  refresh(): void {
    for (const open of this.book.all()) this.writer.refresh(open);
  }

  /** Ends the run: incidents still open stay marked so, with their final reasons. */
  finish(): void {
    this.refresh();
  }

  private judge(batch: ScoredBatch, k: number): void {
    const nowUs = batch.clockUs[k];
    if (this.firstUs < 0) this.firstUs = nowUs;
    if (nowUs >= this.nextTickUs) {
      this.book.tick(nowUs);
      this.nextTickUs = nowUs + US;
    }
    const { input } = this;
    input.observe(batch, k);
    this.minutes.add(nowUs);
    // a score that is no evidence is none later either
    const pair = this.pairs.observe(batch, k, !input.withheld);
    this.evidence.observe(batch, k, input.oneSided);
    batch.smoothed[k] = this.pairs.smoothed[pair];
    batch.reason[k] = batch.topIndex[k * TOP];
    batch.anomaly[k] = 0;
    const finding = this.rules.examine(batch, k, input);
    const nameless = batch.initiator.family[k] === 0 && batch.responder.family[k] === 0;
    if (!this.judgeable.observe(batch.timestampUs[k], nameless)) this.count(batch, k, pair);
    else if (finding) this.alarm(batch, k, pair, finding.pattern, finding);
    else if (input.tunnel || !this.judgeEvidence(batch, k, pair)) {
      if (input.withheld) this.count(batch, k, pair);
      else this.judgeScore(batch, k, pair);
    }
  }

  /** What no chance explains, and what goes on of what was raised; false where the record is of neither. */
  private judgeEvidence(batch: ScoredBatch, k: number, pair: number): boolean {
    const { alarms, windows } = this.evidence;
    const { ledger } = windows;
    for (const alarm of alarms) this.raise(batch, k, pair, alarm);
    if (alarms.length > 0) return true;
    for (const entity of [ledger.pair, ledger.initiator, ledger.service, ledger.zone]) {
      if (entity === undefined || entity.incident === 0) continue;
      const open = this.book.get(entity.incident);
      if (!open) continue;
      this.join(pair, open);
      this.writer.evidence(open, batch, k, this.pairs.smoothed[pair]);
      this.flag(batch, k, open);
      if (open.incident.anomalous >= open.nextUpdate) {
        open.nextUpdate *= 10;
        this.tell('updated', open);
      }
      return true;
    }
    return false;
  }

  private flag(batch: ScoredBatch, k: number, open: OpenIncident): void {
    if (open.suppressed) {
      this.suppressedRecords++;
      return;
    }
    batch.anomaly[k] = 1;
    this.anomalous++;
  }

  private raise(batch: ScoredBatch, k: number, pair: number, alarm: Alarm): void {
    const nowUs = batch.clockUs[k];
    const pattern = nameOf(alarm, batch.protocol[k]);
    const findings = findingsOf(alarm, pattern);
    const parties = partiesOf(batch, k, this.parties);
    const reverse = this.pairs.incidentOfReverse(batch, k);
    let open = this.book.find(parties, this.pairs.incident[pair], reverse, pattern, nowUs);
    if (!open && pattern === 'ARP sweep') open = this.book.sweepGoingOn(nowUs);
    if (open) this.attach(open, batch, k, pair, pattern, findings);
    else {
      const firstUs = batch.timestampUs[k] - (nowUs - alarm.startUs);
      // the record in work is written like those to come
      const frames = alarm.frames.filter((frame) => frame !== batch.frame[k]);
      const begun = { firstUs, firstClockUs: alarm.startUs, frames };
      open = this.open(batch, k, pair, pattern, begun, findings);
    }
    alarm.entity.incident = open.incident.id;
    open.silenceS = Math.max(open.silenceS, windowUs(alarm.scale) / US);
    this.flag(batch, k, open);
  }

  private judgeScore(batch: ScoredBatch, k: number, pair: number): void {
    const { threshold } = this.options;
    const smoothed = this.pairs.smoothed[pair];
    const ripe = batch.clockUs[k] - this.firstUs >= SCORE_GRACE_S * US;
    if (smoothed > threshold && ripe) {
      const news = newsOf(this.baseline, batch, k);
      if (news !== undefined && news !== 'strangers') {
        this.notice(batch, k, pair, news);
        return;
      }
    }
    this.count(batch, k, pair);
  }

  /** A record that is no evidence counts towards the incident that its pair is part of. */
  private count(batch: ScoredBatch, k: number, pair: number): void {
    const id = this.pairs.incident[pair];
    if (id === 0) return;
    const open = this.book.get(id);
    if (!open) this.pairs.incident[pair] = 0;
    else if (isGoingOn(open, batch.clockUs[k])) this.writer.count(open, batch, k);
  }

  private alarm(batch: ScoredBatch, k: number, pair: number, pattern: PatternName, finding?: Finding): void {
    const nowUs = batch.clockUs[k];
    const parties = partiesOf(batch, k, this.parties);
    const reverse = this.pairs.incidentOfReverse(batch, k);
    let open = this.book.find(parties, this.pairs.incident[pair], reverse, pattern, nowUs);
    if (!open && pattern === 'ARP sweep') open = this.book.sweepGoingOn(nowUs);
    const findings = finding ? this.rules.findings : NONE;
    if (open) {
      this.attach(open, batch, k, pair, pattern, findings);
    } else {
      const key = evidenceKey(batch, k, pattern, this.ringKey);
      const conclusive = finding?.conclusive ?? false;
      if (conclusive || this.rings.add(key.low, key.high, batch, k)) {
        open = this.open(batch, k, pair, pattern, conclusive ? undefined : this.rings.begun, findings);
      }
    }
    if (open) this.flag(batch, k, open);
    else {
      batch.anomaly[k] = 1;
      this.anomalous++;
    }
  }

  private attach(
    open: OpenIncident,
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    findings: readonly Finding[],
  ): void {
    this.writer.note(open, findings);
    this.join(pair, open);
    this.writer.evidence(open, batch, k, this.pairs.smoothed[pair]);
    if (patternOf(pattern).rank > patternOf(open.pattern).rank) {
      const worse = this.writer.upgrade(open, pattern);
      this.book.index(open);
      if (worse) this.tell('updated', open);
    } else if (open.incident.anomalous >= open.nextUpdate) {
      open.nextUpdate *= 10;
      this.tell('updated', open);
    }
  }

  /** What the pair does from now on is part of the incident. Of a flood of MACs each is part by one packet only. */
  private join(pair: number, open: OpenIncident): void {
    if (open.pattern !== 'MAC flood') this.pairs.incident[pair] = open.incident.id;
  }

  private open(
    batch: ScoredBatch,
    k: number,
    pair: number,
    pattern: PatternName,
    begun: Begun | undefined,
    findings: readonly Finding[],
  ): OpenIncident {
    const parties = partiesOf(batch, k, this.parties);
    const notice =
      patternOf(pattern).severity === 'notice' || patternOf(pattern).scope === 'segment'
        ? undefined
        : this.book.noticeOf(parties, this.pairs.incident[pair], batch.clockUs[k]);
    if (notice) {
      this.attach(notice, batch, k, pair, pattern, findings);
      return notice;
    }
    const lowConfidence = batch.clockUs[k] - this.firstUs < WARM_UP_S * US;
    const incident = this.writer.create(this.book.lastId + 1, batch, k, pattern, lowConfidence, begun);
    const suppressed = this.options.allows?.(incident) ?? false;
    if (suppressed) this.suppressedIncidents++;
    this.book.lastId++;
    const nowUs = batch.clockUs[k];
    const firstUs = begun?.firstClockUs ?? nowUs;
    const open = this.book.add(incident, pattern, { ...parties }, suppressed, firstUs, nowUs);
    this.join(pair, open);
    this.writer.note(open, findings);
    this.writer.evidence(open, batch, k, this.pairs.smoothed[pair]);
    this.tell('opened', open);
    return open;
  }

  private notice(batch: ScoredBatch, k: number, pair: number, news: PatternName): void {
    const nowUs = batch.clockUs[k];
    const parties = partiesOf(batch, k, this.parties);
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
      if (open) {
        this.pairs.incident[pair] = open.incident.id;
        this.writer.evidence(open, batch, k, this.pairs.smoothed[pair]);
      }
      return;
    }
    if (!this.rings.add(key.low, key.high, batch, k)) return;
    const similar = this.book.similarNotice(parties, news, nowUs);
    const open = similar ?? this.open(batch, k, pair, news, this.rings.begun, NONE);
    if (similar) this.attach(similar, batch, k, pair, news, NONE);
    this.book.remember(key, open);
  }

  private tell(type: DetectorEvent['type'], open: OpenIncident): void {
    if (open.suppressed) return;
    this.writer.refresh(open);
    this.events.push({ type, incident: open.incident });
  }
}
