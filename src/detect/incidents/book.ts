/**
 * The incidents of a run: opening, finding the one that a record belongs to, merging, closing after silence. Bounded:
 * of more than 10 000 open ones that is closed which would end first, of more in all the least of what is closed make room.
 */
import TinyQueue from 'tinyqueue';
import { exactKey } from '../../base/hash.js';
import type { Incident } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import { SETTINGS } from '../settings.js';
import { Trail } from './dealing.js';
import { leastOf } from './making-room.js';
import { type OpenIncident, topOf } from './open-incident.js';

const { CLOSE_S, INCIDENTS, MERGE_S, SAME_EVENT_S } = SETTINGS;
const US = 1e6;
/** s: people and timers live by the day, so what comes back within one is the same event */
const REMEMBERED_S = 86_400;
/** An incident waits so many times as long as it was ever silent: the next call of a beacon is no new event. */
const SILENCES = 3;

/** Who takes part in a record, as numbers that identify them. */
export interface Parties {
  initiator: number;
  responder: number;
  service: number;
}

/** An open incident, and when it may end [µs]. */
interface Ending {
  readonly us: number;
  readonly open: OpenIncident;
}

export class IncidentBook {
  /** in order of opening */
  readonly kept: Incident[] = [];
  private readonly open = new Map<number, OpenIncident>();
  private readonly byInitiator = new Map<number, OpenIncident[]>();
  private readonly byTarget = new Map<number, OpenIncident>();
  private readonly byService = new Map<number, OpenIncident>();
  private readonly newClients = new Map<number, OpenIncident>();
  /** news told in this run, by key */
  private readonly told = new Map<number, number>();
  private lastNewClient: OpenIncident | undefined;
  /** about the whole segment, by family */
  private readonly segments = new Map<string, OpenIncident>();
  /** closed ones, oldest first, for as long as they may begin anew */
  private readonly past = new Map<number, OpenIncident>();
  private closedKept = 0;
  /** closed ones that are listed no longer */
  dropped = 0;
  /** every open one, by when it may end [µs] */
  private readonly ends = new TinyQueue<Ending>([], (a, b) => a.us - b.us);

  constructor(private readonly onClose: (open: OpenIncident) => void) {}

  get(id: number): OpenIncident | undefined {
    return this.open.get(id);
  }

  /** The incident, open or anew so; undefined where it is long over. `nowUs`: of evidence of it. */
  revive(id: number, nowUs: number): OpenIncident | undefined {
    const open = this.open.get(id) ?? this.past.get(id);
    if (!open?.incident.closed) return open;
    this.past.delete(id);
    if (nowUs - open.lastEvidenceUs > REMEMBERED_S * US) return undefined;
    this.closedKept--;
    open.incident.closed = false;
    open.incident.again = (open.incident.again ?? 0) + 1;
    // it has shown that it comes and goes
    open.pauseS = open.silenceS;
    open.silenceS = REMEMBERED_S;
    open.lastEvidenceUs = nowUs;
    this.place(open);
    return open;
  }

  /** Puts off the end of an incident that evidence came for; counts how often one began anew that had been over before. */
  wait(open: OpenIncident, nowUs: number): void {
    const silentS = (nowUs - open.lastEvidenceUs) / US;
    if (silentS > open.pauseS) open.incident.again = (open.incident.again ?? 0) + 1;
    open.silenceS = Math.max(open.silenceS, Math.min(REMEMBERED_S, SILENCES * silentS));
  }

  /** The notice that an alarm grows out of: about the same pair, client or service, and hardly older. */
  noticeOf(parties: Parties, pairIncident: number, nowUs: number): OpenIncident | undefined {
    for (const open of [
      this.open.get(pairIncident),
      this.byService.get(parties.service),
      this.newClients.get(parties.initiator),
    ]) {
      if (open?.incident.severity !== 'notice' || open.initiatorKey !== parties.initiator) continue;
      if (open.pattern === 'new service' || nowUs - open.firstUs <= SAME_EVENT_S * US) return open;
    }
    return undefined;
  }

  /** Id of the incident that told this piece of news before, however long ago. */
  noticed(key: { low: number; high: number }): number | undefined {
    return this.told.get(exactKey(key.low, key.high));
  }

  remember(key: { low: number; high: number }, id: number): void {
    if (this.told.size < INCIDENTS) this.told.set(exactKey(key.low, key.high), id);
  }

  /** A notice of the same kind about the same service, or of clients that came together, is one. */
  similarNotice(parties: Parties, news: PatternName, nowUs: number): OpenIncident | undefined {
    const open = news === 'new client' ? this.lastNewClient : this.byService.get(parties.service);
    if (!open || open.incident.closed || open.pattern !== news) return undefined;
    return nowUs - open.openedUs <= MERGE_S * US ? open : undefined;
  }

