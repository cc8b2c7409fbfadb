/** Connections and bytes of each service over the last minute, all its clients together. Bounded. */
import { Key } from '../../base/hash.js';
import { SlotTable, tickOf } from '../../features/slot-table.js';
import { BUCKET_SECONDS, WindowCounters } from '../../features/window.js';
import type { FeatureBatch } from '../feature-batch.js';

const SERVICES = 4096;
const FLOWS = 0;
const BYTES = 1;

export interface ServiceLoad {
  flows: number;
  bytes: number;
}

export class ServiceLoads {
  private readonly table = new SlotTable(SERVICES);
  private readonly windows = new WindowCounters(SERVICES, 2);
  private readonly key = new Key();
  private readonly load: ServiceLoad = { flows: 0, bytes: 0 };

  /** Takes in record k, which has a service port; the answer is overwritten by the next. */
  observe(batch: FeatureBatch, k: number): ServiceLoad {
    const { low, high } = batch.responder;
    const key = this.key
      .start(0x4c)
      .addPair(low[k], high[k])
      .add((batch.protocol[k] << 16) ^ batch.servicePort[k]);
    const seconds = batch.clockUs[k] / 1e6;
    const slot = this.table.claim(key.low, key.high, tickOf(seconds));
    const bucket = Math.floor(seconds / BUCKET_SECONDS);
    if (this.table.fresh) this.windows.reset(slot, bucket);
    this.windows.advance(slot, bucket);
    if (batch.opensFlow[k] === 1) this.windows.add(slot, bucket, FLOWS, 1);
    this.windows.add(slot, bucket, BYTES, batch.bytes[k]);
    this.load.flows = this.windows.get(slot, FLOWS);
    this.load.bytes = this.windows.get(slot, BYTES);
    return this.load;
  }
}
