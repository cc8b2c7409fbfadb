import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** What a folder may import from, besides itself. Data flows source -> decode -> table -> features -> model -> detect -> report. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  table: ['base'],
  decode: ['base', 'table'],
  source: ['base', 'table', 'decode'],
  zeek: ['base', 'table', 'source'],
  features: ['base', 'table', 'zeek'],
  model: ['base', 'features'],
  detect: ['base', 'features', 'model'],
  report: ['base', 'features', 'model', 'detect'],
  output: ['base', 'table', 'source', 'features', 'model', 'detect', 'report'],
  engine: ['base', 'table', 'decode', 'source', 'zeek', 'features', 'model', 'detect', 'report', 'output'],
  commands: [
    'base',
    'table',
    'source',
    'zeek',
    'features',
    'model',
    'detect',
    'engine',
    'report',
    'output',
    'options.ts',
  ],
  options: ['base'],
  'options.ts': ['base', 'options'],
  'cli.ts': ['base', 'commands', 'options', 'options.ts'],
  'index.ts': ['base', 'table', 'decode', 'source', 'zeek', 'features', 'model', 'detect', 'report', 'output'],
};

/** No node: import and no console: values in, values out. */
const PURE = ['decode', 'features', 'detect', 'report'];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
  readonly reason: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) => {
  const lines = readFileSync(join(src, file), 'utf8');
  const found: Import[] = [];
  const pattern =
    /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  for (const match of lines.matchAll(pattern)) {
    const before = lines.slice(0, match.index).trimEnd().split('\n').at(-1) ?? '';
    found.push({
      file,
      target: match[2] ?? match[3] ?? match[4],
      typeOnly: match[1] !== undefined,
      reason: before.trim().startsWith('//') || before.trim().endsWith('*/'),
    });
  }
  return found;
});

const room = (file: string): string => file.split('/')[0];
const local = imports.filter((i) => i.target.startsWith('.'));
const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

describe('the import rule', () => {
  it('finds imports to check', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(local.length).toBeGreaterThan(40);
  });

  it('lets a folder import only from the folders that its row names', () => {
    const wrong = local.filter(({ file, target }) => {
      const to = room(relative(src, normalize(join(src, dirname(file), target.replace(/\.js$/, '.ts')))));
      return to !== room(file) && to !== '..' && !MAY_IMPORT[room(file)]?.includes(to);
    });
    expect(wrong.map((i) => `${i.file} -> ${i.target}`)).toEqual([]);
  });

  it('keeps decode, features, detect and report pure', () => {
    const impure = imports.filter((i) => PURE.includes(room(i.file)) && i.target.startsWith('node:'));
    expect(impure.map((i) => `${i.file} -> ${i.target}`)).toEqual([]);
    const noisy = files.filter(
      (f) => PURE.includes(room(f)) && /\bconsole\.|\bprocess\./.test(readFileSync(join(src, f), 'utf8')),
    );
    expect(noisy).toEqual([]);
  });

  it('imports each npm package from one file; a second states its reason above the import', () => {
    const users = new Map<string, Import[]>();
    for (const i of imports) {
      if (i.target.startsWith('.') || i.target.startsWith('node:') || i.typeOnly) continue;
      const name = packageOf(i.target);
      users.set(name, [...(users.get(name) ?? []), i]);
    }
    const wrong = [...users].filter(([, list]) => {
      const distinct = new Set(list.map((i) => i.file));
      const unexplained = new Set(list.filter((i) => !i.reason).map((i) => i.file));
      return distinct.size > 1 && unexplained.size > 1;
    });
    expect(wrong.map(([name, list]) => `${name}: ${list.map((i) => i.file).join(', ')}`)).toEqual([]);
  });

  it('has no import cycle', () => {
    const edges = new Map<string, string[]>();
    for (const { file, target, typeOnly } of local) {
      if (typeOnly) continue;
      const to = relative(src, normalize(join(src, dirname(file), target.replace(/\.js$/, '.ts'))));
      edges.set(file, [...(edges.get(file) ?? []), to]);
    }
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps files short: none over 350 lines, half of them under 150', () => {
    const lengths = files
      .map((f) => ({ f, n: readFileSync(join(src, f), 'utf8').split('\n').length }))
      .sort((a, b) => a.n - b.n);
    expect(lengths.filter(({ n }) => n > 350)).toEqual([]);
    expect(lengths[Math.floor(lengths.length / 2)]?.n).toBeLessThan(150);
  });
});
