/** Incidents and the facts of a run: what detection hands to every report. Plain data, safe to serialise. */

export const SEVERITIES = ['notice', 'low', 'medium', 'high'] as const;
/** A notice says that something is new, not that it is bad. */
export type Severity = (typeof SEVERITIES)[number];

export interface Reason {
  /** a feature's or count's name */
  readonly feature: string;
  readonly value: number;
  /** what was normal in training, in the feature's unit */
  readonly expected: number;
  /** part of the score, 0..1 */
  readonly share: number;
  /** for a person: observed against normal */
  readonly text: string;
}

export interface Incident {
  readonly id: number;
  /** short name of the pattern that raised it: "autoencoder", "port scan", "new service", … */
  kind: string;
  severity: Severity;
  /** one line: who did what to whom */
  title: string;
  /** µs since the epoch */
  firstUs: number;
  openedUs: number;
  /** µs since the epoch; when it became more than a notice, -1 while it is one */
  alarmUs: number;
  lastUs: number;
  closed: boolean;
  /** records that belong to it, and how many of them were above the threshold */
  records: number;
  anomalous: number;
  bytes: number;
  /** addresses as text */
  initiator: string;
  responder: string;
  /** further parties merged into it, bounded */
  others: string[];
  /** -1 where there is none */
  initiatorPort: number;
  servicePort: number;
  /** "TCP", "UDP", "ICMP", "ARP", … */
  protocol: string;
  /** IP protocol number; -1 ARP, -2 other */
  protocolNumber: number;
  /** Community ID v1 of the flow that opened it; empty where the protocol has none */
  communityId: string;
  peakScore: number;
  threshold: number;
  /** 1-based numbers of its records in the input, the first 1000 */
  frames: number[];
  reasons: Reason[];
  /** only from a rule that fired */
  technique?: { readonly id: string; readonly name: string };
  /** opened in the first minute, while counters were empty */
  lowConfidence: boolean;
}

export interface StopCount {
  readonly stop: string;
  readonly count: number;
}

/** One bucket of the timeline. */
export interface TimelineBucket {
  readonly fromUs: number;
  readonly records: number;
  readonly anomalous: number;
  readonly maxScore: number;
  readonly meanScore: number;
}

export interface Talker {
  readonly address: string;
  readonly records: number;
  readonly bytes: number;
  readonly anomalous: number;
}

export interface Histogram {
  /** count+1 edges */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface AttackEvaluation {
  readonly attack: string;
  readonly records: number;
  readonly rocAuc: number;
  readonly tprAtFpr: { readonly fpr: number; readonly tpr: number }[];
  /** an incident, more than a notice, whose first flagged record is one of the attack's */
  readonly raised: boolean;
  /** s from the attack's first record to the alarm; -1 when not raised */
  readonly delayS: number;
  /** kinds of the incidents that name it, notices among them */
  readonly kinds: readonly string[];
}

export interface Evaluation {
  readonly rocAuc: number;
  readonly attacks: readonly AttackEvaluation[];
  readonly falseIncidents: number;
  readonly falseNotices: number;
  readonly falseIncidentsPerHour: number;
  /** share of unlabelled (benign) records flagged */
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

export interface DriftFinding {
  readonly feature: string;
  readonly psi: number;
  readonly text: string;
}

export interface RunFacts {
  readonly version: string;
  readonly kind: 'packet' | 'connection';
  readonly sources: readonly {
    readonly name: string;
    readonly format: string;
    readonly driver?: string;
    readonly dropped?: number;
    readonly droppedEstimate?: number;
    readonly gaps: readonly { readonly fromUs: number; readonly toUs: number; readonly reason: string }[];
    readonly warnings: readonly string[];
  }[];
  /** µs since the epoch of the first and last record; 0 when there was none */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly records: number;
  readonly bytes: number;
  readonly anomalous: number;
  readonly threshold: number;
  /** what the threshold promises, in words */
  readonly promise: string;
  readonly stops: readonly StopCount[];
  readonly suppressed: {
    readonly records: number;
    readonly incidents: number;
    readonly byEntry: readonly { readonly entry: string; readonly incidents: number }[];
  };
  readonly timeline: readonly TimelineBucket[];
  readonly talkers: readonly Talker[];
  readonly scoreHistogram: Histogram;
  readonly drift: readonly DriftFinding[];
  /** most of the time examined is time that the model was trained on: what was in it is normal, and drift is not judged */
  readonly knownTime?: boolean;
  readonly model: ModelFacts;
  readonly evaluation?: Evaluation;
}

/** The model card: what a reader of a report must know about the model. */
export interface ModelFacts {
  readonly name: string;
  readonly trainedAt: string;
  readonly records: number;
  /** s of traffic trained on */
  readonly spanS: number;
  readonly sources: readonly string[];
  readonly engine: string;
  readonly layers: readonly number[];
  readonly features: number;
  readonly parameters: number;
  readonly percentile: number;
  readonly lossCurve: readonly { readonly epoch: number; readonly loss: number; readonly validationLoss: number }[];
  readonly warnings: readonly string[];
}

export interface Report {
  readonly facts: RunFacts;
  readonly incidents: readonly Incident[];
}
