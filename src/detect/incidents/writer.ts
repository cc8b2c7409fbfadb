/** Writes what is known about an incident into its plain data: evidence, worst record, reasons, severity, title. */
import type { DetectorOptions } from '../detector-options.js';
import type { EndpointColumn } from '../feature-batch.js';
import { type Incident, SEVERITIES } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import { type ScoredBatch, TOP } from '../score/scored-batch.js';
import { SETTINGS } from '../settings.js';
import { isBySender, sides } from './dealing.js';
import type { Explainer } from './explain.js';
import { strength } from './explain.js';
import type { Begun, Finding, OpenIncident, OpenStep, Place } from './open-incident.js';
import { addParty, endsOf, framesOf, isVague, storyOf, worstOf } from './steps.js';
import { titleOf } from './titles.js';

const { FORMER_MACS, FRAMES, MOVED, OTHERS, UIDS } = SETTINGS;
/** A finding this far over its normal makes its incident one step worse, and a score this far over the threshold, too. */
const FAR_OVER = 20;

export class IncidentWriter {
  /** parties known of each open incident, by key */
  private readonly known = new Map<number, Set<number>>();

  constructor(
    private explainer: Explainer,
    private threshold: number,
    private readonly from: Pick<DetectorOptions, 'sha1' | 'newId' | 'idOf'>,
  ) {}

  /** Another training's words for what is unusual, and its threshold. */
  adopt(explainer: Explainer, threshold: number): void {
    this.explainer = explainer;
    this.threshold = threshold;
  }

  /** @param begun where the evidence began, when it was gathered record by record */
  create(
    id: number,
    batch: ScoredBatch,
    k: number,
    pattern: PatternName,
    lowConfidence: boolean,
    begun: Begun | undefined,
  ): Incident {
    const nowUs = batch.timestampUs[k];
    const { severity } = patternOf(pattern);
    const notice = severity === 'notice';
    const ends = endsOf(batch, k, this.from.sha1);
    const parties = isBySender(pattern) ? { ...ends, ...sides(batch, k) } : ends;
    return {
      id,
      uuid: this.from.newId(nowUs / 1000),
      kind: pattern,
      severity,
      title: '',
      firstUs: begun ? begun.firstUs : nowUs,
      openedUs: nowUs,
      alarmUs: notice ? -1 : nowUs,
      lastUs: nowUs,
      closed: false,
      records: begun?.frames.length ?? 0,
      anomalous: begun?.frames.length ?? 0,
      bytes: 0,
      ...parties,
      others: [],
      uids: [],
      allow: [],
      peakScore: 0,
      threshold: this.threshold,
      frames: begun ? [...begun.frames] : [],
      reasons: [],
      lowConfidence,
    };
  }

  /** A record of the incident that is no evidence itself. */
  count({ incident }: OpenIncident, batch: ScoredBatch, k: number): void {
    incident.records++;
    incident.bytes += batch.bytes[k];
  }

  /** A record that is evidence, of the step. `smoothed`: its pair's score. */
  evidence(open: OpenIncident, step: OpenStep, batch: ScoredBatch, k: number, smoothed: number): void {
    const { incident } = open;
    this.count(open, batch, k);
    incident.anomalous++;
    incident.lastUs = batch.timestampUs[k];
    open.lastEvidenceUs = batch.clockUs[k];
    step.lastUs = batch.timestampUs[k];
    step.evidence++;
    if (step.frames.length < FRAMES) step.frames.push(batch.frame[k]);
    this.addUid(step, batch.frame[k]);
    if (smoothed > incident.peakScore || incident.anomalous === 1) {
      incident.peakScore = smoothed;
      for (let i = 0; i < TOP; i++) {
        const column = batch.topIndex[k * TOP + i];
        open.topIndex[i] = column;
        open.topTerm[i] = batch.topTerm[k * TOP + i];
        open.topValue[i] = batch.rows[k * batch.width + column];
      }
    }
    addParty(step.initiators, batch.initiator.key(k));
    addParty(step.responders, batch.responder.key(k));
    this.addOther(incident, batch.initiator, k);
    this.addOther(incident, batch.responder, k);
  }

  /** Remembers the other parties: other responders of the same initiator, and other initiators. */
  private addOther(incident: Incident, end: EndpointColumn, k: number): void {
    if (incident.others.length >= OTHERS) return;
    const known = this.known.get(incident.id) ?? new Set();
    if (known.size === 0) this.known.set(incident.id, known);
    if (!addParty(known, end.key(k))) return;
    const text = end.text(k);
    if (text !== incident.initiator && text !== incident.responder) incident.others.push(text);
  }

  private addUid({ uids }: OpenStep, frame: number): void {
    const uid = uids.size < UIDS ? this.from.idOf?.(frame) : undefined;
    if (uid) uids.add(uid);
  }

