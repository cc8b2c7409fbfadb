/** Several packet sources as one, in the order of time. */

import { MAX_SNAPLEN } from '../base/limits.js';
import { BatchBuffer } from './batch.js';
import { type Opener, openFeeds } from './feeds.js';
import type { PacketBatch, PacketSource } from './packet-source.js';
import { mergeRuns } from './runs.js';

const MERGED_BYTES = 1 << 20;

/** @throws what `open` throws */
export async function mergePackets(
  paths: readonly string[],
  open: Opener<PacketBatch>,
  signal?: AbortSignal,
): Promise<PacketSource> {
  const { feeds, facts, origins, settle, throwDamage, close } = await openFeeds(paths, open, signal);
  let closed = false;

  async function* batches(): AsyncGenerator<PacketBatch> {
    const merged = new BatchBuffer();
    const data = new Uint8Array(MERGED_BYTES + MAX_SNAPLEN);
    let used = 0;
    merged.begin(data);
    try {
      for await (const { rank, batch, from, to } of mergeRuns(feeds)) {
        if (closed) return;
        facts.received += to - from;
        origins.add(rank, to - from);
        if (from === 0 && to === batch.count) {
          if (merged.count > 0) yield merged;
          merged.begin(data);
          used = 0;
          yield batch;
          continue;
        }
        for (let k = from; k < to; k++) {
          const start = batch.offset[k];
          const capLen = batch.capLen[k];
          data.set(batch.data.subarray(start, start + capLen), used);
          merged.add(used, capLen, batch.wireLen[k], batch.timestampUs[k], batch.linkType[k]);
          used += capLen;
          if (merged.full || used > MERGED_BYTES) {
            yield merged;
            merged.begin(data);
            used = 0;
          }
        }
      }
      if (merged.count > 0) yield merged;
    } finally {
      settle();
    }
    throwDamage();
  }

  return {
    facts,
    [Symbol.asyncIterator]: batches,
    async close() {
      closed = true;
      await close();
    },
  };
}
