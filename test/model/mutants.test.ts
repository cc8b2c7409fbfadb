/** Numbers of a bundle that were changed, with new checksums: what decides must be refused, or change nothing. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { requireUsable } from '../../src/engine/usable.js';
import { loadBundle } from '../../src/model/bundle.js';
import { requireScores } from '../../src/model/check.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Scorer } from '../../src/model/score.js';
import { engines } from '../support/engines.js';
import { trained } from '../support/trained.js';

type Json = Record<string, unknown>;
type Holder = Record<string, number | null>;

const MUTATIONS: Readonly<Record<string, (x: number) => number | null>> = {
  zero: () => 0,
  negative: (x) => -x,
  huge: () => 1e308,
  times: (x) => x * 1e20,
  'no number': () => null,
};
/** of each field so many members, evenly over it */
const OF_EACH = 2;

let folder: string;
let dir: string;
let whole: Json;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-mutants-'));
  dir = join(folder, 'mutant');
  cpSync((await trained()).modelDir, dir, { recursive: true });
  whole = JSON.parse(readFileSync(join(dir, 'bundle.json'), 'utf8'));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function save(content: Json): void {
  const { sha256: _, ...rest } = content;
  const body = `${JSON.stringify(rest).slice(1)}\n`;
  writeFileSync(join(dir, 'bundle.json'), `{"sha256":"${sha256(body)}",\n${body}`);
}

/** Why it is refused; undefined: it is not. */
async function refusal(): Promise<string | undefined> {
  try {
    await requireUsable(await loadBundle(dir), dir, 'simd');
    return undefined;
  } catch (error) {
    if (!(error instanceof AnomalyError)) throw error;
    expect(error.exitCode).toBe(65);
    expect(error.message).not.toContain('\n');
    return error.message;
  }
}

/** All holders of numbers below a place of the bundle. */
function holders(value: unknown): Holder[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.values(value).some((member) => typeof member === 'number') ? [value as Holder] : [];
  return [...own, ...Object.values(value).flatMap(holders)];
}

const at = (path: string): unknown => path.split('.').reduce<unknown>((value, name) => (value as Json)[name], whole);

/** [mutant, whether it was refused] of every change to members of these holders */
async function tried(path: string): Promise<[string, boolean][]> {
  const all = holders(at(path));
  const chosen = all.filter((_, i) => i % Math.ceil(all.length / (3 * OF_EACH)) === 0);
  const results: [string, boolean][] = [];
  for (const holder of chosen) {
    const names = Object.keys(holder).filter((name) => typeof holder[name] === 'number');
    for (const name of names.filter((_, i) => i % Math.ceil(names.length / OF_EACH) === 0)) {
      const before = { ...holder };
      const x = before[name] as number;
      const next = names[names.indexOf(name) + 1];
      const changes = Object.entries(MUTATIONS).map(([how, change]): [string, Holder] => [how, { [name]: change(x) }]);
      if (next !== undefined) changes.push(['swapped', { [name]: before[next], [next]: x }]);
      for (const [how, change] of changes) {
        // JSON has one zero
        if (Object.entries(change).every(([key, value]) => JSON.stringify(value) === JSON.stringify(before[key])))
          continue;
        Object.assign(holder, change);
        save(whole);
        Object.assign(holder, before);
        results.push([`${path} ${name} ${how}`, (await refusal()) !== undefined]);
      }
    }
  }
  return results;
}

