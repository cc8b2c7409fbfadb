/** The thread that `feeder.ts` starts: reads chunks of a spool into free slots. */

import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type FeederData, FREED, type FromFeeder, GIVEN_UP, type ToFeeder } from './feeder.js';
import { CHUNK_ROWS, RowOrder } from './row-order.js';
import { Page, pageBytes, splitAtPages } from './spool-pages.js';

const { spool, words } = workerData as FeederData;
const port = parentPort;
if (!port) throw new Error('this module runs in a thread of its own');
const post = (message: FromFeeder): void => port.postMessage(message);

const state = new Int32Array(words);
const { width, file, firstPage } = spool;
const pages = spool.pages.map((memory) => new Page(width, memory));

function readRows(from: number, count: number, into: Float32Array, at: number): void {
  for (const { index, slot, rows, done } of splitAtPages(from, count)) {
    const target = at + done * width;
    const page = pages[index - firstPage];
    if (page) into.set(page.rows.subarray(slot * width, (slot + rows) * width), target);
    else readFile(into, target, rows * width, index * pageBytes(width) + slot * width * 4);
  }
}

function readFile(into: Float32Array, at: number, values: number, position: number): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset + at * 4, values * 4);
  for (let done = 0; done < bytes.length; ) {
    const more = readSync(file as number, bytes, done, bytes.length - done, position + done);
    if (more === 0) throw new Error('spool file is shorter than it was written');
    done += more;
  }
}

/** Waits until slot number `chunk` of the pass is free. @returns false: the pass is given up */
function awaitSlot(chunk: number, slots: number): boolean {
  for (;;) {
    if (Atomics.load(state, GIVEN_UP) !== 0) return false;
    const freed = Atomics.load(state, FREED);
    if (chunk - freed < slots) return true;
    Atomics.wait(state, FREED, freed);
  }
}

port.on('message', ({ ranges, seed, slots, memory }: ToFeeder) => {
  const plan = new RowOrder(ranges, seed);
  const places = slots.map(({ rows, order }) => ({
    rows: new Float32Array(memory, rows, CHUNK_ROWS * width),
    order: new Int32Array(memory, order, CHUNK_ROWS),
  }));
  for (let chunk = 0; awaitSlot(chunk, slots.length); chunk++) {
    const place = places[chunk % slots.length] as (typeof places)[number];
    const count = plan.chunk((first, rows, at) => readRows(first, rows, place.rows, at * width));
    if (count === 0) break;
    plan.rows(place.order, count);
    post({ type: 'chunk', count });
  }
  post({ type: 'chunk', count: 0 });
});
post({ type: 'ready' });
