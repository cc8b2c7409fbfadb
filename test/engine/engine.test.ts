/** The engine as a program uses it, without the command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { learn } from '../../src/engine/learn.js';
import type { RecordStream, Source } from '../../src/engine/record-kind.js';
import { filterSource, openSource } from '../../src/engine/source.js';
import { Interrupted } from '../../src/engine/training-rows.js';
import { transform } from '../../src/engine/transform.js';
import { Watch, type WatchEvent, watch } from '../../src/engine/watch.js';
import { loadBundle } from '../../src/model/bundle.js';
import { connLog, HEADER } from '../support/conn-log.js';
import { lastWords } from '../support/eve.js';
import { anomaly, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const MIXED = sample('mixed.pcap.gz');

/** A conn.log of harmless traffic in a folder. */
function logIn(dir: string): string {
  const path = join(dir, 'conn.log');
  writeFileSync(path, HEADER + connLog(1, 1500));
  return path;
}

async function all(events: AsyncIterable<WatchEvent>): Promise<WatchEvent[]> {
  const seen: WatchEvent[] = [];
  for await (const event of events) seen.push(event.type === 'scored' ? { ...event } : event);
  return seen;
}

async function refusal(work: Promise<unknown>): Promise<AnomalyError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AnomalyError);
  return error as AnomalyError;
}

/** The first records of a source, then a failure of its own. */
function failingAfter(source: Source, batches: number): Source {
  return {
    ...source,
    open: async (hooks) => {
      const stream = await source.open(hooks);
      async function* some(): RecordStream['batches'] {
        let left = batches;
        for await (const batch of stream.batches) {
          yield batch;
          if (--left === 0) throw new AnomalyError('BAD_DATA', 'the cable was cut');
        }
      }
      return { facts: stream.facts, stops: stream.stops, batches: some(), close: () => stream.close() };
    },
  };
}

describe('watch', () => {
  it('gives the scores and incidents that the command writes', async () => {
    const { modelDir } = await trained();
    const dir = folder();
    const scores = join(dir, 'scores.csv');
    const alerts = join(dir, 'alerts.jsonl');
    expect(anomaly(['detect', '-q', '-r', MIXED, '--model', modelDir, '--scores', scores, '--out', alerts]).code).toBe(
      0,
    );
    const rows = parse(readFileSync(scores), { columns: true }) as Record<string, string>[];
    // the last word on each
    const titles = lastWords(readFileSync(alerts, 'utf8')).map(({ alert }) => alert.signature);

    const found: string[] = [];
    let differing = 0;
    for await (const event of watch(await openSource(MIXED), await loadBundle(modelDir))) {
      if (event.type === 'summary') found.push(...event.report.incidents.map(({ title }) => title));
      if (event.type !== 'scored') continue;
      const { batch } = event;
      for (let k = 0; k < batch.count; k++) {
        const row = rows[batch.frame[k] - 1];
        const same = row.score === batch.score[k].toFixed(6) && row.smoothed === batch.smoothed[k].toFixed(6);
        if (!same || row.anomaly !== String(batch.anomaly[k])) differing++;
      }
    }
    expect(differing).toBe(0);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(titles);
  });

  it('ends with a summary that counts every record, and tells each incident before it', async () => {
    const { modelDir } = await trained();
    const events = await all(watch(await openSource(MIXED), await loadBundle(modelDir), { count: 20_000 }));
    const last = events.at(-1);
    expect(last?.type === 'summary' && last.report.facts.records).toBe(20_000);
    const opened = events.flatMap((event) => (event.type === 'opened' ? [event.incident.id] : []));
    expect(opened).toEqual(last?.type === 'summary' ? last.report.incidents.map(({ id }) => id) : []);
  });

  it('tells what was found before its input failed, then throws', async () => {
    const { modelDir } = await trained();
    const source = failingAfter(await openSource(MIXED), 3);
    const types: string[] = [];
    const run = (async () => {
      for await (const { type } of watch(source, await loadBundle(modelDir))) types.push(type);
    })();
    expect((await refusal(run)).message).toBe('the cable was cut');
    expect(types.at(-1)).toBe('summary');
    expect(types).toContain('scored');
  });

  it('ends soon when its signal is given, with a summary', async () => {
    const { modelDir } = await trained();
    const abort = new AbortController();
    let records = 0;
    for await (const event of watch(await openSource(MIXED), await loadBundle(modelDir), { signal: abort.signal })) {
      abort.abort();
      if (event.type === 'summary') records = event.report.facts.records;
    }
    expect(records).toBeGreaterThan(0);
    expect(records).toBeLessThan(62_937);
  });

  it('refuses a model of other records before it reads any', async () => {
    const { modelDir } = await trained();
    const dir = folder();
    const source = await openSource(logIn(dir));
    const error = await refusal(Watch.begin(source.kind, await loadBundle(modelDir)));
    expect(error.code).toBe('BAD_MODEL');
    await source.close();
  });
});

