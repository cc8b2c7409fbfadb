/** Mutated conn.logs and flow tables through their readers: each ends clean or as BAD_DATA in one line that names the file. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnomalyError } from '../../src/base/errors.ts';
import { ConnectionFeatures } from '../../src/features/connection/index.ts';
import { FLOW_FORMATS } from '../../src/source/flow-tables/formats.ts';
import { formatOf, hasConnections, strangeness } from '../../src/source/formats.ts';
import { type Input, openInput } from '../../src/source/input.ts';
import { openLogs } from '../../src/zeek/logs.ts';
import { ConnRecord } from '../../src/zeek/record.ts';
import { connLog, HEADER } from '../support/conn-log.ts';
import { flowsOf, flowTableOf } from '../support/flow-tables.ts';
import { root } from '../support/program.ts';
import type { FileTorture } from './files.ts';
import { Mutable } from './mutate.ts';
import { Random } from './random.ts';

const CAPACITY = 96 * 1024;
const NAME = 'mutated';
/** A row of a table takes more than this. */
const LEAST_ROW = 16;

/** Logs in every form that docs/inputs.md lists, but for what a program unpacks: that would be a process each. */
function samples(): Uint8Array[] {
  const folder = join(root, 'test/fixtures/formats');
  const names = readdirSync(folder).filter(
    (name) => /^(?:conn|cat)\./.test(name) && !/\.(?:zst|xz|lz4|bz2)$/.test(name),
  );
  return names.map((name) => readFileSync(join(folder, name)));
}

/** A small log of every format, and in every form. */
export function smallLogs(): Uint8Array[] {
  const log = connLog(5, 60, true);
  const flows = flowsOf(log).slice(0, 120);
  const tables = [HEADER + log, ...FLOW_FORMATS.map((format) => flowTableOf(format, flows))];
  return [...tables.map((text) => Buffer.from(text)), ...samples()];
}

function inputOf(bytes: Uint8Array, size: number): Input {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const format = formatOf(bytes);
  if (!format) throw new AnomalyError('BAD_DATA', `${NAME}: ${strangeness(bytes)}`);
  return {
    name: NAME,
    path: NAME,
    format,
    inner: false,
    wrappings: [],
    chunks: chunks(),
    warnings: [],
    repeatable: false,
    close: async () => undefined,
  };
}

/** Mutations of the logs, in chunks of odd sizes or from a file, by turns; every record is made a row of features. */
export async function tortureLogs(files: readonly Uint8Array[], count: number, seed: number): Promise<FileTorture> {
  const random = new Random(seed);
  const mutable = new Mutable(CAPACITY);
  const sums: FileTorture = { clean: 0, refused: 0, unrecognised: 0, records: 0, slowestMs: 0 };
  const features = new ConnectionFeatures({ novelty: true });
  features.freeze();
  const row = new Float32Array(features.schema.columns.length);
  const record = new ConnRecord();
  const folder = mkdtempSync(join(tmpdir(), 'torture-'));
  const path = join(folder, NAME);
  for (let k = 0; k < count; k++) {
    mutable.load(random.pick(files));
    mutable.mutate(random, random.pick(files));
    const bytes = mutable.bytes.slice(0, mutable.length);
    const fromFile = k % 2 === 1;
    const format = formatOf(bytes);
    if (!fromFile && !(format && hasConnections(format))) {
      sums.unrecognised++;
      if (strangeness(bytes).includes('\n')) throw new Error(`not one line: ${strangeness(bytes)}`);
      continue;
    }
    const begun = performance.now();
    let records = 0;
    try {
      if (fromFile) writeFileSync(path, bytes);
      const inMemory = async (): Promise<Input> => inputOf(bytes, 1 + random.below(8192));
      const source = await openLogs([fromFile ? path : NAME], fromFile ? openInput : inMemory);
      for await (const batch of source.batches) {
        for (let n = 0; n < batch.count; n++, records++) {
          batch.read(n, record);
          features.transform(record, row, 0);
          if (!row.every(Number.isFinite)) throw new Error(`a feature of ${format} that is no number`);
        }
      }
      if (source.facts.warnings.some((line) => line.includes('\n'))) throw new Error('a warning of several lines');
      sums.clean++;
    } catch (error) {
      if (!(error instanceof AnomalyError) || error.code !== 'BAD_DATA') throw error;
      if (!error.message.includes(NAME) || error.message.includes('\n')) {
        throw new Error(`not one line that names the file: ${error.message}`, { cause: error });
      }
      sums.refused++;
    }
    if (!fromFile && records > bytes.length / LEAST_ROW)
      throw new Error(`${records} records from ${bytes.length} bytes`);
    sums.records += records;
    sums.slowestMs = Math.max(sums.slowestMs, performance.now() - begun);
  }
  rmSync(folder, { recursive: true });
  return sums;
}
