/** The facts of a run, beside its incidents: what detection hands to every report. Plain data, safe to serialise. */
import type { ClockStep } from '../base/time.js';
import type { ClockEvent, ClockTotals } from '../features/clock.js';
import type { RecordKind } from '../features/extractor.js';
import type { Budget } from './evidence/budget.js';
import type { Incident } from './incident.js';
import type { InputChange } from './input/change.js';
import type { Unjudged } from './judgeable.js';

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
  /** an incident, more than a notice, of whose records most are the attack's, or half of them */
  readonly raised: boolean;
  /** s from the attack's first record to the alarm; -1 when not raised */
  readonly delayS: number;
  /** kinds of the incidents that name it, notices among them */
  readonly kinds: readonly string[];
}

/** How a file of labels fits the records of the run. */
export interface LabelFacts {
  readonly rows: number;
  /** records that no row is about: they count as benign */
  readonly withoutRow: number;
  /** rows about records that the run did not have */
  readonly beyond: number;
  /** rows about a record that a row before was about: the last one counts */
  readonly repeated: number;
  /** rows about an earlier record than the row before */
  readonly disordered: number;
}

export interface Evaluation {
  /** undefined: labels that the input brought along */
  readonly labels?: LabelFacts;
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

/** Sample records of an incident that a file holds. */
export interface FilePlaces {
  readonly name: string;
  /** its name as one word of a shell; `-`: it came through a pipe */
  readonly word: string;
  readonly format: string;
  /** the file grows, and is moved away from time to time */
  readonly followed?: boolean;
  /** from 1: frames of a capture, lines of a text */
  readonly numbers: readonly number[];
}

/** Whether the input is of the kind that was learned. */
export interface InputFacts {
  /** stretches in which it was another, in order of time, and how many more there were */
  readonly changes: readonly InputChange[];
  readonly beyond: number;
  /** records that were not judged in a doubt that came to nothing */
  readonly doubted: number;
  /** records in a usual minute, in training and now; 0 where there were too few minutes to tell */
  readonly perMinute: { readonly learned: number; readonly came: number };
  /** the share of packets that the capture of the training lost; absent where it could not know */
  readonly lossLearned?: number;
}

/** By incident. */
export type Places = Readonly<Record<number, readonly FilePlaces[]>>;

/** Pauses and steps of the records' clock. */
export interface ClockFacts {
  readonly totals: ClockTotals;
  /** the first of each kind */
  readonly events: readonly ClockEvent[];
}

/** Who says something: what every output names. */
export interface RunIdentity {
  readonly version: string;
  /** the machine that watches, or the name that it was given */
  readonly sensor: string;
  /** UUIDv7 of the run */
  readonly run: string;
  /** what its records are */
  readonly kind: RecordKind;
  readonly model: Pick<ModelFacts, 'name' | 'id'>;
}

/** Incidents that no report lists. */
export interface Unlisted {
  /** told while the run went on; of more than 10 000 they made room */
  readonly dropped: number;
  /** counted only, for a day had opened 1000 of their kind against which no less was said */
  readonly crowd: readonly { readonly kind: string; readonly incidents: number }[];
}

/** An incident that an allow-list kept back. */
export type Suppressed = Pick<Incident, 'id' | 'severity' | 'title' | 'firstUs' | 'lastUs'> & {
  /** records that are evidence of it */
  readonly evidence: number;
};

export interface RunFacts extends RunIdentity {
  readonly sources: readonly {
    readonly name: string;
    readonly format: string;
    readonly driver?: string;
    readonly dropped?: number;
    readonly droppedEstimate?: number;
    readonly gaps: readonly { readonly fromUs: number; readonly toUs: number; readonly reason: string }[];
    /** steps of a minute and more of the clock that stamped the records; undefined: cannot be told from time that passed */
    readonly clockSteps?: readonly ClockStep[];
    readonly warnings: readonly string[];
  }[];
  /** µs since the epoch of the first and last record; 0 when there was none */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly records: number;
  readonly bytes: number;
  readonly anomalous: number;
  readonly threshold: number;
  /** of false alarms */
  readonly budget: Budget;
  /** what the threshold promises, in words */
  readonly promise: string;
  readonly stops: readonly StopCount[];
  readonly suppressed: {
    readonly records: number;
    readonly incidents: number;
    readonly byEntry: readonly { readonly entry: string; readonly incidents: number }[];
    /** the latest of these incidents, in order of opening */
    readonly latest: readonly Suppressed[];
    /** entries that were no longer in force at the last record, as text */
    readonly expired: readonly string[];
  };
  readonly timeline: readonly TimelineBucket[];
  readonly talkers: readonly Talker[];
  readonly scoreHistogram: Histogram;
  readonly drift: readonly DriftFinding[];
  /** the one initiator without whom there would be no drift */
  readonly driftBy?: string;
  /** most of the time examined is time that the model was trained on: what was in it is normal, and drift is not judged */
  readonly knownTime?: boolean;
  /** which files hold the incidents' sample records; undefined: what came live is in none */
  readonly places?: Places;
  /** the folder in which commands are to be run, where they name files without their whole path */
  readonly folder?: string;
  /** what was found wrong with times; undefined: nothing */
  readonly clock?: ClockFacts;
  /** undefined: every record could be judged */
  readonly unjudged?: Unjudged;
  /** clients, services and others that made room for others while they were counted; undefined: none */
  readonly forgotten?: number;
  /** records without a score, which evidence alone judged; undefined: none */
  readonly unscored?: number;
  /** undefined: every incident is listed */
  readonly unlisted?: Unlisted;
  readonly input?: InputFacts;
  readonly model: ModelFacts;
  /** models that the run went over from, the latest last; undefined: none */
  readonly modelsBefore?: readonly ModelBefore[];
  readonly evaluation?: Evaluation;
}

/** The model card: what a reader of a report must know about the model. */
export interface ModelFacts {
  readonly name: string;
  /** 16 hex digits of the bundle's SHA-256; empty where it was never saved */
  readonly id: string;
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
  /** it names nobody, and its warning says what it does not find */
  readonly shared?: true;
  /** what alarms it can promise, and what its training raised, in words */
  readonly alarms?: readonly string[];
}

/** A model that was in use until the run went over to another one. */
export interface ModelBefore extends Pick<ModelFacts, 'name' | 'id' | 'trainedAt'> {
  /** µs since the epoch; of the last record that it judged */
  readonly untilUs: number;
}

export interface Report {
  readonly facts: RunFacts;
  readonly incidents: readonly Incident[];
}
