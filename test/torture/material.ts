/** What is mutated: our fixtures, and the captures of others where they are beside the project. */

import { readFileSync, statSync } from 'node:fs';
import { type Capture, corpusCaptures, fixtureCaptures, rangeCaptures } from '../oracle/captures.ts';
import type { FileTorture } from './files.ts';
import { type FrameTorture, type Seed, seedsOf } from './frames.ts';

const MAX_FILE_BYTES = 64 * 1024;

export const parserCaptures = (): Capture[] =>
  corpusCaptures().filter(({ name }) => name.startsWith('corpora/parser/'));

export function frameSeeds(): Promise<Seed[]> {
  return seedsOf([...fixtureCaptures(), ...corpusCaptures(), ...rangeCaptures().slice(0, 4)].map(({ path }) => path));
}

/** Small captures that are not compressed: mutations of compressed ones only test the decompressor. */
export function smallFiles(): Uint8Array[] {
  return [...fixtureCaptures(), ...corpusCaptures()]
    .filter(({ path }) => !path.endsWith('.gz') && statSync(path).size <= MAX_FILE_BYTES)
    .map(({ path }) => readFileSync(path));
}

export function frameReport({ frames, slowestMs, heapGrowth, stops }: FrameTorture): string {
  const list = [...stops].map(([name, count]) => `${count} ${name || 'to the end'}`).join(', ');
  return `${frames} mutated frames: slowest ${slowestMs.toFixed(3)} ms, heap ${heapGrowth >= 0 ? '+' : ''}${heapGrowth} B; ${list}`;
}

export function fileReport(what: string, { clean, refused, unrecognised, records, slowestMs }: FileTorture): string {
  return `${what}: ${clean} clean, ${refused} refused as BAD_DATA, ${unrecognised} no capture any more; ${records} records, slowest ${slowestMs.toFixed(1)} ms`;
}
