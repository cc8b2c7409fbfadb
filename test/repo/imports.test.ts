import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/program.js';

interface Import {
  readonly file: string;
  readonly target: string;
  readonly to: string | undefined;
  readonly typeOnly: boolean;
  readonly reason: boolean;
}

const { files, imports, room, textOf, circles, graphTable } = (await import(join(root, 'scripts/import-graph.js'))) as {
  files: string[];
  imports: Import[];
  room(file: string): string;
  textOf(file: string): string;
  circles(): string[][];
  graphTable(): string;
};

/** What the command line and the library put together. */
const PROGRAM = ['base', 'table', 'source', 'zeek', 'features', 'model', 'detect', 'engine', 'report', 'output'];

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
  report: ['base', 'features', 'model', 'detect', 'power'],
  power: ['base', 'table', 'zeek', 'features', 'model', 'detect'],
  output: ['base', 'table', 'source', 'features', 'model', 'detect', 'report'],
  fleet: ['base', 'detect', 'report', 'output'],
  engine: ['base', 'table', 'decode', 'source', 'zeek', 'features', 'model', 'detect', 'report', 'power'],
  commands: [...PROGRAM, 'fleet', 'options.ts'],
  options: ['base'],
  'options.ts': ['base', 'options'],
  'cli.ts': ['base', 'commands', 'options', 'options.ts'],
  'index.ts': [...PROGRAM, 'decode'],
};

/** No node: import and no console: values in, values out. */
const PURE = ['decode', 'features', 'detect', 'report', 'power'];

const local = imports.filter((i) => i.to !== undefined);
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
    const wrong = local.filter(
      ({ file, to = '' }) => room(to) !== room(file) && !MAY_IMPORT[room(file)]?.includes(room(to)),
    );
    expect(wrong.map((i) => `${i.file} -> ${i.target}`)).toEqual([]);
  });

  it('keeps decode, features, detect, report and power pure', () => {
    const impure = imports.filter((i) => PURE.includes(room(i.file)) && i.target.startsWith('node:'));
    expect(impure.map((i) => `${i.file} -> ${i.target}`)).toEqual([]);
    const noisy = files.filter((f) => PURE.includes(room(f)) && /\bconsole\.|\bprocess\./.test(textOf(f)));
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

  it('has no circle, not even of types', () => {
    expect(circles().map((files) => files.join(' -> '))).toEqual([]);
  });

  it('is shown as ARCHITECTURE.md shows it (npm run docs writes the table)', () => {
    expect(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')).toContain(graphTable());
  });

  it('keeps files short: none over 350 lines, half of them under 150', () => {
    const lengths = files.map((f) => ({ f, n: textOf(f).split('\n').length })).sort((a, b) => a.n - b.n);
    expect(lengths.filter(({ n }) => n > 350)).toEqual([]);
    expect(lengths[Math.floor(lengths.length / 2)]?.n).toBeLessThan(150);
  });
});
