/** The captures the oracle is asked about, where they exist: recordings of ours and collections of others. */

import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const SHARED = resolve(import.meta.dirname, '../../../shared');
const FIXTURES = resolve(import.meta.dirname, '../fixtures/packets');
const CAPTURE = /\.(pcap|pcapng|cap)(\.gz)?$/;

export interface Capture {
  readonly path: string;
  readonly name: string;
}

function capturesUnder(folder: string, root: string): Capture[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => CAPTURE.test(name))
    .sort()
    .map((name) => ({ path: join(folder, name), name: relative(root, join(folder, name)) }));
}

export const fixtureCaptures = (): Capture[] => capturesUnder(FIXTURES, FIXTURES);
export const rangeCaptures = (): Capture[] => capturesUnder(join(SHARED, 'range'), SHARED);
export const corpusCaptures = (): Capture[] => capturesUnder(join(SHARED, 'corpora'), SHARED);
