/** Features made by a thread of the built program: scores, incidents and facts are those of one thread, to the bit. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../src/engine/record-kind.js';
import type { RunReport } from '../../src/report/run-report.js';
import type { PacketBatch } from '../../src/source/packet-source.js';
import { type CapturedPacket, pcapFile, readPcap } from '../support/packets.js';
import { anomaly, folder, root, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

// the thread is one of the built program, so the rest is too
const { filterSource, loadModel, openSource, watch } = (await import(
  join(root, 'dist/index.js')
)) as typeof import('../../src/index.js');
const { Watch } = (await import(join(root, 'dist/engine/watch.js'))) as typeof import('../../src/engine/watch.js');
type Bundle = Awaited<ReturnType<typeof loadModel>>;
type Options = NonNullable<Parameters<typeof watch>[2]>;
type Packet = Required<CapturedPacket>;

let bundle: Bundle;
beforeAll(async () => {
  bundle = await loadModel((await trained()).modelDir);
}, 300_000);

const MIXED = sample('mixed.pcap.gz');
const bytes = gunzipSync(readFileSync(MIXED));
const packets = readPcap(bytes)?.packets as Packet[];

/** All that is the same in every run. */
async function outcome(source: Source, options: Options = {}) {
  const scores: number[] = [];
  const smoothed: number[] = [];
  const told: string[] = [];
  // told with the batch that it is in, of which the one thread makes smaller ones
  const clock: string[] = [];
  let report: RunReport | undefined;
  let failure: unknown;
  try {
    for await (const event of watch(source, bundle, { sensor: 'here', engine: 'simd', ...options })) {
      if (event.type === 'scored') {
        scores.push(...event.batch.score.subarray(0, event.batch.count));
        smoothed.push(...event.batch.smoothed.subarray(0, event.batch.count));
      } else if (event.type === 'clock') clock.push(JSON.stringify(event.event));
      else if (event.type === 'input') told.push(`input ${JSON.stringify(event.change)}`);
      else if (event.type === 'summary') report = event.report;
      else told.push(`${event.type} ${event.incident.id} ${event.incident.severity} ${event.incident.anomalous}`);
    }
  } catch (error) {
    failure = error;
  }
  const { facts, incidents = [] } = report ?? {};
  return {
    scores,
    smoothed,
    told,
    clock,
    failure: failure instanceof Error ? failure.message : undefined,
    facts: facts && { ...facts, run: undefined },
    incidents: incidents.map(({ uuid: _, ...rest }) => rest),
  };
}

async function expectTheSame(paths: string | readonly string[], options: Options = {}) {
  const one = await outcome(await openSource(paths), { ...options, thread: false });
  const two = await outcome(await openSource(paths), { ...options, thread: true });
  expect(two).toEqual(one);
  return two;
}

function written(name: string, content: Uint8Array): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

const capture = (some: readonly Packet[]): string => written('packets.pcap', pcapFile(some));

/** The source, with packets that `change` makes of its own. */
function changed(source: Source, change: (packets: AsyncIterable<PacketBatch>) => AsyncIterable<PacketBatch>): Source {
  return {
    ...source,
    open: async (hooks) => {
      const stream = await source.open(hooks);
      const packets = change(stream.batches.packets as AsyncIterable<PacketBatch>);
      return { ...stream, batches: Object.assign(stream.batches, { packets }), close: () => stream.close() };
    },
  };
}

