/** Writes what is known about an incident into its plain data: evidence, worst record, reasons, severity, title. */
import { type Incident, SEVERITIES } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import { type ScoredBatch, TOP } from '../score/scored-batch.js';
import { SETTINGS } from '../settings.js';
import { communityId, type Sha1 } from './community-id.js';
import type { Begun } from './evidence.js';
import type { Explainer } from './explain.js';
import { strength } from './explain.js';
import type { Finding, OpenIncident, Place } from './open-incident.js';
import { protocolName } from './protocol-name.js';
import { titleOf } from './titles.js';

const { FORMER_MACS, FRAMES, MOVED, OTHERS } = SETTINGS;
/** A finding this far over its normal makes its incident one step worse, and a score this far over the threshold, too. */
const FAR_OVER = 20;

export class IncidentWriter {
  private readonly others = new Map<number, Set<string>>();

  constructor(
    private readonly explainer: Explainer,
    private readonly threshold: number,
    private readonly sha1: Sha1,
  ) {}

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
    const { severity, scope } = patternOf(pattern);
    const notice = severity === 'notice';
    const parties = scope === 'segment' ? sides(batch, k) : ends(batch, k);
    return {
      id,
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
      protocol: protocolName(batch.protocol[k]),
      protocolNumber: batch.protocol[k],
      communityId: communityId(this.sha1, batch.protocol[k], flowEnd(batch, k, true), flowEnd(batch, k, false)),
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

  /** A record that is evidence. `smoothed`: its pair's score. */
  evidence(open: OpenIncident, batch: ScoredBatch, k: number, smoothed: number): void {
    const { incident } = open;
    this.count(open, batch, k);
    incident.anomalous++;
    incident.lastUs = batch.timestampUs[k];
    open.lastEvidenceUs = batch.clockUs[k];
    if (incident.frames.length < FRAMES) incident.frames.push(batch.frame[k]);
    if (smoothed > incident.peakScore || incident.anomalous === 1) {
      incident.peakScore = smoothed;
      for (let i = 0; i < TOP; i++) {
        const column = batch.topIndex[k * TOP + i];
        open.topIndex[i] = column;
        open.topTerm[i] = batch.topTerm[k * TOP + i];
        open.topValue[i] = batch.rows[k * batch.width + column];
      }
    }
    this.addOther(incident, batch, k);
  }

  /** Remembers the other parties: other responders of the same initiator, and other initiators. */
  private addOther(incident: Incident, batch: ScoredBatch, k: number): void {
    if (incident.others.length >= OTHERS) return;
    let known = this.others.get(incident.id);
    if (!known) {
      known = new Set([incident.initiator, incident.responder]);
      this.others.set(incident.id, known);
    }
    for (const end of [batch.initiator, batch.responder]) {
      const text = end.text(k);
      if (known.has(text)) continue;
      known.add(text);
      incident.others.push(text);
    }
  }

  /** Keeps the highest value of each rule that fired. */
  note(open: OpenIncident, findings: readonly Finding[]): void {
    for (const finding of findings) {
      const before = open.findings.get(finding.name);
      if (!before || finding.value > before.value) open.findings.set(finding.name, finding);
      if (finding.place?.former) this.noteMoved(open, finding.place, finding.name === 'mac_conflicts');
    }
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

  /** Names the incident by a pattern of higher rank; true where that makes it worse than it was told to be. */
  upgrade(open: OpenIncident, pattern: PatternName): boolean {
    const before = open.incident.severity;
    if (open.incident.severity === 'notice') open.incident.alarmUs = open.incident.lastUs;
    open.pattern = pattern;
    open.incident.kind = pattern;
    this.refresh(open);
    return SEVERITIES.indexOf(open.incident.severity) > SEVERITIES.indexOf(before);
  }

  /** Brings severity, title, reasons and technique up to date. */
  refresh(open: OpenIncident): void {
    const { incident } = open;
    const pattern = patternOf(open.pattern);
    let level = SEVERITIES.indexOf(pattern.severity);
    if (level > 0 && !pattern.steady) {
      const findings = [...open.findings.values()];
      const worst = Math.max(0, ...findings.filter(({ nats }) => nats === undefined).map(strength));
      if (worst > FAR_OVER || findings.some(({ certain }) => certain)) level++;
    }
    incident.severity = SEVERITIES[Math.min(level, SEVERITIES.length - 1)];
    incident.kind = open.pattern;
    incident.title = titleOf(open.pattern, incident);
    incident.reasons = this.explainer.reasons(open);
    if (pattern.technique && open.findings.size > 0) incident.technique = pattern.technique;
    if (incident.closed) this.others.delete(incident.id);
  }
}

type Ends = Pick<Incident, 'initiator' | 'responder' | 'initiatorPort' | 'servicePort'>;

function ends(batch: ScoredBatch, k: number): Ends {
  return {
    initiator: batch.initiator.text(k),
    responder: batch.responder.text(k),
    initiatorPort: batch.initiatorPort[k],
    servicePort: batch.servicePort[k],
  };
}

/** What concerns the segment is told of who sends, not of who asked him; of an address that moved, whatever it sends. */
function sides(batch: ScoredBatch, k: number): Ends {
  const { initiator, responder, initiatorPort, servicePort } = ends(batch, k);
  const [from, to] = batch.fromInitiator[k] === 1 ? [initiator, responder] : [responder, initiator];
  if (batch.formerMac[k] >= 0)
    return { initiator: batch.moved.text(k), responder: to, initiatorPort: -1, servicePort: -1 };
  const ports = batch.fromInitiator[k] === 1 ? [initiatorPort, servicePort] : [servicePort, initiatorPort];
  return { initiator: from, responder: to, initiatorPort: ports[0], servicePort: ports[1] };
}

function flowEnd(batch: ScoredBatch, k: number, initiator: boolean): { address: Uint8Array; port: number } {
  const end = initiator ? batch.initiator : batch.responder;
  const size = end.family[k] === 6 ? 16 : end.family[k] === 4 ? 4 : 0;
  return {
    address: end.bytes.slice(16 * k, 16 * k + size),
    port: initiator ? batch.initiatorPort[k] : batch.servicePort[k],
  };
}
