/** Where incidents of one sort are kept, those that are told or those that an allow-list keeps back, and which of them a finding belongs to. */
import type { Entity } from '../evidence/entity.js';
import type { Alarm, Evidence } from '../evidence/evidence.js';
import { KNOWN_PAIR } from '../evidence/novelty.js';
import { P } from '../evidence/statistics.js';
import type { PatternName } from '../rules/patterns.js';
import type { Unlisted } from '../run-facts.js';
import type { Pairs } from '../score/pairs.js';
import type { ScoredBatch } from '../score/scored-batch.js';
import { IncidentBook, isGoingOn, type Parties } from './book.js';
import { Crowd } from './crowd.js';
import type { OpenIncident } from './open-incident.js';
import { partiesOf } from './ring-key.js';
import { EvidenceRings } from './rings.js';

/** What taking part in a flood looks like. */
const OF_FLOODS: ReadonlySet<PatternName> = new Set<PatternName>([
  'SYN flood',
  'UDP flood',
  'connection flood',
  'request flood',
  'refused connections',
  'unusual use',
]);

/** In place of an incident's number. */
export const IN_CROWD = -1;

export class Shelf {
  readonly book: IncidentBook;
  readonly rings = new EvidenceRings();
  readonly crowd = new Crowd();
  private readonly parties: Parties = { initiator: 0, responder: 0, service: 0 };

  /** @param told whether its incidents are */
  constructor(
    readonly told: boolean,
    private readonly pairs: Pairs,
    private readonly evidence: Evidence,
    onClose: (open: OpenIncident) => void,
  ) {
    this.book = new IncidentBook(onClose);
  }

  /** Those that are not told one by one. */
  get unlisted(): Unlisted {
    const { book, crowd } = this;
    return { dropped: book.dropped, crowd: [...crowd.counted].map(([kind, incidents]) => ({ kind, incidents })) };
  }

  /** The open incident here that the entity is part of. */
  of(entity: Entity | undefined): OpenIncident | undefined {
    const id = entity && (this.told ? entity.incident : entity.allowed);
    return id ? this.book.get(id) : undefined;
  }

  /** From now on the entity is part of the incident, or of the crowd. */
  assign(entity: Entity, id: number): void {
    if (this.told) entity.incident = id;
    else entity.allowed = id;
  }

  /** Whether it is counted in the crowd already. */
  isInCrowd(entity: Entity): boolean {
    return (this.told ? entity.incident : entity.allowed) === IN_CROWD;
  }

  /** Whether a new incident may be opened for what the initiator does. @param nats as of `Crowd.admits` */
  admits(initiator: number, kind: PatternName, nats: number, nowUs: number): boolean {
    return this.crowd.admits(kind, !this.evidence.knows(initiator), nats, nowUs);
  }

  /** Whether a client has part in what befalls the service: not who was there in training, is served, or is another than who does it alone. */
  isPartOf(service: Entity, client: Entity | undefined, batch: ScoredBatch, k: number): boolean {
    const open = this.of(service);
    if (!open) return false;
    if (!open.ofTarget) return batch.initiator.key(k) === open.initiatorKey;
    return client !== undefined && client.novelty !== KNOWN_PAIR && client.stats[P.received] === 0;
  }

  /** The incident that an alarm is part of: its entity's own, or one that it is one event with. */
  bookedFor(
    batch: ScoredBatch,
    k: number,
    pair: number,
    { entity, ofMany }: Alarm,
    pattern: PatternName,
  ): OpenIncident | undefined {
    const { book } = this;
    const nowUs = batch.clockUs[k];
    const own = book.revive(this.told ? entity.incident : entity.allowed, nowUs);
    if (own) return own;
    const parties = partiesOf(batch, k, pattern, this.parties);
    const load = book.loadOf(parties);
    if (ofMany || (load && this.isPartOfLoad(load, parties, pattern, nowUs))) return load;
    const stranger = !this.evidence.knows(parties.initiator);
    return (
      book.eventOf(parties, pattern, stranger, this.pairs.incidentOfReverse(batch, k), nowUs) ??
      // look-ups that a host makes on behalf of whoever sweeps through it
      (pattern === 'ARP sweep' && !stranger ? book.sweepGoingOn(nowUs) : undefined) ??
      book.noticeOf(parties, this.pairs.incident[pair], nowUs)
    );
  }

  /** Of a flood by many each does a part: that is no finding of its own, as long as nothing came back and it is about that service. */
  private isPartOfLoad(load: OpenIncident, parties: Parties, pattern: PatternName, nowUs: number): boolean {
    const { pair } = this.evidence.windows.ledger;
    if (!isGoingOn(load, nowUs) || load.serviceKey !== parties.service || this.evidence.knows(parties.initiator))
      return false;
    return pair !== undefined && pair.stats[P.received] === 0 && OF_FLOODS.has(pattern);
  }
}
