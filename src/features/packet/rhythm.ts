/** How often and how evenly one initiator comes back: to a service, and to a DNS name. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { FeatureColumn } from '../extractor.js';
import { lgCount } from '../numeric.js';
import { Regularity } from '../regularity.js';
import { SlotTable } from '../slot-table.js';
import { type Activity, S, SERVICES } from './activity.js';
import type { Flows } from './flows.js';
import type { Scene } from './scene.js';

const NAMES = 16_384;
const NAME_KEY = 40;

export const RHYTHM_COLUMNS: readonly FeatureColumn[] = [
  {
    name: 'service_flows_10s',
    unit: 'ln flows',
    doc: 'flows of this initiator to this service, in the last 10 to 20 s',
    group: 'window',
    binary: false,
  },
  {
    name: 'service_regularity',
    unit: 'share',
    doc: 'how evenly in time this initiator opens flows to this service: 1 − spread by mean of the gaps',
    group: 'window',
    binary: false,
  },
  {
    name: 'dns_regularity',
    unit: 'share',
    doc: 'on DNS: how evenly in time this initiator asks for this name: 1 − spread by mean of the gaps',
    group: 'kind',
    binary: false,
  },
];

export class Rhythm {
  private readonly services = new Regularity(SERVICES);
  private readonly nameTable = new SlotTable(NAMES);
  private readonly names = new Regularity(NAMES);
  private readonly key = new Key();
  private name = -1;

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

  write(scene: Scene, activity: Activity, out: Float32Array, at: number): number {
    out[at] = lgCount(activity.services.latest(activity.service, scene.bucket, S.flows));
    out[at + 1] = this.services.value(activity.service);
    out[at + 2] = this.name < 0 ? 0 : this.names.value(this.name);
    return at + 3;
  }

  clear(): void {
    this.nameTable.clear();
  }
}
