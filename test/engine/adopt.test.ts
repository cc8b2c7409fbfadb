/** A run that goes on with another model: what was counted stays, and what is of no use changes nothing. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.js';
import { learn } from '../../src/engine/learn.js';
import type { Source } from '../../src/engine/record-kind.js';
import { openSource } from '../../src/engine/source.js';
import { Watch } from '../../src/engine/watch.js';
import { type Bundle, loadBundle } from '../../src/model/bundle.js';
import type { RunReport } from '../../src/report/run-report.js';
import { connLog, HEADER } from '../support/conn-log.js';
import { folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

let model: Bundle;
/** the same model as of another training */
const other = (id: string): Bundle => ({ ...structuredClone(model), id });

interface Run {
  readonly report: RunReport;
  /** scores of all records */
  readonly scores: number[];
  readonly told: string[];
}

/** @param at records after which it goes over to a model */
async function run(source: Source, first: Bundle, at: ReadonlyMap<number, Bundle> = new Map()): Promise<Run> {
  const watch = await Watch.begin(source.kind, first, { engine: 'simd', sensor: 'here' });
  const scores: number[] = [];
  const told: string[] = [];
  let report: RunReport | undefined;
  const adopting: Promise<void>[] = [];
  let records = 0;
  try {
    for await (const event of watch.over(await source.open(), () => {
      // in the middle of a batch
      const next = at.get(++records);
      if (next) adopting.push(watch.adopt(next));
      return undefined;
    })) {
      if (event.type === 'scored') for (let k = 0; k < event.batch.count; k++) scores.push(event.batch.score[k]);
      if (event.type === 'summary') report = event.report;
      if ('incident' in event) told.push(`${event.type} ${event.incident.id}`);
    }
    await Promise.all(adopting);
  } finally {
    await watch.close();
  }
  return { report: report as RunReport, scores, told };
}

const withoutIds = (incidents: readonly Incident[]): object[] => incidents.map(({ uuid: _, ...rest }) => rest);

describe('a run that goes over to an equal model, in the middle of an attack and of a batch', {
  timeout: 300_000,
}, () => {
  let mixed: Source;
  let plain: Run;
  beforeAll(async () => {
    model = await loadBundle((await trained()).modelDir);
    mixed = await openSource(sample('mixed.pcap.gz'));
    plain = await run(mixed, model);
  }, 300_000);

  it('scores every record and tells every incident as though it had not', async () => {
    const switched = await run(
      mixed,
      model,
      new Map([4500, 20_000, 20_500, 50_001].map((at) => [at, other(`m${at}`)])),
    );
    expect(plain.report.incidents.length).toBeGreaterThan(1);
    expect(switched.scores).toEqual(plain.scores);
    expect(switched.told).toEqual(plain.told);
    expect(withoutIds(switched.report.incidents)).toEqual(withoutIds(plain.report.incidents));
    const { facts } = switched.report;
    expect([facts.records, facts.anomalous, facts.timeline]).toEqual([
      plain.report.facts.records,
      plain.report.facts.anomalous,
      plain.report.facts.timeline,
    ]);
    expect(facts.model.id).toBe('m50001');
    expect(facts.modelsBefore?.map(({ id }) => id)).toEqual([model.id, 'm4500', 'm20000', 'm20500']);
    expect(plain.report.facts.modelsBefore).toBeUndefined();
  });

  it('loses no incident that goes on where the other model was trained on other traffic', async () => {
    const benign = await openSource(sample('benign.pcap.gz'));
    const half = await learn(benign, { epochs: 1, layers: [], seed: 5, engine: 'simd' });
    await benign.close();
    const switched = await run(mixed, model, new Map([[4500, half]]));
    const [before, after] = [plain, switched].map(({ report }) =>
      report.incidents.find(({ severity }) => severity === 'high'),
    );
    // opened by the one model, it goes on under the other as the same incident
    expect(after).toMatchObject({
      id: before?.id,
      kind: before?.kind,
      initiator: before?.initiator,
      openedUs: before?.openedUs,
    });
    expect(after?.lastUs).toBe(before?.lastUs);
    const scans = switched.report.incidents.filter(({ kind }) => kind === 'port scan');
    expect(scans).toHaveLength(plain.report.incidents.filter(({ kind }) => kind === 'port scan').length);
  });

  it.each([
    ['damaged', (): Bundle => ({ ...other('x'), detectorState: { version: 4 } }), /damaged/],
    [
      'of other features',
      (): Bundle => {
        const { columns, kind } = model.schema;
        return { ...other('x'), schema: { kind, columns: columns.slice(1) } };
      },
      /other features/,
    ],
    [
      'of other records',
      (): Bundle => ({ ...other('x'), schema: { ...model.schema, kind: 'connection' } }),
      /packet records/,
    ],
  ])('refuses one that is %s, and goes on as it was', async (_, bad, message) => {
    const watch = await Watch.begin(mixed.kind, model, { engine: 'simd' });
    await expect(watch.adopt(bad())).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(message),
    });
    expect(watch.model.id).toBe(model.id);
    let records = 0;
    for await (const event of watch.over(await mixed.open())) if (event.type === 'scored') records += event.batch.count;
    await watch.close();
    expect(records).toBe(plain.scores.length);
    expect(watch.anomalous).toBe(plain.report.facts.anomalous);
  });
});

