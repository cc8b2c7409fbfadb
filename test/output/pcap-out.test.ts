import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScoredBatch } from '../../src/detect/score/scored-batch.js';
import { PacketRing } from '../../src/output/packet-ring.js';
import { PcapOut, type PcapOutOptions } from '../../src/output/pcap-out.js';
import { BatchBuffer } from '../../src/source/batch.js';
import { incident } from '../report/sample.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-pcap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Packet {
  readonly second: number;
  /** identity of the pair */
  readonly pair: number;
  readonly evidence?: boolean;
  /** opens an incident with the frames of its pair so far that were evidence */
  readonly opens?: boolean;
}

/** Runs packets through in batches; packet k carries its frame number as its four bytes. Returns the frames in the file. */
async function run(packets: readonly Packet[], batchSize: number, options: PcapOutOptions = {}) {
  const path = join(folder, 'out.pcap');
  const out = await PcapOut.open(path, options);
  for (let from = 0; from < packets.length; from += batchSize) {
    const part = packets.slice(from, from + batchSize);
    const raw = new BatchBuffer(batchSize);
    raw.begin(new Uint8Array(4 * batchSize));
    const view = new DataView(raw.data.buffer);
    const judged = new ScoredBatch(batchSize, 1, 1);
    const opened = [];
    for (const [i, packet] of part.entries()) {
      const frame = from + i + 1;
      view.setUint32(4 * i, frame);
      raw.add(4 * i, 4, 60, packet.second * 1e6, 1);
      judged.frame[i] = frame;
      judged.timestampUs[i] = judged.clockUs[i] = packet.second * 1e6;
      judged.initiator.low[i] = packet.pair;
      judged.responder.low[i] = packet.pair * 31;
      judged.anomaly[i] = packet.evidence ? 1 : 0;
      judged.count++;
      if (packet.opens) {
        const frames = packets.slice(0, frame).flatMap((p, k) => (p.pair === packet.pair && p.evidence ? [k + 1] : []));
        opened.push(incident(1, { frames, lastUs: packet.second * 1e6 }));
      }
    }
    await out.onPackets(raw);
    judged.count = part.length;
    out.onJudged(judged, opened);
  }
  await out.close();
  const bytes = readFileSync(path);
  const frames: number[] = [];
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) frames.push(bytes.readUInt32BE(at + 16));
  return { frames, out };
}

describe('packets of incidents', () => {
  it("are written with the pair's packets of some seconds before, in order of time, and no others", async () => {
    const packets: Packet[] = Array.from({ length: 100 }, (_, k) => ({ second: k, pair: 1 + (k % 3) }));
    packets[60] = { second: 60, pair: 1, evidence: true, opens: true };
    packets[63] = { second: 63, pair: 1, evidence: true };
    for (const size of [1, 7]) {
      rmSync(join(folder, 'out.pcap'), { force: true });
      const { frames } = await run(packets, size, { beforeS: 10 });
      const ofPair = frames.every((frame) => packets[frame - 1]?.pair === 1);
      expect(ofPair).toBe(true);
      expect(frames).toEqual(frames.toSorted((a, b) => a - b));
      // the incident lasts to the end here; before it, ten seconds and what its batch still held
      expect(frames.filter((frame) => frame >= 61)).toEqual([61, 64, 67, 70, 73, 76, 79, 82, 85, 88, 91, 94, 97, 100]);
      expect(frames).toContain(52);
      if (size === 1) expect(frames.at(0)).toBe(52);
    }
  });

  it('follow an open incident to the next pair that is evidence', async () => {
    const packets: Packet[] = [
      { second: 0, pair: 1, evidence: true },
      { second: 1, pair: 1, evidence: true, opens: true },
      { second: 2, pair: 2 },
      { second: 3, pair: 2, evidence: true },
      { second: 4, pair: 3 },
    ];
    const { frames } = await run(packets, 2);
    expect(frames).toEqual([1, 2, 3, 4]);
  });

  it('end some minutes after the last evidence', async () => {
    const packets: Packet[] = [
      { second: 0, pair: 1, evidence: true, opens: true },
      { second: 299, pair: 1 },
      { second: 301, pair: 1 },
    ];
    expect((await run(packets, 1)).frames).toEqual([1, 2]);
  });

  it('are counted when the memory for waiting packets was too small', async () => {
    const packets: Packet[] = Array.from({ length: 50 }, () => ({ second: 1, pair: 1 }));
    packets[49] = { second: 1, pair: 1, evidence: true, opens: true };
    const { frames, out } = await run(packets, 50, { ringPackets: 8 });
    expect(frames).toEqual([43, 44, 45, 46, 47, 48, 49, 50]);
    expect(out.packets).toBe(8);
  });

  it('never go over an existing file', async () => {
    writeFileSync(join(folder, 'out.pcap'), 'mine');
    await expect(PcapOut.open(join(folder, 'out.pcap'))).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
  });

  it('leave a readable, empty capture when there was no incident', async () => {
    expect((await run([{ second: 1, pair: 1 }], 1)).frames).toEqual([]);
    expect(readFileSync(join(folder, 'out.pcap'))).toHaveLength(24);
  });
});

describe('the ring of recent packets', () => {
  it('holds exactly the newest packets, whole, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 260_000 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const ring = new PacketRing(6, 0);
        const source = new BatchBuffer(1);
        lengths.forEach((length, k) => {
          source.begin(new Uint8Array(length).fill(k + 1));
          source.add(0, length, length, k, 1);
          while (!ring.fits(length)) ring.shift();
          ring.push(source, 0);
          for (let frame = ring.firstFrame; frame < ring.firstFrame + ring.count; frame++) {
            const slot = ring.slotOf(frame);
            const start = ring.offset[slot];
            expect(ring.capLen[slot]).toBe(lengths[frame - 1]);
            const bytes = ring.data.subarray(start, start + ring.capLen[slot]);
            if (bytes.length > 0) expect([bytes[0], bytes.at(-1)]).toEqual([frame, frame]);
          }
        });
        expect(ring.firstFrame + ring.count - 1).toBe(lengths.length);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
