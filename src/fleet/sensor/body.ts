/** What leaves a sensor of an incident: its EVE line with who says it, cut until it fits the contract; what was cut is named. */
import type { DetectorEvent } from '../../detect/detector-event.js';
import type { RunIdentity } from '../../detect/run-facts.js';
import { type EveLine, eveLine } from '../../report/eve.js';
import {
  type FleetPart,
  type GapBody,
  type Heartbeat,
  type IncidentBody,
  MOST_BYTES,
  MOST_FRAMES,
  type RecordId,
  recordIdText,
} from '../contract.js';

export interface Teller {
  readonly sensor: string;
  readonly site: string;
  readonly who: RunIdentity;
}

const EVENTS: Readonly<Record<DetectorEvent['type'], FleetPart['event']>> = {
  opened: 'opened',
  updated: 'changed',
  closed: 'closed',
};

/** Lists that may be cut where a body is too long, in this order: those that say least of what happened first. */
const CUT_FIRST = ['frames', 'uids', 'others', 'moved', 'steps', 'reasons'] as const;

/** @param toldMs by this host's clock */
export function incidentBody(event: DetectorEvent, id: RecordId, teller: Teller, toldMs: number): Uint8Array {
  const line = eveLine(event, teller.who);
  const { context } = line.alert;
  const frames = context.frames.slice(0, MOST_FRAMES);
  const lists = new Map<string, readonly unknown[]>([['frames', frames]]);
  const cut = context.frames.length > frames.length ? ['frames'] : [];
  for (;;) {
    const bytes = encode(withLists(line, lists), id, teller, EVENTS[event.type], toldMs, cut);
    if (bytes.length <= MOST_BYTES.incident) return bytes;
    const next = CUT_FIRST.map((name) => [name, lists.get(name) ?? context[name]] as const).find(
      ([, list]) => list !== undefined && list.length > 0,
    );
    // texts of one title and one name cannot be longer than a body: their lengths are bounded where they are made
    if (!next) return bytes;
    const [name, list = []] = next;
    lists.set(name, list.slice(0, Math.floor(list.length / 2)));
    if (!cut.includes(name)) cut.push(name);
  }
}

/** Cuts what people and servers named, the longer text first, until a heartbeat fits the contract. */
export function heartbeatBody(heartbeat: Heartbeat): Uint8Array {
  let { refused } = heartbeat;
  let { name } = heartbeat.model;
  for (;;) {
    const bytes = Buffer.from(JSON.stringify({ ...heartbeat, refused, model: { ...heartbeat.model, name } }));
    if (bytes.length <= MOST_BYTES.heartbeat || refused.length + name.length === 0) return bytes;
    if (refused.length >= name.length) refused = halfOf(refused);
    else name = halfOf(name);
  }
}

/** Not through the middle of a letter. */
const halfOf = (text: string): string => {
  const letters = [...text];
  return letters.slice(0, Math.floor(letters.length / 2)).join('');
};

function withLists(line: EveLine, lists: ReadonlyMap<string, readonly unknown[]>): EveLine {
  const context = { ...line.alert.context, ...Object.fromEntries(lists) };
  return { ...line, alert: { ...line.alert, context } };
}

function encode(
  line: EveLine,
  id: RecordId,
  { sensor, site, who }: Teller,
  event: FleetPart['event'],
  t: number,
  cut: readonly string[],
): Uint8Array {
  const fleet: FleetPart = {
    ...{ v: 1, id: recordIdText(id), sensor, site, run: who.run, event, model: who.model.id, t },
    ...(cut.length > 0 && { cut }),
  };
  const body: IncidentBody = { ...line, fleet };
  return Buffer.from(JSON.stringify(body));
}

/** Stands for the events from number `id.seq` to `to`. @param run that says so; the events may be of an earlier one */
export function gapBody(
  id: RecordId,
  to: number,
  why: string,
  { sensor, site, run }: { readonly sensor: string; readonly site: string; readonly run: string },
  toldMs: number,
): Uint8Array {
  const body: GapBody = {
    gap: { from: id.seq, to, why },
    fleet: { v: 1, id: recordIdText(id), sensor, site, run, t: toldMs },
  };
  return Buffer.from(JSON.stringify(body));
}
