import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseEngine } from '../../src/model/engine.js';
import { Random } from '../../src/model/random.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Scorer } from '../../src/model/score.js';
import { trainModel } from '../../src/model/train.js';
import type { TrainProgress } from '../../src/model/train-options.js';
import type { TrainedModel } from '../../src/model/trained.js';
import { ENGINE_NAMES } from '../support/engines.js';
import { lowRank } from './support/data.js';
import { filledSpool, schemaOf, trainOptions } from './support/model.js';

const ROWS = 4000;
const WIDTH = 20;
const schema = schemaOf(WIDTH);

async function scorerOf(model: TrainedModel): Promise<Scorer> {
  const engine = await chooseEngine('simd', { threads: 1 });
  return new Scorer(engine.create(model.spec, model.weights), new RobustScaler(model.scaler), model.residualWeights);
}

describe('training', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-train-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives a model that scores what broke the structure above what keeps it', async () => {
    const spool = await filledSpool(ROWS, WIDTH, 1);
    const seen: TrainProgress[] = [];
    const model = await trainModel(spool, schema, trainOptions(), (p) => seen.push(p));
    const scorer = await scorerOf(model);
    const normal = lowRank(ROWS, WIDTH, 4, 1).subarray(0, 500 * WIDTH);
    for (let i = 0; i < 500; i++) {
      normal[i * WIDTH + 3] = 1;
      normal[i * WIDTH + WIDTH - 1] = 7;
    }
    scorer.run(normal, 500);
    const usual = scorer.score.slice(0, 500).sort()[250];
    // the same values with two columns exchanged between rows
    const broken = normal.slice();
    for (let i = 0; i < 500; i++) broken[i * WIDTH + 5] = 4 + normal[((i + 1) % 500) * WIDTH + 5];
    scorer.run(broken, 500);
    const odd = scorer.score.slice(0, 500).sort()[250];
    expect(odd).toBeGreaterThan(1.5 * usual);
    expect(scorer.topFeature[0]).toBe(5);
    expect(model.facts.constant).toEqual([`f${WIDTH - 1}`]);
    expect(model.spec.inputs).toBe(WIDTH - 1);
    expect(model.facts.lossCurve.length).toBeGreaterThan(0);
    expect(model.facts.lossCurve.at(-1)?.loss).toBeLessThan(model.facts.lossCurve[0]?.loss);
    expect(new Set(seen.map((p) => p.stage))).toEqual(
      new Set(['survey', 'fit', 'cross-fit', 'final fit', 'calibration']),
    );
    expect(seen.filter((p) => p.epochEnded).every((p) => p.etaS >= 0 && p.loss > 0)).toBe(true);
    expect(model.calibration.blocks.length).toBe(5);
    expect(model.threshold.value).toBeGreaterThan(0);
    await spool.close();
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const spool = await filledSpool(1500, WIDTH, 2);
    const [one, two, other] = [
      await trainModel(spool, schema, trainOptions()),
      await trainModel(spool, schema, trainOptions()),
      await trainModel(spool, schema, trainOptions({ seed: 2 })),
    ];
    expect(two.weights).toEqual(one.weights);
    expect(two.threshold).toEqual(one.threshold);
    expect(other.weights.layers).not.toEqual(one.weights.layers);
    await spool.close();
  });

  it('gives the same model from memory and from disk', async () => {
    const memory = await filledSpool(3000, WIDTH, 2);
    const disk = await filledSpool(3000, WIDTH, 2, { memoryBytes: 1, folder });
    expect(disk.onDisk).toBe(true);
    const a = await trainModel(memory, schema, trainOptions());
    const b = await trainModel(disk, schema, trainOptions());
    expect(b.weights).toEqual(a.weights);
    expect(b.calibration).toEqual(a.calibration);
    await memory.close();
    await disk.close();
  });

  it.each(ENGINE_NAMES)('gives the losses, threshold and residual weights of SIMD with %s too', async (engine) => {
    const spool = await filledSpool(1500, WIDTH, 3);
    const ours = await trainModel(spool, schema, trainOptions({ epochs: 2 }));
    const theirs = await trainModel(spool, schema, trainOptions({ epochs: 2, engine }));
    expect(theirs.facts.engine).toBe(engine);
    const curveOf = ({ facts }: TrainedModel) =>
      facts.lossCurve.map(({ loss, validationLoss }) => [loss, validationLoss]);
    for (const [epoch, losses] of curveOf(theirs).entries()) {
      for (const [i, loss] of losses.entries()) expect(Math.abs(loss / curveOf(ours)[epoch][i] - 1)).toBeLessThan(1e-4);
    }
    expect(Math.abs(theirs.threshold.value / ours.threshold.value - 1)).toBeLessThan(1e-3);
    for (const [j, w] of ours.residualWeights.entries()) {
      expect(Math.abs(theirs.residualWeights[j] / w - 1)).toBeLessThan(1e-3);
    }
    await spool.close();
  });

  it('gives the PCA alone where there are no layers', async () => {
    const spool = await filledSpool(2000, WIDTH, 1);
    const model = await trainModel(spool, schema, trainOptions({ layers: [], bypassRank: 5 }));
    expect(model.weights.layers).toEqual([]);
    expect(model.facts.epochs).toBe(0);
    expect(model.threshold.value).toBeGreaterThan(0);
    await spool.close();
  });

  it('gives the same bits when it is resumed as when it runs through', async () => {
    const spool = await filledSpool(1500, WIDTH, 5);
    const whole = await trainModel(spool, schema, trainOptions());
    for (const stopAt of [2, 5, 9]) {
      const checkpoint = join(folder, `checkpoint-${stopAt}`);
      const abort = new AbortController();
      let ended = 0;
      const stopped = await trainModel(
        spool,
        schema,
        trainOptions({ checkpoint, signal: abort.signal }),
        (p) => p.epochEnded && ++ended === stopAt && abort.abort(),
      );
      expect(stopped.facts.interrupted).toBe(true);
      expect(stopped.facts.warnings.join()).toContain('interrupted');
      const resumed = await trainModel(spool, schema, trainOptions({ checkpoint, resume: true }));
      expect(resumed.weights).toEqual(whole.weights);
      expect(resumed.calibration).toEqual(whole.calibration);
      expect(resumed.facts.lossCurve.map((e) => e.loss)).toEqual(whole.facts.lossCurve.map((e) => e.loss));
    }
    await spool.close();
  });

  it('refuses to resume another run, and a damaged checkpoint', async () => {
    const checkpoint = join(folder, 'checkpoint');
    const spool = await filledSpool(1500, WIDTH, 5);
    await trainModel(spool, schema, trainOptions({ checkpoint }));
    const again = trainOptions({ checkpoint, resume: true });
    await expect(trainModel(spool, schema, { ...again, seed: 9 })).rejects.toMatchObject({ code: 'BAD_MODEL' });
    const { readFileSync, writeFileSync } = await import('node:fs');
    const bytes = readFileSync(checkpoint);
    bytes[bytes.length - 5] ^= 1;
    writeFileSync(checkpoint, bytes);
    await expect(trainModel(spool, schema, again)).rejects.toMatchObject({ code: 'BAD_MODEL', exitCode: 65 });
    const { createHash } = await import('node:crypto');
    const before = Buffer.from('anomaly checkpoint 1\n{}\n');
    writeFileSync(checkpoint, Buffer.concat([createHash('sha256').update(before).digest(), before]));
    await expect(trainModel(spool, schema, again)).rejects.toThrow(/of another version; train without --resume/);
    await spool.close();
  });

  it('gives a working model even when it is interrupted in the first epoch', async () => {
    const spool = await filledSpool(1500, WIDTH, 5);
    const abort = new AbortController();
    abort.abort();
    const model = await trainModel(spool, schema, trainOptions({ signal: abort.signal }));
    expect(model.facts.interrupted).toBe(true);
    expect(model.calibration.blocks.length).toBe(1);
    expect(model.threshold.value).toBeGreaterThan(0);
    await spool.close();
  });

  it('refuses what the data cannot support, with the remedy', async () => {
    const spool = await filledSpool(1500, WIDTH, 5);
    const refused = (change: object) => expect(trainModel(spool, schema, trainOptions(change))).rejects;
    await refused({ percentile: 99.9 }).toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/percentile 99.9 needs more than 1500 records .* say --percentile 99\.66$/),
    });
    await refused({ percentile: 100 }).toMatchObject({ code: 'USAGE' });
    await refused({ batchSize: 0 }).toMatchObject({ code: 'USAGE' });
    await refused({ learningRate: 0 }).toMatchObject({ code: 'USAGE' });
    await refused({ layers: [0] }).toMatchObject({ code: 'USAGE' });
    await spool.close();
    const few = await filledSpool(60, WIDTH, 5);
    await expect(trainModel(few, schema, trainOptions())).rejects.toMatchObject({ code: 'BAD_DATA' });
    await few.close();
  });

  it('refuses values and losses that are no numbers', async () => {
    const spool = await filledSpool(1500, WIDTH, 5);
    spool.buffer[spool.offset + 2] = Number.NaN;
    spool.push(2e15, 1, 1, 1, 1, 4);
    await expect(trainModel(spool, schema, trainOptions())).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringContaining('f2'),
    });
    await spool.close();
  });

  it('warns of few rows, constant columns and one busy pair', async () => {
    const spool = new (await import('../../src/model/spool.js')).Spool(WIDTH);
    const random = new Random(1);
    for (let i = 0; i < 1000; i++) {
      for (let j = 0; j < 5; j++) spool.buffer[spool.offset + j] = random.normal();
      spool.push(1e15 + i * 1e6, 1, 2, 3, 4, 0);
    }
    const model = await trainModel(spool, schema, trainOptions({ warnings: ['12 packets were dropped'] }));
    const text = model.facts.warnings.join('\n');
    expect(text).toContain('12 packets were dropped');
    expect(text).toMatch(/only 2.0 of a block of 200 lie above percentile 99/);
    expect(text).toContain('15 of 20 features are constant');
    expect(text).toContain('one pair of hosts makes up 100 %');
    await spool.close();
  });
});