describe('learn', () => {
  it('gives what the command keeps, to the bit', async () => {
    const dir = folder();
    const log = logIn(dir);
    const model = join(dir, 'model');
    expect(anomaly(['train', '-q', log, '--epochs', '2', '--power', 'off', '--model', model]).code).toBe(0);
    const kept = await loadBundle(model);
    const bundle = await learn(await openSource(log), { epochs: 2 });
    expect(bundle.threshold).toEqual(kept.threshold);
    expect(bundle.weights).toEqual(kept.weights);
    expect(bundle.calibration).toEqual(kept.calibration);
    expect(JSON.stringify(bundle.extractorState)).toBe(JSON.stringify(kept.extractorState));
    expect(JSON.stringify(bundle.detectorState)).toBe(JSON.stringify(kept.detectorState));
  });

  it('lets a hook hear every record with its features', async () => {
    const log = logIn(folder());
    let rows = 0;
    let width = 0;
    const bundle = await learn(
      await openSource(log),
      { epochs: 1 },
      {
        onRow: (_record, { timestampUs }, row) => {
          expect(timestampUs).toBeGreaterThan(0);
          rows++;
          width = row.length;
        },
      },
    );
    expect(rows).toBe(bundle.facts.records);
    expect(width).toBe(bundle.schema.columns.length);
  });

  it('refuses what can be read only once, and says so', async () => {
    const source: Source = { ...(await openSource(MIXED)), repeatable: false };
    const error = await refusal(learn(source));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('several times');
    await source.close();
  });

  it('throws Interrupted where the input ends at the signal as if it were cut off', async () => {
    const abort = new AbortController();
    const source = await openSource(MIXED);
    const cut: typeof source = {
      ...source,
      open: async (hooks) => {
        const stream = await source.open(hooks);
        const batches = (async function* () {
          yield* [];
          abort.abort();
          throw new AnomalyError('BAD_DATA', 'mixed.pcap: is empty');
        })();
        return { ...stream, batches, close: () => stream.close() };
      },
    };
    await expect(learn(cut, { signal: abort.signal })).rejects.toBeInstanceOf(Interrupted);
  });

  it('throws Interrupted when it is told to end before there is a model', async () => {
    const source = await openSource(MIXED);
    const error = await learn(source, { signal: AbortSignal.abort() }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Interrupted);
    await source.close();
  });
});

describe('a filtered source', () => {
  it('has the records that were accepted, numbered anew, and counts what stopped early', async () => {
    const source = await openSource(MIXED);
    const even = filterSource(source, (_record, index) => index % 2 === 0);
    const stream = await even.open();
    const record = even.kind.newRecord();
    let count = 0;
    for await (const batch of stream.batches) {
      for (let k = 0; k < batch.count; k++) batch.read(k, record);
      count += batch.count;
    }
    expect(count).toBe(Math.ceil(62_937 / 2));
    expect([...stream.stops.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    await source.close();
  });
});

describe('transform', () => {
  it('gives one row a record, of finite numbers', async () => {
    const { modelDir } = await trained();
    const bundle = await loadBundle(modelDir);
    const source = filterSource(await openSource(MIXED), (_record, index) => index < 500);
    let rows = 0;
    for await (const { values } of transform(source, bundle)) {
      expect(values.length).toBe(bundle.schema.columns.length);
      if (!values.every(Number.isFinite)) throw new Error(`row ${rows}: a value is not finite`);
      rows++;
    }
    expect(rows).toBe(500);
    await source.close();
  });
});
