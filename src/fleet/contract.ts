/**
 * What sensors, the hub's server and the sink agree on: subjects, streams, bodies and their limits. `a1` is this contract's version;
 * another one has other subjects, so that old and new never read each other.
 */
import type { EveLine } from '../report/eve.js';

export const CONTRACT = 'a1';

/** A host's name as a sensor's, as near to it as its letters allow. */
export function nameOf(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
  return name === '' ? 'sensor' : name;
}

export const SUBJECTS = {
  incidents: (sensor: string) => `${CONTRACT}.inc.${sensor}`,
  heartbeat: (sensor: string) => `${CONTRACT}.hb.${sensor}`,
  watermark: (sensor: string) => `${CONTRACT}.ctl.water.${sensor}`,
  policy: (channel: string) => `${CONTRACT}.ctl.policy.${channel}`,
  nudge: `${CONTRACT}.nudge`,
} as const;

/** The sensor that a subject is about: its last token. */
export const sensorOf = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

/** Where the server keeps what is published. The hub's side makes these where they are absent. */
export interface StreamSpec {
  readonly name: string;
  /** one filter: `*` stands for a token, `>` for the rest */
  readonly subjects: string;
  readonly storage: 'file' | 'memory';
  /** s; 0: for ever */
  readonly maxAgeS: number;
  /** -1: no limit */
  readonly maxBytes: number;
  /** the newest so many of a subject stay; -1: no limit */
  readonly maxPerSubject: number;
  /** sensors may ask for the last message of a subject */
  readonly direct: boolean;
  /** nobody may delete or purge */
  readonly sealed: boolean;
}

export const STREAMS = {
  incidents: {
    name: 'A1_INC',
    subjects: `${CONTRACT}.inc.*`,
    storage: 'file',
    maxAgeS: 30 * 86_400,
    maxBytes: 4 * 2 ** 30,
    maxPerSubject: -1,
    direct: false,
    sealed: false,
  },
  heartbeats: {
    name: 'A1_HB',
    subjects: `${CONTRACT}.hb.*`,
    storage: 'memory',
    maxAgeS: 0,
    maxBytes: -1,
    maxPerSubject: 1,
    direct: false,
    sealed: false,
  },
  control: {
    name: 'A1_CTL',
    subjects: `${CONTRACT}.ctl.>`,
    storage: 'file',
    maxAgeS: 0,
    maxBytes: -1,
    maxPerSubject: 16,
    direct: true,
    sealed: true,
  },
} as const satisfies Record<string, StreamSpec>;

/** Bodies are at most so many bytes. */
export const MOST_BYTES = { incident: 8 << 10, heartbeat: 1 << 10 } as const;
/** Frame numbers of an event that leave a sensor; the others stay in its own reports. */
export const MOST_FRAMES = 20;
/** The server knows a message again by its id for so long. */
export const DUPLICATE_WINDOW_S = 120;

/** Which event of which spool: what makes an event the same wherever it is met again. */
export interface RecordId {
  readonly sensor: string;
  /** 16 hex digits, made with the spool */
  readonly spool: string;
  /** what the spool holds it among: `inc` */
  readonly lane: string;
  /** from 1, without holes */
  readonly seq: number;
}

const RECORD_ID = /^([a-z0-9-]{1,63})\.([0-9a-f]{16})\.([a-z]+)\.([1-9][0-9]{0,15})$/;

export const recordIdText = ({ sensor, spool, lane, seq }: RecordId): string => `${sensor}.${spool}.${lane}.${seq}`;

/** Undefined: it is none. */
export function parseRecordId(text: string): RecordId | undefined {
  const [, sensor, spool, lane, seq] = RECORD_ID.exec(text) ?? [];
  return sensor && spool && lane && seq ? { sensor, spool, lane, seq: Number(seq) } : undefined;
}

/** `Nats-Msg-Id`: the record's id and how often it was sent anew under another one. */
export const messageId = (id: RecordId, generation: number): string => `${recordIdText(id)}.${generation}`;

/** Who says it, and what became of the incident. */
export interface FleetPart {
  readonly v: 1;
  /** the record's id */
  readonly id: string;
  readonly sensor: string;
  readonly site: string;
  /** the process's: UUIDv7 of the run */
  readonly run: string;
  readonly event: 'opened' | 'changed' | 'closed';
  /** the model's id */
  readonly model: string;
  /** ms since the epoch by the sensor's clock */
  readonly t: number;
  /** lists of its context that are longer in the sensor's own reports */
  readonly cut?: readonly string[];
}

/** Body of `a1.inc.<sensor>`: what happened to an incident. */
export type IncidentBody = EveLine & { readonly fleet: FleetPart };

/** Body of `a1.inc.<sensor>` in the place of events that were dropped: the sequence goes on after `to`. */
export interface GapBody {
  readonly gap: {
    readonly from: number;
    readonly to: number;
    /** `rate`, `full` or `damaged` */
    readonly why: string;
  };
  readonly fleet: Pick<FleetPart, 'v' | 'id' | 'sensor' | 'site' | 'run' | 't'>;
}

/** Body of `a1.hb.<sensor>`. */
export interface Heartbeat {
  readonly v: 1;
  readonly sensor: string;
  readonly site: string;
  readonly run: string;
  /** ms since the epoch by the sensor's clock */
  readonly t: number;
  /** the program's */
  readonly version: string;
  readonly kind: 'packet' | 'connection';
  readonly model: { readonly id: string; readonly name: string; readonly state: 'local' };
  readonly threshold: number;
  readonly records: number;
  /** packets that the capture lost; null: it cannot know */
  readonly dropped: number | null;
  /** told in this run, and how many of them go on */
  readonly incidents: { readonly told: number; readonly open: number };
  readonly spool: {
    readonly id: string;
    /** the last event's number, and how far the hub has it by what it said */
    readonly last: number;
    readonly released: number;
    readonly bytes: number;
    /** s that the oldest unreleased event waits; 0: none does */
    readonly oldest_s: number;
    /** events that gaps stand for */
    readonly gaps: number;
  };
  /** features that have drifted, where that is called stale */
  readonly drift: number;
  /** what the hub refused, for a person; empty: nothing */
  readonly refused: string;
  /** it ends now, as it should */
  readonly ended?: true;
}

/** A body of the control stream, read; undefined: it is none. */
export function parseWatermark(bytes: Uint8Array): Watermark | undefined {
  try {
    const { spool, seq } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    return typeof spool === 'string' && Number.isSafeInteger(seq) && Number(seq) >= 0
      ? { spool, seq: Number(seq) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Body of `a1.ctl.water.<sensor>`: events committed without a hole up to `seq`. */
export interface Watermark {
  readonly spool: string;
  readonly seq: number;
}