  *all(): Iterable<OpenIncident> {
    yield* this.open.values();
  }

  /**
   * The open alarm that a record which is evidence of `pattern` belongs to.
   * @param pairIncident the id its pair was last part of
   * @param reverseIncident the same of the two ends the other way round
   */
  find(
    parties: Parties,
    pairIncident: number,
    reverseIncident: number,
    pattern: PatternName,
    nowUs: number,
  ): OpenIncident | undefined {
    const { scope, family } = patternOf(pattern);
    if (scope === 'segment') return this.segments.get(family);
    const candidates = [
      this.open.get(pairIncident),
      this.byInitiator.get(parties.initiator)?.at(-1),
      this.byTarget.get(parties.responder),
      this.reverse(parties, reverseIncident, nowUs),
      this.sameService(parties.service, pattern, nowUs),
    ];
    return candidates.find((open) => open && belongs(open, pattern, parties, nowUs));
  }

  /** The open alarm that somebody's doing is part of: a stranger's whatever it is, a known host's that it goes on with or is like. */
  eventOf(
    parties: Parties,
    pattern: PatternName,
    stranger: boolean,
    reverseIncident: number,
    nowUs: number,
  ): OpenIncident | undefined {
    const { family } = patternOf(pattern);
    for (const open of this.byInitiator.get(parties.initiator) ?? []) {
      const own = patternOf(open.pattern).family;
      if (open.incident.severity === 'notice') continue;
      if (stranger) return open;
      const goesOn = nowUs - open.lastEvidenceUs <= SAME_EVENT_S * US;
      const sameEnd = open.responderKey === parties.responder;
      // two services called at intervals are two programs
      const sameThing = own === family && (pattern !== 'beacon' || open.serviceKey === parties.service);
      if (sameThing && (sameEnd || goesOn)) return open;
      // what says only that something is unusual says it of what goes on
      const general = ['scan', 'use'].includes(own) || family === 'scan' || pattern === 'unusual use';
      if (goesOn && (sameEnd || general)) return open;
    }
    return this.reverse(parties, reverseIncident, nowUs);
  }

  /** The open alarm about what befalls a target by many. */
  loadOf(parties: Parties): OpenIncident | undefined {
    const open = this.byTarget.get(parties.responder);
    return open?.ofTarget ? open : undefined;
  }

  /** What the other side does because of an attack on it, or on somebody through it, is part of the attack. */
  private reverse(parties: Parties, reverseIncident: number, nowUs: number): OpenIncident | undefined {
    const between = this.open.get(reverseIncident);
    const open = between ?? this.byInitiator.get(parties.responder)?.at(-1);
    if (!open || open.ofTarget || isOfSegment(open)) return undefined;
    if (nowUs - open.lastEvidenceUs > SAME_EVENT_S * US) return undefined;
    if (between) return between;
    const whole = patternOf(open.pattern).scope === 'initiator';
    return whole || open.responderKey === parties.initiator ? open : undefined;
  }

  private sameService(service: number, pattern: PatternName, nowUs: number): OpenIncident | undefined {
    const open = this.byService.get(service);
    if (!open || nowUs - open.openedUs > MERGE_S * US) return undefined;
    return patternOf(open.pattern).family === patternOf(pattern).family ? open : undefined;
  }

  /** An alarm about this initiator, pair or target is open: what is merely new about the record is no news. */
  explained(parties: Parties, pairIncident: number, nowUs: number): OpenIncident | undefined {
    const open =
      this.open.get(pairIncident) ??
      this.byInitiator.get(parties.initiator)?.at(-1) ??
      this.byTarget.get(parties.responder);
    if (!open || open.incident.severity === 'notice') return undefined;
    // one that waits long for its like explains nothing meanwhile
    return isGoingOn(open, nowUs) ? open : undefined;
  }

  /** Look-ups that a router makes on behalf of whoever sweeps through it belong to that sweep. */
  sweepGoingOn(nowUs: number): OpenIncident | undefined {
    for (const open of this.open.values()) {
      const scan = patternOf(open.pattern).family === 'scan';
      if (scan && nowUs - open.lastEvidenceUs <= SAME_EVENT_S * US) return open;
    }
    return undefined;
  }