  /** A step that begins with record k, and with the frames that led to it. */
  begin(batch: ScoredBatch, k: number, pattern: PatternName, begun: Begun | undefined, from?: StepOrigin): OpenStep {
    const nowUs = batch.timestampUs[k];
    const step: OpenStep = {
      pattern,
      ends: endsOf(batch, k, this.from.sha1),
      severalPorts: from?.severalPorts ?? false,
      wide: from?.wide ?? false,
      firstUs: begun?.firstUs ?? nowUs,
      lastUs: nowUs,
      evidence: begun?.frames.length ?? 0,
      frames: begun ? [...begun.frames] : [],
      uids: new Set(),
      nats: from?.nats ?? 0,
      entity: from?.entity ?? this,
      windowUs: from?.windowUs ?? 0,
      findings: new Map(),
      initiators: new Set(),
      responders: new Set(),
    };
    for (const frame of step.frames) this.addUid(step, frame);
    return step;
  }

  /** Makes the step the one that names the incident: its ends are the incident's. */
  private show({ incident }: OpenIncident, { ends }: OpenStep): void {
    const before = [incident.initiator, incident.responder];
    Object.assign(incident, ends);
    const { initiator, responder, others } = incident;
    for (const one of [initiator, responder]) if (others.includes(one)) others.splice(others.indexOf(one), 1);
    for (const one of before) {
      if (one !== initiator && one !== responder && !others.includes(one) && others.length < OTHERS) others.push(one);
    }
  }

  /** Keeps the highest value of each rule that fired. */
  note(open: OpenIncident, findings: readonly Finding[]): void {
    for (const finding of findings) {
      keep(open.findings, finding);
      if (finding.place?.former) this.noteMoved(open, finding.place, finding.name === 'mac_conflicts');
    }
  }

  /** Keeps the strongest of each statistic. */
  noteEvidence(step: OpenStep, findings: readonly Finding[]): void {
    for (const finding of findings) keep(step.findings, finding);
  }

  /** An address at another MAC address. That its own was silent is no longer true once it speaks. */
  private noteMoved({ incident, findings }: OpenIncident, place: Place, conflict: boolean): void {
    const { address, mac: to, former, router, present } = place;
    if (conflict && findings.get('mac_changes')?.place?.address === address) findings.delete('mac_changes');
    incident.moved ??= [];
    const known = incident.moved.find((moved) => moved.address === address && moved.to === to);
    if (!known) {
      if (incident.moved.length < MOVED)
        incident.moved.push({ address, from: [former], to, router, conflict, present });
      return;
    }
    known.conflict ||= conflict;
    known.present ||= present;
    if (!known.from.includes(former) && known.from.length < FORMER_MACS) known.from.push(former);
  }

  /** Names the incident by its step of the highest rank; true where it is worse now than it was told to be. */
  rename(open: OpenIncident): boolean {
    const { incident } = open;
    const before = open.toldAs ?? incident.severity;
    const worst = worstOf(open.steps);
    if (worst && worst.pattern !== open.pattern) {
      open.pattern = worst.pattern;
      if (patternOf(worst.pattern).scope !== 'segment') this.show(open, worst);
    }
    this.refresh(open);
    if (before === 'notice' && incident.severity !== 'notice') incident.alarmUs = incident.lastUs;
    return SEVERITIES.indexOf(incident.severity) > SEVERITIES.indexOf(before);
  }

  /** Brings severity, title, reasons and technique up to date. */
  refresh(open: OpenIncident): void {
    const { incident } = open;
    open.freshAt = incident.records;
    const pattern = patternOf(open.pattern);
    const steps = open.steps.filter((step) => !isVague(step.pattern));
    let level = SEVERITIES.indexOf(pattern.severity);
    if (level > 0 && !pattern.steady) {
      const findings = [...open.findings.values(), ...open.steps.flatMap((step) => [...step.findings.values()])];
      const worst = Math.max(0, ...findings.filter(({ nats }) => nats === undefined).map(strength));
      const families = new Set(steps.map((step) => patternOf(step.pattern).family));
      if (worst > FAR_OVER || findings.some(({ certain }) => certain) || families.size > 1) level++;
    }
    incident.severity = SEVERITIES[Math.min(level, SEVERITIES.length - 1)];
    incident.kind = open.pattern;
    if (steps.length > 1) incident.steps = storyOf(steps);
    incident.frames = framesOf(open.steps);
    incident.uids = [...new Set(open.steps.flatMap(({ uids }) => [...uids]))].slice(0, UIDS);
    incident.title = titleOf(
      open.pattern,
      incident,
      open.steps.find(({ pattern: name }) => name === open.pattern),
      open.findings.get('odd_flags')?.fact?.flags,
    );
    incident.reasons = this.explainer.reasons(open);
    incident.allow = open.trail.entries();
    if (pattern.technique) incident.technique = pattern.technique;
    if (incident.closed) this.known.delete(incident.id);
  }
}

/** What a step is about. */
interface StepOrigin {
  readonly entity: object;
  readonly windowUs: number;
  readonly nats: number;
  readonly severalPorts: boolean;
  readonly wide: boolean;
}

function keep(findings: Map<string, Finding>, finding: Finding): void {
  const before = findings.get(finding.name);
  if (!before || finding.value > before.value) findings.set(finding.name, finding);
}
