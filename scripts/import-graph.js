// Who imports whom in src/: read by the import rule's test, and written as a table into ARCHITECTURE.md.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));
const PATTERN =
  /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

export const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

export const textOf = (file) => readFileSync(join(src, file), 'utf8');

/** A folder of src/, or a file that stands directly in it. */
export const room = (file) => file.split('/')[0];

/** One row an import: `to` is the imported file below src/, undefined for packages; `reason`: a comment stands above it. */
export const imports = files.flatMap((file) => {
  const text = textOf(file);
  return [...text.matchAll(PATTERN)].map((match) => {
    const target = match[2] ?? match[3] ?? match[4];
    const before = (text.slice(0, match.index).trimEnd().split('\n').at(-1) ?? '').trim();
    return {
      file,
      target,
      to: target.startsWith('.')
        ? relative(src, normalize(join(src, dirname(file), target.replace(/\.js$/, '.ts'))))
        : undefined,
      typeOnly: match[1] !== undefined,
      reason: before.startsWith('//') || before.endsWith('*/'),
    };
  });
});

/** Circles of imports, each as its files; imports of types alone count as well. */
export function circles() {
  const edges = new Map();
  for (const { file, to } of imports) if (to !== undefined) edges.set(file, [...(edges.get(file) ?? []), to]);
  const done = new Set();
  const found = [];
  const visit = (file, path) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file]);
    if (path.includes(file) || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}

const count = (list, of) => list.filter((item) => item === of).length;

/** Rooms with files, lines and the rooms that they import from (how many imports); lines to the nearest hundred, so that it lasts. */
export function graphTable() {
  const rooms = [...new Set(files.map(room))].sort();
  const rows = rooms.map((name) => {
    const own = files.filter((file) => room(file) === name);
    const lines = own.reduce((sum, file) => sum + textOf(file).split('\n').length - 1, 0);
    const targets = imports.filter((i) => room(i.file) === name && i.to !== undefined).map((i) => room(i.to));
    const others = rooms.filter((other) => other !== name && targets.includes(other));
    const from = others.map((other) => `${other} ${count(targets, other)}`).join(', ');
    return `| \`${name}\` | ${own.length} | ${Math.round(lines / 100) * 100} | ${from} |`;
  });
  const summary = `${files.length} files, ${circles().length} circles.`;
  return ['| room | files | lines, about | imports from |', '|---|---|---|---|', ...rows, '', summary].join('\n');
}
