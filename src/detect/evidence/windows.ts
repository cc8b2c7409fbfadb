/**
 * From records to the windows of all entities that they concern. Training collects the windows when they are over, detection
 * tests them while they run: who uses this says what happens to either. Nothing here knows what is normal.
 */
import type { RecordKind } from '../../features/extractor.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import type { FeatureBatch } from '../feature-batch.js';
import { Ledger } from './ledger.js';
import { isLookUp } from './look-up.js';
import { takeConnection, takeIcmp, takeLookUp, takeName, takeOther } from './messages.js';
import { Packets } from './packets.js';
import type { Relations } from './relations.js';
import { Roles, type RolesState } from './roles.js';
import { serviceOf } from './services.js';
import type { WindowHooks } from './window-hooks.js';

const ICMP = 1;
const ICMPV6 = 58;

export class Windows {
  readonly ledger: Ledger;
  private readonly packets: Packets;
  private readonly wholeConnections: boolean;

  /** @param scales windows of so many lengths are kept */
  constructor(kind: RecordKind, relations: Relations, roles: RolesState, scales: number, hooks: WindowHooks) {
    this.wholeConnections = RECORD_KINDS[kind].wholeConnections;
    this.ledger = new Ledger(relations, new Roles(roles), scales, hooks);
    this.packets = new Packets(this.ledger);
  }

  /** Another training's relations, roles and number of lengths; windows that are under way go on. */
  adopt(relations: Relations, roles: RolesState, scales: number): void {
    this.ledger.adopt(relations, new Roles(roles), scales);
  }

  /** Takes in record k. */
  observe(batch: FeatureBatch, k: number): void {
    const { ledger } = this;
    ledger.take(batch, k);
    this.packets.expire();
    const protocol = batch.protocol[k];
    if (batch.servicePort[k] >= 0) {
      if (this.wholeConnections) takeConnection(ledger, batch, k);
      else this.packets.take(batch, k);
      if (batch.traffic.dns[k] !== 0) takeName(ledger, batch, k);
      if (batch.traffic.answers[k] > 0) ledger.resolve(batch, k, serviceOf(protocol, batch.servicePort[k]));
    } else if (isLookUp(batch, k)) takeLookUp(ledger, batch, k);
    else if (protocol === ICMP || protocol === ICMPV6) takeIcmp(ledger, batch, k);
    else if (protocol >= 0) takeOther(ledger, batch, k);
  }

  /** Ends all windows; nobody is there any more. */
  finish(): void {
    this.ledger.finish();
    this.packets.restart();
  }
}
