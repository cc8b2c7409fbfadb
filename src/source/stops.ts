import { type PacketRecord, STOP_LAYERS, STOP_REASONS } from '../table/record.js';

/** Counts how records stopped, without a string per packet. */
export class StopCounts {
  private readonly counts = new Float64Array(STOP_REASONS.length * STOP_LAYERS.length);

  add(record: PacketRecord): void {
    const k = record.stopReason * STOP_LAYERS.length + record.stopLayer;
    this.counts[k] = this.counts[k] + 1;
  }

  /** By `reason:layer`, most frequent first. */
  toMap(): Map<string, number> {
    const rows: [string, number][] = [];
    this.counts.forEach((count, k) => {
      if (count > 0) {
        rows.push([
          `${STOP_REASONS[Math.floor(k / STOP_LAYERS.length)]}:${STOP_LAYERS[k % STOP_LAYERS.length]}`,
          count,
        ]);
      }
    });
    return new Map(rows.sort((a, b) => b[1] - a[1]));
  }
}
