import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnomalyError } from '../../src/base/errors.js';
import { type Bundle, loadBundle, requireSchema, saveBundle } from '../../src/model/bundle.js';
import { BUNDLE_FILES, POWER_FILE } from '../../src/model/bundle-files.js';
import { modelJson } from '../../src/model/layers-format.js';
import type { Power } from '../../src/model/power-schema.js';
import { Random } from '../../src/model/random.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Scorer } from '../../src/model/score.js';
import { tf, useBackend } from '../../src/model/tfjs/backend.js';
import { trainModel } from '../../src/model/train.js';
import { samplePower } from '../report/power-sample.js';
import { ENGINE_NAMES, engines } from '../support/engines.js';
import { largestDifference, lowRank } from './support/data.js';
import { filledSpool, schemaOf, trainOptions } from './support/model.js';
import { layersModel } from './support/plain-tfjs.js';

const WIDTH = 12;
const schema = schemaOf(WIDTH);
let folder: string;
let model: Bundle;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-bundle-'));
  const spool = await filledSpool(1500, WIDTH, 4);
  // the nets of the folds are for measuring, and no file has them
  const { folds, ...trained } = await trainModel(spool, schema, trainOptions({ epochs: 2 }));
  expect(folds?.length).toBeGreaterThan(1);
  await spool.close();
  model = {
    ...trained,
    extractorState: { vocabulary: [['tcp', 80, 12]], local: ['10.0.0.1'] },
    detectorState: { envelope: [1, 2.5, null] },
    sources: ['day.pcap'],
    versions: { anomaly: '0.1.0', node: process.version },
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A fresh saved copy. */
async function saved(name: string): Promise<string> {
  const dir = join(folder, name);
  await saveBundle(dir, model);
  return dir;
}

/** As the first line of its bundle.json has it. */
const idIn = (dir: string): string => readFileSync(join(dir, 'bundle.json'), 'utf8').slice(11, 27);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function refusal(dir: string): Promise<AnomalyError> {
  const error = await loadBundle(dir).then(
    () => undefined,
    (e: AnomalyError) => e,
  );
  expect(error, 'was loaded').toBeDefined();
  expect(error?.message).not.toContain('\n');
  return error as AnomalyError;
}

describe('a bundle', () => {
  it('comes back as it was saved', async () => {
    const dir = await saved('whole');
    const back = await loadBundle(dir);
    expect(back).toEqual({ ...model, id: idIn(dir) });
    for (const file of BUNDLE_FILES) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  });

  it('opens in plain tfjs and predicts the same as our engines', async () => {
    const dir = await saved('layers');
    useBackend('cpu');
    const json = readFileSync(join(dir, 'model.json'), 'utf8');
    const loaded = await layersModel(json, readFileSync(join(dir, 'weights.bin')));
    const rows = lowRank(200, model.spec.inputs, 3, 9);
    const expected = (
      loaded.predict(tf.tensor2d(rows, [200, model.spec.inputs])) as ReturnType<typeof tf.tensor>
    ).dataSync();
    for (const engine of engines()) {
      const back = await loadBundle(dir);
      const net = engine.create(back.spec, back.weights);
      const out = new Float32Array(rows.length);
      net.forward(rows, 200, out);
      const largest = largestDifference(out, expected);
      console.log(
        `bundle in tf.loadLayersModel against ${engine.name}: largest difference ${largest.toExponential(1)}`,
      );
      expect(largest).toBeLessThan(1e-5);
      net.dispose();
    }
    // the bypass is frozen in tfjs too
    expect(loaded.trainableWeights.length).toBe(2 * model.weights.layers.length);
  });

  it('names each layer by what it is', () => {
    const names = (hidden: number[], bypassRank: number): string[] =>
      JSON.parse(modelJson({ inputs: 9, hidden, bypassRank }, '')).modelTopology.config.layers.map(
        (layer: { name: string }) => layer.name,
      );
    const bypass = ['bypass_encoder', 'bypass_decoder'];
    const middle = ['encoder_1', 'bottleneck', 'decoder_1', 'decoder_output'];
    expect(names([6, 3], 2)).toEqual(['input', ...middle, ...bypass, 'reconstruction']);
    expect(names([6, 3], 0)).toEqual(['input', ...middle]);
    expect(names([7, 6, 3], 0)).toEqual([
      'input',
      'encoder_1',
      'encoder_2',
      'bottleneck',
      'decoder_1',
      'decoder_2',
      'decoder_output',
    ]);
    expect(names([3], 2)).toEqual(['input', 'bottleneck', 'decoder_output', ...bypass, 'reconstruction']);
    expect(names([], 2)).toEqual(['input', ...bypass]);
  });

  it('with other names of layers, as of before they said what a layer is, loads all the same', async () => {
    const dir = await saved('renamed');
    const path = join(dir, 'model.json');
    const text = readFileSync(path, 'utf8');
    const renamed = text.replaceAll(/encoder_1|bottleneck|decoder_\w+/g, (name) => `dense_${name.length}`);
    expect(renamed).not.toBe(text);
    writeFileSync(path, renamed);
    const file = { bytes: Buffer.byteLength(renamed), sha256: sha256(renamed) };
    const content = JSON.parse(readFileSync(join(dir, 'bundle.json'), 'utf8'));
    const { sha256: _, ...rest } = { ...content, files: { ...content.files, 'model.json': file } };
    const body = `${JSON.stringify(rest).slice(1)}\n`;
    writeFileSync(join(dir, 'bundle.json'), `{"sha256":"${sha256(body)}",\n${body}`);
    expect(await loadBundle(dir)).toEqual({ ...model, id: idIn(dir) });
  });

  it.each(ENGINE_NAMES)('that %s trained is scored alike by every engine', async (name) => {
    const spool = await filledSpool(1500, WIDTH, 4);
    const { folds: _, ...trained } = await trainModel(spool, schema, trainOptions({ epochs: 2, engine: name }));
    await spool.close();
    expect(trained.facts.engine).toBe(name);
    const dir = join(folder, `trained-${name}`);
    await saveBundle(dir, { ...model, ...trained });
    const { spec, weights, residualWeights, scaler } = await loadBundle(dir);
    const rows = lowRank(300, WIDTH, 3, 9);
    const scores = engines().map((engine) => {
      const net = engine.create(spec, weights);
      const scorer = new Scorer(net, new RobustScaler(scaler), residualWeights, 300);
      scorer.run(rows, 300);
      net.dispose();
      return scorer.score.slice();
    });
    for (const other of scores.slice(1)) {
      expect(Math.max(...other.map((score, r) => Math.abs(score / scores[0][r] - 1)))).toBeLessThan(1e-3);
    }
  });

  it('with one flipped bit anywhere is refused with exit code 65', async () => {
    const dir = await saved('flipped');
    const random = new Random(3);
    for (const file of BUNDLE_FILES) {
      const path = join(dir, file);
      const good = readFileSync(path);
      const places = [
        0,
        1,
        10,
        60,
        77,
        78,
        good.length - 1,
        ...Array.from({ length: 60 }, () => random.integer(good.length)),
      ];
      for (const place of places) {
        const bytes = Buffer.from(good);
        bytes[place] ^= 1 << random.integer(8);
        writeFileSync(path, bytes);
        expect((await refusal(dir)).exitCode, `${file} at ${place}`).toBe(65);
      }
      writeFileSync(path, good);
    }
    await loadBundle(dir);
  });

  it('truncated, emptied or with a file missing is refused', async () => {
    for (const file of BUNDLE_FILES) {
      const dir = await saved(`cut-${file}`);
      const good = readFileSync(join(dir, file));
      for (const length of [0, 1, good.length >> 1, good.length - 1]) {
        writeFileSync(join(dir, file), good.subarray(0, length));
        expect((await refusal(dir)).exitCode).toBe(65);
      }
      rmSync(join(dir, file));
      expect((await refusal(dir)).exitCode).toBe(file === 'bundle.json' ? 66 : 65);
    }
  });

  it('of another program, other features or another record kind is refused', async () => {
    const dir = await saved('foreign');
    writeFileSync(join(dir, 'bundle.json'), '{"format":"other"}\n');
    expect((await refusal(dir)).code).toBe('BAD_MODEL');
    expect((await refusal(join(folder, 'nowhere'))).code).toBe('NO_INPUT');
    const other = { ...schema, columns: schema.columns.slice(1) };
    expect(() => requireSchema(model, other, dir)).toThrow(/other features/);
    expect(() => requireSchema(model, { ...schema, kind: 'connection' }, dir)).toThrow(/packet records/);
    requireSchema(model, schema, dir);
  });

  it('is not read through links, nor by paths in its manifest', async () => {
    const dir = await saved('linked');
    const outside = join(folder, 'outside.bin');
    cpSync(join(dir, 'weights.bin'), outside);
    rmSync(join(dir, 'weights.bin'));
    symlinkSync(outside, join(dir, 'weights.bin'));
    expect((await refusal(dir)).message).toContain('symbolic link');
  });

  it('with valid checksums but impossible content is refused', async () => {
    const bad: Partial<Record<keyof Bundle, unknown>>[] = [
      { residualWeights: Float32Array.of(1, 2) },
      { residualWeights: new Float32Array(model.spec.inputs) },
      { spec: { ...model.spec, hidden: [8, 5] } },
      { scaler: { ...model.scaler, scale: model.scaler.scale.map(() => 0) } },
      { scaler: { ...model.scaler, inputs: model.scaler.inputs.map(() => 99) } },
      { threshold: { value: Number.NaN, promise: '' } },
      { schema: { ...schema, columns: schema.columns.slice(1) } },
    ];
    for (const [i, change] of bad.entries()) {
      const dir = join(folder, `impossible-${i}`);
      await saveBundle(dir, { ...model, ...change } as Bundle);
      expect((await refusal(dir)).exitCode, JSON.stringify(Object.keys(change))).toBe(65);
    }
    const dir = join(folder, 'nan-weight');
    const weights = structuredClone(model.weights);
    weights.layers[0].kernel[3] = Number.NaN;
    await saveBundle(dir, { ...model, weights });
    // its scores are no numbers either, and stand first
    expect((await refusal(dir)).message).toMatch(/check\.scores/);
  });

  it('keeps its power in a file of its own, and is whole without', async () => {
    const dir = join(folder, 'powerful');
    const power = samplePower();
    await saveBundle(dir, { ...model, power });
    expect(await loadBundle(dir)).toEqual({ ...model, power, id: idIn(dir) });
    expect(JSON.parse(readFileSync(join(dir, POWER_FILE), 'utf8'))).toEqual(power);
    expect(statSync(join(dir, POWER_FILE)).mode & 0o777).toBe(0o600);
    // a training without takes the place of one with
    await saveBundle(dir, model);
    expect(existsSync(join(dir, POWER_FILE))).toBe(false);
    expect((await loadBundle(dir)).power).toBeUndefined();
  });

  it('with a damaged power.json, without the one it names or with one of another kind is refused', async () => {
    const dir = join(folder, 'powerless');
    await saveBundle(dir, { ...model, power: samplePower() });
    const path = join(dir, POWER_FILE);
    const good = readFileSync(path);
    for (const place of [0, good.length >> 1, good.length - 1]) {
      const bytes = Buffer.from(good);
      bytes[place] ^= 1;
      writeFileSync(path, bytes);
      expect(await refusal(dir)).toMatchObject({
        exitCode: 65,
        message: expect.stringContaining('power.json is damaged'),
      });
    }
    rmSync(path);
    expect(await refusal(dir)).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('power.json is missing'),
    });
    const odd = { ...samplePower(), version: 2 } as unknown as Power;
    await saveBundle(dir, { ...model, power: odd });
    expect(await refusal(dir)).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('power.json is not valid'),
    });
  });

  it('reads no power.json that is not its own', async () => {
    const dir = await saved('stranger');
    writeFileSync(join(dir, POWER_FILE), JSON.stringify(samplePower()));
    expect((await loadBundle(dir)).power).toBeUndefined();
  });
});
