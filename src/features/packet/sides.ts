/** Direction of a record and the remote party, seen from the monitored host. */

import { type Endpoint, INBOUND, INTERNAL, OUTBOUND, TRANSIT } from '../extractor.js';
import type { Flows } from './flows.js';
import type { LocalAddresses } from './local.js';
import { type Scene, UNICAST } from './scene.js';

/** For statistics a direction more: records between two locals, or two strangers, by who sent them. */
const BETWEEN_FORTH = 2;
const BETWEEN_BACK = 3;

export class Sides {
  /** for the record's context */
  direction: typeof OUTBOUND | typeof INBOUND | typeof INTERNAL | typeof TRANSIT = TRANSIT;
  /** OUTBOUND, INBOUND, BETWEEN_FORTH or BETWEEN_BACK */
  lane = BETWEEN_FORTH;
  /** the party that is not local; between two of a kind, the initiator */
  remote: Endpoint;
  /** which ends are local: 0 the initiator, 1 the responder, 2 both, 3 neither */
  place = 3;

  constructor(scene: Scene) {
    this.remote = scene.source;
  }

  set(scene: Scene, flows: Flows, local: LocalAddresses): void {
    const { sourceLocal, destinationLocal } = scene;
    if (sourceLocal !== destinationLocal) {
      this.direction = sourceLocal ? OUTBOUND : INBOUND;
      this.lane = this.direction;
      this.remote = sourceLocal ? scene.destination : scene.source;
    } else {
      this.direction = sourceLocal ? INTERNAL : TRANSIT;
      this.lane = flows.fromInitiator ? BETWEEN_FORTH : BETWEEN_BACK;
      this.remote = flows.initiator;
    }
    if (!flows.opens) return;
    const asker = flows.fromInitiator ? sourceLocal : destinationIsOwn(scene, local);
    const answerer = flows.fromInitiator ? destinationIsOwn(scene, local) : sourceLocal;
    this.place = asker ? (answerer ? 2 : 0) : answerer ? 1 : 3;
  }
}

/** A group or broadcast address counts as local for the direction, not as one of the host's own. */
function destinationIsOwn(scene: Scene, local: LocalAddresses): boolean {
  return scene.cast === UNICAST ? scene.destinationLocal : local.has(scene.destination);
}
