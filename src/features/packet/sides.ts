/** Direction of a record and the remote party, seen from the monitored host. */

import { type Endpoint, INBOUND, OUTBOUND } from '../extractor.js';
import type { Flows } from './flows.js';
import type { Scene } from './scene.js';

/** For statistics a direction more: records between two locals, or two strangers, by who sent them. */
const BETWEEN_FORTH = 2;
const BETWEEN_BACK = 3;

export class Sides {
  /** OUTBOUND, INBOUND, BETWEEN_FORTH or BETWEEN_BACK */
  lane = BETWEEN_FORTH;
  /** the party that is not local; between two of a kind, the initiator */
  remote: Endpoint;
  /** which ends are local: 0 the initiator, 1 the responder, 2 both, 3 neither */
  place = 3;

  constructor(scene: Scene) {
    this.remote = scene.source;
  }

  set(scene: Scene, flows: Flows): void {
    const { sourceLocal, destinationLocal } = scene;
    if (sourceLocal !== destinationLocal) {
      this.lane = sourceLocal ? OUTBOUND : INBOUND;
      this.remote = sourceLocal ? scene.destination : scene.source;
    } else {
      this.lane = flows.fromInitiator ? BETWEEN_FORTH : BETWEEN_BACK;
      this.remote = flows.initiator;
    }
    if (!flows.starts) return;
    const asker = flows.initiator.local;
    const answerer = flows.responder.local;
    this.place = asker ? (answerer ? 2 : 0) : answerer ? 1 : 3;
  }
}