describe('a run over connections', { timeout: 120_000 }, () => {
  it('goes over to an equal model as though it had not, and refuses one with other own addresses', async () => {
    const log = join(folder(), 'conn.log');
    writeFileSync(log, HEADER + connLog(1, 3000));
    const source = await openSource(log);
    const bundle = await learn(source, { epochs: 1, layers: [], engine: 'simd' });
    const plain = await run(source, bundle);
    const switched = await run(source, bundle, new Map([500, 1700].map((at) => [at, { ...bundle, id: `m${at}` }])));
    expect(plain.scores).toHaveLength(3000);
    expect(switched.scores).toEqual(plain.scores);
    expect(withoutIds(switched.report.incidents)).toEqual(withoutIds(plain.report.incidents));
    const own = { ...bundle, extractorState: { ...(bundle.extractorState as object), local: ['192.0.2.0/24'] } };
    const watch = await Watch.begin(source.kind, bundle);
    await expect(watch.adopt(own)).rejects.toThrow(/other own addresses/);
    await watch.close();
    await source.close();
  });

  it('finds out anew how rare for the other model is what it has met already', async () => {
    const dir = folder();
    const logs = [1, 2].map((seed) => {
      writeFileSync(join(dir, `${seed}.log`), HEADER + connLog(seed, 1500));
      return openSource(join(dir, `${seed}.log`));
    });
    const [source, second] = (await Promise.all(logs)) as [Source, Source];
    const states = [];
    for (const each of [source, second]) {
      const extractor = each.kind.extractor({ novelty: true });
      const stream = await each.open();
      const record = each.kind.newRecord();
      for await (const batch of stream.batches) {
        for (let k = 0; k < batch.count; k++) {
          batch.read(k, record);
          extractor.learn(record, 0);
        }
      }
      extractor.freeze();
      states.push(extractor.state());
    }
    const [a, b, b2] = [states[0], states[1], states[1]].map((state) =>
      source.kind.extractor({ novelty: true }, state),
    );
    const { columns } = b.schema;
    const rare = columns.flatMap(({ group }, j) => (group === 'rarity' || group === 'novelty' ? [j] : []));
    const rows = [a, b].map(() => new Float32Array(columns.length));
    const rarities = (row: Float32Array): number[] => rare.map((j) => row[j]);
    let differed = 0;
    let index = 0;
    const stream = await source.open();
    const record = source.kind.newRecord();
    for await (const batch of stream.batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        if (index++ === 700) a.adopt(b2);
        a.transform(record, rows[0], 0);
        b.transform(record, rows[1], 0);
        if (index <= 700) differed += rarities(rows[0]).join() === rarities(rows[1]).join() ? 0 : 1;
        else expect(rarities(rows[0])).toEqual(rarities(rows[1]));
      }
    }
    expect(differed).toBeGreaterThan(600);
    expect(index).toBe(1500);
  });
});
