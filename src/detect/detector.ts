/**
 * From scored records to incidents. Knows nothing of engines or files: micro-batches come in, events go out, and each
 * record's smoothed score and verdict are written back into the batch. Memory is bounded whatever comes.
 */

import type { DetectorEvent } from './detector-event.js';
import type { DetectorOptions } from './detector-options.js';
import type { Budget } from './evidence/budget.js';
import { Evidence } from './evidence/evidence.js';
import type { Incident, Severity } from './incident.js';
import { Desk } from './incidents/desk.js';
import { IncidentWriter } from './incidents/writer.js';
import type { InputChange } from './input/change.js';
import { Minutes } from './input/minutes.js';
import { InputProfile } from './input/profile.js';
import { Judgeable, type Unjudged } from './judgeable.js';
import { Knowledge } from './knowledge.js';
import type { InputFacts, Unlisted } from './run-facts.js';
import { newsOf } from './score/news.js';
import { Pairs } from './score/pairs.js';
import { type ScoredBatch, TOP } from './score/scored-batch.js';
import { SETTINGS } from './settings.js';

const { SCORE_GRACE_S, WARM_UP_S } = SETTINGS;
const US = 1e6;

export class Detector {
  /** of the batch last processed */
  readonly events: readonly DetectorEvent[];
  private readonly pairs: Pairs;
  private readonly evidence: Evidence;
  private readonly writer: IncidentWriter;
  private readonly desk: Desk;
  private readonly judgeable = new Judgeable();
  private readonly minutes = new Minutes();
  private known: Knowledge;
  private input: InputProfile;
  private firstUs = -1;
  private nextTickUs = 0;
  /** of the record last judged, by the clock */
  private nowUs = 0;
  private withoutScore = 0;

  /** @throws TypeError where parts are wrong or do not belong together, AnomalyError BAD_MODEL where `options.state` is damaged */
  constructor(options: DetectorOptions) {
    const { schema, threshold, smoothing, sha1, newId, idOf } = options;
    this.known = new Knowledge(options);
    const { baseline, judge, explainer } = this.known;
    this.pairs = new Pairs(smoothing);
    this.input = new InputProfile(baseline, schema.kind);
    this.evidence = new Evidence(schema.kind, judge);
    this.writer = new IncidentWriter(explainer, threshold, { sha1, newId, idOf });
    this.desk = new Desk(this.pairs, this.writer, this.evidence, options.allows);
    this.events = this.desk.events;
  }

  /**
   * Goes on with what another training taught, between two batches: incidents, windows and everything counted stay as they
   * are, and what goes on is judged anew.
   * @param known of the same features and counts
   */
  adopt(known: Knowledge): void {
    const { schema, threshold, smoothing } = known.options;
    const before = this.input;
    this.known = known;
    this.pairs.adopt(smoothing);
    this.evidence.adopt(known.judge);
    this.writer.adopt(known.explainer, threshold);
    this.input = new InputProfile(known.baseline, schema.kind);
    this.input.continue(before, this.nowUs, this.desk.atUs);
  }

  /** of false alarms */
  get budget(): Budget {
    return this.known.budget;
  }

  /** ways in which the input became of another kind than the one that was learned, or is so no more, in the batch last processed */
  get inputEvents(): readonly InputChange[] {
    return this.input.events;
  }

  /** Records that were evidence of an alarm so far. */
  get anomalous(): number {
    return this.desk.anomalous;
  }

  /** Numbers of incidents go on after `number`; before the first record. */
  continueAfter(number: number): void {
    this.desk.lastId = number;
  }

  /** Incidents opened with this severity, or risen to it. */
  get raised(): Readonly<Record<Severity, number>> {
    return this.desk.raised;
  }

  /** Incidents, and their evidence, that were not told. */
  get suppressedRecords(): number {
    return this.desk.suppressedRecords;
  }

  get suppressedIncidents(): number {
    return this.desk.suppressedIncidents;
  }

  /** What was kept back, in order of opening; of more than 10 000 the least of what is closed is gone. */
  get suppressed(): readonly Incident[] {
    return this.desk.suppressed;
  }

  /** Clients, services and others that made room for others while they were counted. */
  get forgotten(): number {
    return this.evidence.forgotten;
  }

