/** How often and how evenly one initiator comes back: to a service, and to a DNS name. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { Regularity } from '../regularity.js';
import { SlotTable } from '../slot-table.js';
import { type Activity, SERVICES } from './activity.js';
import type { Flows } from './flows.js';
import type { Scene } from './scene.js';

const NAMES = 16_384;
const NAME_KEY = 40;

export class Rhythm {
  readonly services = new Regularity(SERVICES);
  private readonly nameTable = new SlotTable(NAMES);
  readonly names = new Regularity(NAMES);
  private readonly key = new Key();
  /** place of the record's DNS name among the names; -1 where it has none */
  name = -1;

  /** Call after `activity.count`. */
  count(record: PacketRecord, scene: Scene, flows: Flows, activity: Activity): void {
    const { services, names } = this;
    if (activity.newService) services.reset(activity.service);
    if (flows.opens) services.happens(activity.service, scene.seconds);
    this.name = -1;
    if (record.dnsResponse < 0) return;
    const { initiator } = flows;
    const { whole } = scene.name;
    const k = this.key
      .start(NAME_KEY)
      .addPair(initiator.hashLow, initiator.hashHigh)
      .addPair(whole.low, whole.high)
      .add(record.dnsQryType);
    this.name = this.nameTable.claim(k.low, k.high, scene.tick);
    if (this.nameTable.fresh) names.reset(this.name);
    if (record.dnsResponse === 0) names.happens(this.name, scene.seconds);
  }

  clear(): void {
    this.nameTable.clear();
  }
}
