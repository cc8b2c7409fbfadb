/** Mutated frames through the decoder: what they took and what came of them. */

import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodePacket } from '../../src/decode/packet.ts';
import { openCaptures } from '../../src/source/captures.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { rowOf } from '../support/decoding.ts';
import { Mutable } from './mutate.ts';
import { Random } from './random.ts';

export interface Seed {
  readonly data: Uint8Array;
  readonly linkType: number;
}

export interface FrameTorture {
  readonly frames: number;
  /** ms of the slowest frame; one slower than `SLOW_MS` is timed again and its best time counts: other processes pause this one */
  readonly slowestMs: number;
  /** bytes of heap gained from a tenth of the frames to the end, garbage collected before both */
  readonly heapGrowth: number;
  /** frames by stop, '' for those decoded to the end */
  readonly stops: ReadonlyMap<string, number>;
}

const SLOW_MS = 0.1;
const RETRIES = 7;
const CAPACITY = 16_384;
const PACKETS_PER_CAPTURE = 60;
/** every so many frames the row is written, and checked to come from the frame's own bytes */
const CHECK_EVERY = 16;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Frames of captures, the first of each; captures that cannot be read are left out. */
export async function seedsOf(paths: readonly string[]): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const path of paths) {
    try {
      const source = await openCaptures([path]);
      const last = seeds.length + PACKETS_PER_CAPTURE;
      for await (const batch of source) {
        for (let k = 0; k < batch.count && seeds.length < last; k++) {
          const at = batch.offset[k];
          const data = batch.data.slice(at, at + Math.min(batch.capLen[k], CAPACITY - 512));
          seeds.push({ data, linkType: batch.linkType[k] });
        }
        if (seeds.length >= last) break;
      }
      await source.close();
    } catch {
      // damaged captures are the business of the other half of this torture
    }
  }
  return seeds;
}

export function tortureFrames(seeds: readonly Seed[], frames: number, seed: number): FrameTorture {
  const random = new Random(seed);
  const frame = new Mutable(CAPACITY);
  const record = new PacketRecord();
  const stops = new Map<number, { name: string; count: number }>();
  let slowestMs = 0;
  let heapBefore = 0;
  for (let k = 0; k < frames; k++) {
    if (k === Math.floor(frames / 10)) heapBefore = heapUsed();
    const { data, linkType } = random.pick(seeds);
    frame.load(data);
    frame.mutate(random, random.pick(seeds).data);
    const link = random.below(50) === 0 ? random.pick(seeds).linkType : linkType;
    const wireLen = random.below(3) === 0 ? random.below(70_000) : frame.length;
    const inner = random.below(2) === 0;
    const time = timed(frame, wireLen, link, inner, record);
    if (time > slowestMs) slowestMs = time;
    const stop = record.stopReason * 100 + record.stopLayer;
    const known = stops.get(stop);
    if (known) known.count++;
    else stops.set(stop, { name: rowOf(record).split(',').at(-1) ?? '', count: 1 });
    if (k % CHECK_EVERY === 0) checkOwnBytesOnly(frame, wireLen, link, inner, record);
  }
  return {
    frames,
    slowestMs,
    heapGrowth: heapUsed() - heapBefore,
    stops: new Map([...stops.values()].sort((a, b) => b.count - a.count).map(({ name, count }) => [name, count])),
  };
}

function timed(frame: Mutable, wireLen: number, linkType: number, inner: boolean, record: PacketRecord): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt <= RETRIES && best > SLOW_MS; attempt++) {
    const begun = performance.now();
    decodePacket(frame.bytes, 0, frame.length, wireLen, linkType, record, inner);
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

/** Decodes again with other bytes behind the frame: the row must be the same, and printable. */
function checkOwnBytesOnly(
  frame: Mutable,
  wireLen: number,
  linkType: number,
  inner: boolean,
  record: PacketRecord,
): void {
  const row = rowOf(record);
  if (!/^[\x20-\x7e]*$/.test(row))
    throw new Error(`a row with other characters than printable ASCII: ${JSON.stringify(row)}`);
  for (let i = frame.length; i < Math.min(frame.bytes.length, frame.length + 300); i++) {
    frame.bytes[i] = frame.bytes[i] ^ 0xff;
  }
  decodePacket(frame.bytes, 0, frame.length, wireLen, linkType, record, inner);
  const again = rowOf(record);
  if (again !== row) throw new Error(`bytes behind the frame were read:\n${row}\n${again}`);
}
