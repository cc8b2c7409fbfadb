/** Whoever is there when a detector goes over to another training: as new, or as well known, as that has him. */
import type { Entity } from './entity.js';
import { KNOWN, NEW } from './novelty.js';
import { offerKey, type Relations } from './relations.js';
import { pooled, protocolOf, serviceOf } from './services.js';

const known = (is: boolean): number => (is ? KNOWN : NEW);

/** By family: pairs, initiators, services, zones. */
const NOVELTY: readonly ((entity: Entity, relations: Relations) => number)[] = [
  (pair, relations) => relations.noveltyOf(pair.initiator, pair.responder, rawOf(pair), -1),
  ({ initiator }, relations) => known(relations.initiators.has(initiator, -1)),
  (service, relations) => known(relations.offers.has(offerKey(service.responder, rawOf(service)), -1)),
  // zones that training did not have are one, 0
  ({ service: zone }, relations) => known(zone !== 0 && relations.zones.has(zone, -1)),
];

/** What they did stays; what it is compared with is worked out at the next test. */
export function renew(entities: readonly Entity[], relations: Relations): void {
  for (const entity of entities) {
    entity.novelty = NOVELTY[entity.family](entity, relations);
    entity.chain = undefined;
  }
}

/** The service that the entity was first about, where it is pooled with others. */
function rawOf({ service, port }: Entity): number {
  return port >= 0 && service === pooled(service) ? serviceOf(protocolOf(service), port) : service;
}