describe('features by a thread', { timeout: 300_000 }, () => {
  it('are those of one thread: a scan, guessing and a tunnel in ordinary traffic', async () => {
    const { scores, incidents } = await expectTheSame(MIXED);
    expect(scores).toHaveLength(packets.length);
    expect(incidents.length).toBeGreaterThan(2);
  });

  it('of captures that are merged by time', async () => {
    const thirds = [0, 1, 2].map((third) => capture(packets.slice(0, 20_000).filter((_, i) => i % 3 === third)));
    const { facts } = await expectTheSame(thirds);
    expect(facts?.records).toBe(20_000);
  });

  it('tell pauses, and times that no neighbour bears out', async () => {
    const late = packets.slice(0, 20_000).map((packet, i) => {
      const moved = (i > 9000 ? 3 * 3600e6 : 0) + (i === 5000 ? 365 * 86_400e6 : 0);
      return { ...packet, timestamp: packet.timestamp + moved };
    });
    const { clock, facts } = await expectTheSame(capture(late));
    expect(clock.length).toBeGreaterThan(1);
    expect(facts?.clock?.totals).toMatchObject({ pause: 1, stray: 1 });
  });

  it('count what cannot be decoded, and say so as one thread does', async () => {
    const some = packets
      .slice(0, 5000)
      .map((packet, i) => (i % 7 === 0 ? { ...packet, data: packet.data.slice(0, 20) } : packet));
    const { facts } = await expectTheSame(capture(some));
    expect(facts?.stops.length).toBeGreaterThan(0);
  });

  it('judge all before the damage of a capture, and then tell it', async () => {
    const cut = bytes.subarray(0, bytes.length >> 1);
    const damaged = Buffer.concat([cut, Buffer.alloc(200_000, 0xff)]);
    const { failure, facts } = await expectTheSame(written('damaged.pcap', damaged));
    expect(failure).toMatch(/damaged\.pcap/);
    expect(facts?.records).toBeGreaterThan(1000);
  });

  it('end at the number of records that was asked for', async () => {
    const { scores } = await expectTheSame(MIXED, { count: 12_345 });
    expect(scores).toHaveLength(12_345);
  });

  it('of packets as large as captures may hold', async () => {
    const some = packets.slice(0, 3000).map((packet, i) => {
      const data = new Uint8Array(i % 100 === 0 ? 262_144 : packet.data.length);
      data.set(packet.data);
      return { ...packet, data };
    });
    await expectTheSame(capture(some));
  });

  it('do not wait for more packets where the thread has nothing to do', async () => {
    const paced = changed(await openSource(MIXED), async function* (all) {
      let judged = 0;
      for await (const batch of all) {
        // the next packets come when these were judged, as of a slow interface
        const { promise, resolve } = withResolvers();
        judged += batch.count;
        waiting.push({ records: judged, resolve });
        yield batch;
        await promise;
      }
    });
    const waiting: { records: number; resolve: () => void }[] = [];
    let records = 0;
    for await (const event of watch(paced, bundle, { thread: true, count: 5000 })) {
      if (event.type !== 'scored') continue;
      records += event.batch.count;
      while (waiting[0] && waiting[0].records <= records) waiting.shift()?.resolve();
    }
    expect(records).toBe(5000);
  });

  it('go over to another model between two records, all before by the one and all after by the other', async () => {
    const source = await openSource(MIXED);
    const watched = await Watch.begin(source.kind, bundle, { engine: 'simd', thread: true });
    const other = { ...bundle, id: 'other' };
    const scores: number[] = [];
    let adopting: Promise<void> | undefined;
    for await (const event of watched.over(await source.open())) {
      if (event.type !== 'scored') continue;
      scores.push(...event.batch.score.subarray(0, event.batch.count));
      if (scores.length > 10_000) adopting ??= watched.adopt(other);
    }
    await adopting;
    expect(watched.model.id).toBe('other');
    await watched.close();
    await source.close();
    expect(scores).toEqual((await outcome(await openSource(MIXED), { thread: false })).scores);
  });

  it('end soon where the run is told to, with what was judged', async () => {
    const abort = new AbortController();
    let records = 0;
    for await (const event of watch(await openSource(MIXED), bundle, { thread: true, signal: abort.signal })) {
      if (event.type === 'scored') records += event.batch.count;
      if (records > 4000) abort.abort();
      if (event.type === 'summary') expect(event.report.facts.records).toBe(records);
    }
    expect(records).toBeGreaterThan(4000);
    expect(records).toBeLessThan(packets.length);
  });

  it('leave nothing behind where the reader has had enough', async () => {
    const source = await openSource(MIXED);
    for await (const { type } of watch(source, bundle, { thread: true })) if (type === 'scored') break;
    // a second run of the same source
    expect((await outcome(source, { thread: true, count: 2000 })).scores).toHaveLength(2000);
  });

  it('are scored by the thread where the reader is behind, and are the same', async () => {
    const scored = new Set<boolean>();
    for await (const event of watch(await openSource(MIXED), bundle, { thread: true })) {
      if (event.type !== 'scored') continue;
      scored.add(event.batch.scored);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(scored).toContain(true);
  });

  it('are those of the records that somebody picked', async () => {
    const source = await openSource(MIXED);
    const odd = filterSource(source, (_, index) => index % 2 === 1);
    expect((await outcome(odd, { thread: true, count: 2000 })).scores).toHaveLength(2000);
    const open: typeof source.open = async (hooks) => {
      const stream = await source.open(hooks);
      const batches = (async function* () {
        for await (const batch of stream.batches) {
          yield batch;
          return;
        }
      })();
      return { ...stream, batches, close: () => stream.close() };
    };
    const first = await outcome({ ...source, open }, { thread: true });
    expect(first.scores.length).toBeLessThan(2000);
  });

  it.skipIf(availableParallelism() === 1)(
    'are asked for where a capture is long enough, and nobody hears its records',
    async () => {
      const large = written('large.pcap', bytes);
      expect([statSync(large).size > 2 ** 22, statSync(MIXED).size < 2 ** 22]).toEqual([true, true]);
      const mostAtOnce = async (path: string, onRecord?: () => undefined): Promise<number> => {
        let most = 0;
        for await (const event of watch(await openSource(path), bundle, { count: 20_000 }, onRecord))
          if (event.type === 'scored') most = Math.max(most, event.batch.count);
        return most;
      };
      // a page is a batch; in one thread a batch ends with what was read at once
      expect(await mostAtOnce(large)).toBe(1024);
      expect(await mostAtOnce(MIXED)).toBeLessThan(1024);
      expect(await mostAtOnce(large, () => undefined)).toBeLessThan(1024);
    },
  );

  it('are made by one thread where there are no packets to send: of a packet table', async () => {
    const table = join(folder(), 'packets.csv');
    expect(anomaly(['sniff', '-r', MIXED, '--out', table, '--count', '3000']).code).toBe(0);
    const { scores } = await expectTheSame(table);
    expect(scores).toHaveLength(3000);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
