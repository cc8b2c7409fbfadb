// Nets, data and timing shared by the training and scoring benchmarks.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export const NETS = [
  { name: '5-2-1-2-5', inputs: 5, hidden: [2, 1] },
  { name: '55-32-16-32-55', inputs: 55, hidden: [32, 16] },
  { name: '96-48-16-48-96', inputs: 96, hidden: [48, 16] },
];

export function machine() {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0];
  return `${cpus().length} x ${model}, Node ${process.versions.node}, load ${load}`;
}

/** Low-rank rows with noise, [count x width], the same on every run. */
export function makeRows(count, width, Random) {
  const rank = Math.max(1, width >> 3);
  const random = new Random(7);
  const basis = Float64Array.from({ length: rank * width }, () => random.normal() / Math.sqrt(rank));
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const code = Float64Array.from({ length: rank }, () => random.normal());
    for (let j = 0; j < width; j++) {
      let x = 0.1 * random.normal();
      for (let r = 0; r < rank; r++) x += code[r] * basis[r * width + j];
      rows[i * width + j] = x;
    }
  }
  return rows;
}

/** In chunks of 8192 rows, always in the same order: shuffling is not what is compared. */
export function sourceOf(rows, width) {
  const count = rows.length / width;
  return {
    rows: count,
    width,
    async *chunks() {
      for (let from = 0; from < count; from += 8192) {
        const to = Math.min(count, from + 8192);
        yield { rows: rows.subarray(from * width, to * width), count: to - from };
      }
    },
  };
}

export function fitOptions(width, batchSize) {
  return {
    epochs: 1,
    batchSize,
    learningRate: 1e-3,
    seed: 1,
    maskRate: 0,
    ema: 0,
    outputWeights: new Float32Array(width).fill(1),
    patience: 0,
  };
}

export function table(head, lines) {
  const all = [head, ...lines].map((line) => line.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((line) => line[i].length)));
  return all
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}

export function thousands(value) {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') : '-';
}

export function times(value) {
  return Number.isFinite(value) ? `${value < 10 ? value.toFixed(1) : Math.round(value)}x` : '-';
}