  /** @param firstUs,nowUs by the clock: of the first record of evidence, and of the one that opens it */
  add(
    incident: Incident,
    pattern: PatternName,
    parties: Parties,
    firstUs: number,
    nowUs: number,
    ofTarget = false,
  ): OpenIncident {
    const open: OpenIncident = {
      incident,
      pattern,
      initiatorKey: parties.initiator,
      responderKey: parties.responder,
      serviceKey: parties.service,
      ofTarget,
      steps: [],
      trail: new Trail(),
      findings: new Map(),
      ...topOf(),
      nextUpdate: 10,
      firstUs,
      openedUs: nowUs,
      lastEvidenceUs: nowUs,
      silenceS: CLOSE_S,
      pauseS: Number.POSITIVE_INFINITY,
    };
    if (this.open.size >= INCIDENTS) this.close((this.ends.pop() as Ending).open);
    this.place(open);
    this.kept.push(incident);
    if (this.kept.length > INCIDENTS) this.makeRoom();
    return open;
  }

  private place(open: OpenIncident): void {
    this.open.set(open.incident.id, open);
    this.ends.push({ us: endOf(open), open });
    this.index(open);
  }

  /** To be called when the pattern of an incident has changed, too. */
  index(open: OpenIncident): void {
    const { scope, family } = patternOf(open.pattern);
    this.byService.set(open.serviceKey, open);
    if (open.pattern === 'new client') {
      this.newClients.set(open.initiatorKey, open);
      this.lastNewClient = open;
    }
    if (patternOf(open.pattern).severity === 'notice') return;
    if (scope === 'segment') this.segments.set(family, open);
    else if (scope === 'responder' || open.ofTarget) this.byTarget.set(open.responderKey, open);
    if (scope === 'segment' || open.ofTarget) return;
    const all = this.byInitiator.get(open.initiatorKey) ?? [];
    if (all.length === 0) this.byInitiator.set(open.initiatorKey, all);
    if (!all.includes(open)) all.push(open);
  }

  /** Closes what was silent. Evidence only puts off an end, so no place in the queue is too late. */
  tick(nowUs: number): void {
    for (;;) {
      const first = this.ends.peek();
      if (!first || nowUs <= first.us) return;
      this.ends.pop();
      const us = endOf(first.open);
      if (nowUs > us) this.close(first.open);
      else this.ends.push({ us, open: first.open });
    }
  }

  private close(open: OpenIncident): void {
    this.open.delete(open.incident.id);
    const own = this.byInitiator.get(open.initiatorKey);
    if (own?.includes(open)) own.splice(own.indexOf(open), 1);
    if (own?.length === 0) this.byInitiator.delete(open.initiatorKey);
    if (this.byTarget.get(open.responderKey) === open) this.byTarget.delete(open.responderKey);
    if (this.byService.get(open.serviceKey) === open) this.byService.delete(open.serviceKey);
    if (this.newClients.get(open.initiatorKey) === open) this.newClients.delete(open.initiatorKey);
    const { family } = patternOf(open.pattern);
    if (this.segments.get(family) === open) this.segments.delete(family);
    open.incident.closed = true;
    this.past.set(open.incident.id, open);
    if (this.past.size > INCIDENTS) this.past.delete(this.past.keys().next().value as number);
    this.closedKept++;
    this.onClose(open);
  }

  /** A tenth at once, so that it is rare. */
  private makeRoom(): void {
    if (this.closedKept === 0) return;
    const least = leastOf(this.kept, Math.min(this.closedKept, INCIDENTS / 10));
    this.closedKept -= least.size;
    this.dropped += least.size;
    let to = 0;
    for (const incident of this.kept) {
      if (least.has(incident)) this.past.delete(incident.id);
      else this.kept[to++] = incident;
    }
    this.kept.length = to;
  }
}

/** There was evidence of it lately. */
export function isGoingOn({ lastEvidenceUs }: OpenIncident, nowUs: number): boolean {
  return nowUs - lastEvidenceUs <= CLOSE_S * US;
}

/** When an incident is over unless there is more evidence [µs]. */
function endOf(open: OpenIncident): number {
  return open.lastEvidenceUs + open.silenceS * US;
}

/** What a host does beside is no part of what befalls the segment. */
function isOfSegment({ pattern }: OpenIncident): boolean {
  return patternOf(pattern).scope === 'segment';
}

/** Whether evidence of `pattern` is one event with the incident: the same kind of thing, or going on right now. */
function belongs(open: OpenIncident, pattern: PatternName, parties: Parties, nowUs: number): boolean {
  if (open.incident.severity === 'notice' || open.ofTarget) return false;
  // two services called at intervals are two programs
  if (pattern === 'beacon' && open.pattern === 'beacon' && open.serviceKey !== parties.service) return false;
  const family = patternOf(pattern).family;
  const own = patternOf(open.pattern).family;
  if (family === own) return true;
  if (isOfSegment(open)) return false;
  return nowUs - open.lastEvidenceUs <= SAME_EVENT_S * US;
}