  /** Incidents that `incidents` does not have. */
  get unlisted(): Unlisted {
    return this.desk.unlisted;
  }

  /** Records that nothing was raised from so far. */
  get unjudged(): Unjudged {
    return this.judgeable;
  }

  /** Records that have no score, for a feature or the net came to no number: evidence alone judged them. */
  get unscored(): number {
    return this.withoutScore;
  }

  /** Whether the input is of the kind that was learned. */
  get inputFacts(): InputFacts {
    const { input, minutes } = this;
    const { records, dropped, perMinute } = this.known.baseline.state.input;
    return {
      changes: input.changes,
      beyond: input.beyond,
      doubted: input.doubted,
      perMinute: { learned: perMinute, came: minutes.median },
      ...(dropped !== undefined && { lossLearned: dropped / (records + dropped) }),
    };
  }

  /** All incidents told so far, in order of opening; of more than 10 000 the least of what is closed is gone. */
  get incidents(): readonly Incident[] {
    return this.desk.incidents;
  }

  /**
   * Judges a batch whose scores are set. Fills `smoothed`, `anomaly`, `reason`, and `events`.
   * @throws TypeError where the batch is of other features or counts
   */
  process(batch: ScoredBatch): void {
    const { schema, countNames } = this.known.options;
    if (batch.width !== schema.columns.length || batch.countWidth !== countNames.length) {
      throw new TypeError(`a batch of ${batch.width} features and ${batch.countWidth} counts is not this detector's`);
    }
    this.desk.events.length = this.input.events.length = 0;
    for (let k = 0; k < batch.count; k++) this.judge(batch, k);
  }

  /** Brings open incidents' reasons up to date, for a report while the run goes on; `grownOnly` is for who asks often. */
  refresh(grownOnly = false): void {
    this.desk.refresh(grownOnly);
  }

  /** Ends the run: incidents still open stay marked so, with their final reasons. */
  finish(): void {
    this.refresh();
  }

  private judge(batch: ScoredBatch, k: number): void {
    const nowUs = batch.clockUs[k];
    this.nowUs = nowUs;
    if (this.firstUs < 0) this.firstUs = nowUs;
    this.desk.atUs = batch.timestampUs[k];
    if (nowUs >= this.nextTickUs) {
      this.desk.tick(nowUs);
      this.nextTickUs = nowUs + US;
    }
    const { input, desk } = this;
    input.observe(batch, k);
    this.minutes.add(nowUs);
    // a score that is no evidence is none later either
    const scored = Number.isFinite(batch.score[k]);
    if (!scored) this.withoutScore++;
    const pair = this.pairs.observe(batch, k, scored && !input.withheld);
    this.evidence.observe(batch, k, input.oneSided);
    // unknown is not what the pair did before
    batch.smoothed[k] = scored ? this.pairs.smoothed[pair] : Number.NaN;
    batch.reason[k] = batch.topIndex[k * TOP];
    batch.anomaly[k] = batch.involved[k] = 0;
    const { rules } = this.known;
    const finding = rules.examine(batch, k, input);
    const nameless = batch.initiator.family[k] === 0 && batch.responder.family[k] === 0;
    desk.early = nowUs - this.firstUs < WARM_UP_S * US;
    if (!this.judgeable.observe(batch.timestampUs[k], nameless)) desk.count(batch, k, pair);
    else if (finding) desk.alarm(batch, k, pair, finding, rules.findings);
    else if (input.tunnel || !desk.judgeEvidence(batch, k, pair)) {
      if (input.withheld || !scored) desk.count(batch, k, pair);
      else this.judgeScore(batch, k, pair);
    }
  }

  private judgeScore(batch: ScoredBatch, k: number, pair: number): void {
    const { threshold } = this.known.options;
    const smoothed = this.pairs.smoothed[pair];
    const ripe = batch.clockUs[k] - this.firstUs >= SCORE_GRACE_S * US;
    if (smoothed > threshold && ripe) {
      const news = newsOf(this.known.baseline, batch, k);
      if (news !== undefined && news !== 'strangers') {
        this.desk.notice(batch, k, pair, news);
        return;
      }
    }
    this.desk.count(batch, k, pair);
  }
}
