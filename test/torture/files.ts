/** Mutated capture files through the readers and the decoder: each ends clean or as BAD_DATA that names the file. */

import { AnomalyError } from '../../src/base/errors.ts';
import { readCaptureStream } from '../../src/source/captures.ts';
import { formatOf } from '../../src/source/formats.ts';
import { openRecords, recordsOf } from '../../src/source/open.ts';
import type { RecordSource } from '../../src/source/packet-source.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { rowOf } from '../support/decoding.ts';
import { Mutable } from './mutate.ts';
import { Random } from './random.ts';

export interface FileTorture {
  clean: number;
  /** refused as BAD_DATA */
  refused: number;
  /** no longer a capture by its first bytes */
  unrecognised: number;
  records: number;
  slowestMs: number;
}

const newFileTorture = (): FileTorture => ({ clean: 0, refused: 0, unrecognised: 0, records: 0, slowestMs: 0 });

const CAPACITY = 96 * 1024;
const NAME = 'mutated';
/** A file of 96 KiB cannot hold more packets: each has a header of 16 bytes or more. */
const MOST_RECORDS = CAPACITY / 16;

async function drain(source: RecordSource): Promise<number> {
  const record = new PacketRecord();
  let records = 0;
  try {
    for await (const batch of source.batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        if (records++ % 64 === 0) rowOf(record);
      }
    }
  } finally {
    await source.close();
  }
  return records;
}

/** Reads one source to its end and counts how it ended. @throws whatever is neither clean nor BAD_DATA with the name in it */
async function settle(
  open: () => Promise<RecordSource> | RecordSource,
  name: string,
  sums: FileTorture,
): Promise<void> {
  const begun = performance.now();
  try {
    const records = await drain(await open());
    sums.records += records;
    sums.clean++;
  } catch (error) {
    if (!(error instanceof AnomalyError) || error.code !== 'BAD_DATA') throw error;
    if (!error.message.includes(name) || error.message.includes('\n')) {
      throw new Error(`not one line that names the file: ${error.message}`, { cause: error });
    }
    sums.refused++;
  }
  sums.slowestMs = Math.max(sums.slowestMs, performance.now() - begun);
}

/** Mutations of the files, in memory, given in chunks of odd sizes as a pipe would. */
export async function tortureFiles(files: readonly Uint8Array[], count: number, seed: number): Promise<FileTorture> {
  const random = new Random(seed);
  const mutable = new Mutable(CAPACITY);
  const sums = newFileTorture();
  for (let k = 0; k < count; k++) {
    mutable.load(random.pick(files));
    mutable.mutate(random, random.pick(files));
    const bytes = mutable.bytes.subarray(0, mutable.length);
    const format = formatOf(bytes);
    if (format !== 'pcap' && format !== 'pcapng') {
      sums.unrecognised++;
      continue;
    }
    const chunkSize = 1 + random.below(8192);
    await settle(() => recordsOf(readCaptureStream(chunksOf(bytes, chunkSize), NAME)), NAME, sums);
  }
  if (sums.records > count * MOST_RECORDS) throw new Error(`${sums.records} records from ${count} files`);
  return sums;
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Files as they are, by their paths. */
export async function readFiles(paths: readonly string[]): Promise<FileTorture> {
  const sums = newFileTorture();
  for (const path of paths) await settle(() => openRecords([path]), path, sums);
  return sums;
}
