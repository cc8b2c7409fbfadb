/** Which of training's records belong to what stands out: all of a pair's with its service, of a zone's, of an initiator's. */
import { exactKey } from '../../base/hash.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Outlier } from './hygiene.js';
import type { Relations } from './relations.js';
import { OWN } from './roles.js';
import { pooled, serviceOf } from './services.js';
import { INITIATOR_FAMILY, PAIR_FAMILY, SERVICE_FAMILY, windowUs } from './statistics.js';

export class LeftOut {
  private readonly byInitiator = new Map<number, Outlier[]>();
  private readonly byResponder = new Map<number, Outlier[]>();

  constructor(
    outliers: readonly Outlier[],
    private readonly relations: Relations,
  ) {
    for (const outlier of outliers) {
      const { family, initiator, address } = outlier.of;
      const ofMany = family === SERVICE_FAMILY && outlier.cell.client === 0;
      const [map, end] = ofMany ? [this.byResponder, address] : [this.byInitiator, outlier.cell.client || initiator];
      const of = map.get(end) ?? [];
      map.set(end, of);
      of.push(outlier);
    }
  }

  /** Whether record k is to be left out. */
  has(batch: FeatureBatch, k: number): boolean {
    const holds = (outlier: Outlier): boolean => this.holds(outlier, batch, k);
    const { initiator, responder } = batch;
    return (
      this.byInitiator.get(initiator.key(k))?.some(holds) === true ||
      this.byResponder.get(responder.key(k))?.some(holds) === true
    );
  }

  private holds({ of, cell, windows, except }: Outlier, batch: FeatureBatch, k: number): boolean {
    const { relations } = this;
    const isThen = (): boolean =>
      windows.some(({ startUs, scale }) => {
        const sinceUs = batch.clockUs[k] - startUs;
        return sinceUs >= 0 && sinceUs < windowUs(scale);
      });
    // the captured host is in all records: of what it did at once only that time is left out
    if (of.family === INITIATOR_FAMILY) return of.roleOfInitiator !== OWN || isThen();
    const raw = serviceOf(batch.protocol[k], batch.servicePort[k]);
    const service = relations.hasService(raw, except) ? raw : pooled(raw);
    if (of.family === PAIR_FAMILY || of.family === SERVICE_FAMILY) {
      const isOfThem = batch.responder.key(k) === of.address && service === of.service;
      return isOfThem && (of.family === PAIR_FAMILY || cell.client !== 0 || isThen());
    }
    if (batch.traffic.dns[k] === 0) return false;
    const zone = exactKey(batch.traffic.zoneLow[k], batch.traffic.zoneHigh[k]);
    return of.service === (relations.zones.has(zone, except) ? zone : 0);
  }
}