describe('a bundle with a number changed and new checksums', { timeout: 300_000 }, () => {
  it('is none, where nothing was changed', async () => {
    save(whole);
    expect(await refusal()).toBeUndefined();
  });

  it.each([
    'threshold',
    'spec',
    'scaler',
    'residualWeights',
    'calibration',
    'check',
    'reference',
    'detectorState.evidence.strata',
    'detectorState.evidence.normal',
    'detectorState.evidence.classifier',
    'detectorState.evidence.foreign',
    'detectorState.evidence.weighs',
  ])('is refused: %s', async (path) => {
    const results = await tried(path);
    const survivors = results.filter(([, refused]) => !refused).map(([mutant]) => mutant);
    console.log(`${path}: ${results.length - survivors.length} of ${results.length} mutants refused`);
    // equally frequent bins are told apart by the last digits of their shares only
    expect(survivors.filter((mutant) => !/^reference .* swapped$/.test(mutant))).toEqual([]);
    expect(results.length).toBeGreaterThan(4);
  });

  it('is refused: weights', async () => {
    const path = join(dir, 'weights.bin');
    const good = readFileSync(path);
    const count = good.length / 4;
    const survivors: string[] = [];
    for (let i = 0; i < 20; i++) {
      const place = 4 * Math.floor((i * count) / 20);
      const x = good.readFloatLE(place);
      for (const value of [0, -x, 3e38, x * 1e20, Number.NaN]) {
        if (value === x || x === 0) continue;
        const bytes = Buffer.from(good);
        bytes.writeFloatLE(value, place);
        writeFileSync(path, bytes);
        const files = whole.files as Record<string, { bytes: number; sha256: string }>;
        save({ ...whole, files: { ...files, 'weights.bin': { bytes: bytes.length, sha256: sha256(bytes) } } });
        if ((await refusal()) === undefined) survivors.push(`${place}: ${x} -> ${value}`);
      }
    }
    writeFileSync(path, good);
    expect(survivors).toEqual([]);
  });

  it('says what differs', async () => {
    save({ ...whole, threshold: { ...(whole.threshold as Json), value: 1e308 } });
    expect(await refusal()).toMatch(
      /mutant: the threshold is 1e\+308, and [\d.]+ is above [\d.]+ % of the scores of training/,
    );
    save({ ...whole, version: 1 });
    expect(await refusal()).toMatch(/older version of this program, without rows to check it by; train again/);
  });
});

describe('an engine that is to score', { timeout: 300_000 }, () => {
  it('is tried with the rows of the bundle first, and one that scores otherwise is refused', async () => {
    const bundle = await loadBundle((await trained()).modelDir);
    const { spec, weights, scaler, residualWeights } = bundle;
    for (const engine of engines()) {
      const scorerOf = (of: typeof weights): Scorer =>
        new Scorer(engine.create(spec, of), new RobustScaler(scaler), residualWeights, 32);
      const good = scorerOf(weights);
      requireScores(bundle, good, engine.name);
      expect(Math.max(...good.clipped)).toBe(0);
      good.net.dispose();
      const broken = structuredClone(weights);
      for (let i = 0; i < broken.layers[0].kernel.length; i++) broken.layers[0].kernel[i] *= 1.01;
      const bad = scorerOf(broken);
      expect(() => requireScores(bundle, bad, engine.name)).toThrowError(
        new RegExp(
          `^the model or the engine is broken: check row \\d+ scores .* instead of .* on engine ${engine.name}`,
        ),
      );
      bad.net.dispose();
    }
  });

  it('gives a row that holds no number no score, instead of the lowest', async () => {
    const { spec, weights, scaler, residualWeights, reference } = await loadBundle((await trained()).modelDir);
    for (const engine of engines()) {
      const scorer = new Scorer(engine.create(spec, weights), new RobustScaler(scaler), residualWeights, 8);
      const rows = new Float32Array(3 * reference.length);
      for (let i = 0; i < rows.length; i++) rows[i] = reference[i % reference.length].median;
      rows[reference.length + scaler.inputs[7]] = Number.NaN;
      rows[2 * reference.length + scaler.inputs[7]] = Number.POSITIVE_INFINITY;
      scorer.run(rows, 3);
      expect([...scorer.score.subarray(0, 3)].map(Number.isFinite), engine.name).toEqual([true, false, true]);
      scorer.net.dispose();
    }
  });
});
