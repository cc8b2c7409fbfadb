/** The same commands on every engine, tfjs-node and danfojs-node included where `anomaly-setup tfjs-node` has built them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { ENGINE_NAMES } from '../support/engines.js';
import { anomaly, bin, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

interface Incident {
  readonly title: string;
  readonly frames: string;
  readonly score: string;
}

it('every engine finds the same incidents with the same model', { timeout: 300_000 }, async () => {
  const { modelDir } = await trained();
  const found = ENGINE_NAMES.map((engine) => {
    const out = join(folder(), 'report.csv');
    const args = ['detect', '-r', sample('mixed.pcap.gz'), '--model', modelDir, '--engine', engine, '--out', out, '-q'];
    expect(anomaly(args)).toMatchObject({ code: 0, stderr: '' });
    return parse(readFileSync(out), { columns: true, bom: true }) as Incident[];
  });
  const [simd = [], ...others] = found;
  expect(simd.length).toBeGreaterThan(1);
  for (const other of others) {
    const whole = (list: readonly Incident[]) => list.map(({ title, frames }) => [title, frames]);
    expect(whole(other)).toEqual(whole(simd));
    for (const [i, { score }] of other.entries()) expect(Number(score)).toBeCloseTo(Number(simd[i]?.score), 3);
  }
});

it('detect says when another engine than the wanted one works', async () => {
  const { modelDir } = await trained();
  const noWasm = 'globalThis.WebAssembly.Module=function(){throw Error(`no Wasm`)}';
  const detect = [
    'detect',
    '-r',
    sample('mixed.pcap.gz'),
    '-c',
    '10',
    '--model',
    modelDir,
    '--out',
    join(folder(), 'x.txt'),
  ];
  const { stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${noWasm}`, bin, ...detect], {
    encoding: 'utf8',
  });
  expect(stderr.split('\n')).toContain('engine: tfjs, pure JavaScript; instead of simd: no Wasm');
});

it('every engine learns the same, without a word of its own', async () => {
  const { table } = await trained();
  const part = join(folder(), 'part.csv');
  writeFileSync(part, readFileSync(table, 'utf8').split('\n', 5_001).join('\n'));
  const learned = ENGINE_NAMES.map((engine) => {
    const model = join(folder(), 'model');
    const args = ['train', part, '--epochs', '1', '--power', 'off', '--model', model, '--engine', engine, '-q'];
    expect(anomaly(args)).toMatchObject({ code: 0, stderr: '' });
    const { threshold, facts } = JSON.parse(readFileSync(join(model, 'bundle.json'), 'utf8'));
    expect(facts.engine).toBe(engine);
    return { threshold: threshold.value, loss: facts.lossCurve[0].loss };
  });
  for (const { threshold, loss } of learned.slice(1)) {
    expect(Math.abs(threshold / (learned[0]?.threshold ?? 0) - 1)).toBeLessThan(1e-2);
    expect(Math.abs(loss / (learned[0]?.loss ?? 0) - 1)).toBeLessThan(1e-3);
  }
});
