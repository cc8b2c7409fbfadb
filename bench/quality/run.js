/** Detection by the library, and what a benchmark keeps of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');

/** A module of the build that is measured. */
export const load = (path) => import(pathToFileURL(join(built, path)).href);
/** The library. */
export const anomaly = await load('index.js');

/** Of each record of a run: time [µs], hashes of both ends, its own score, its pair's smoothed one, and whether it was flagged. */
const COLUMNS = [
  'timestampUs',
  'initiatorLow',
  'initiatorHigh',
  'responderLow',
  'responderHigh',
  'score',
  'smoothed',
  'anomaly',
];

/**
 * @param options of `watch`
 * @returns the report of the run, and its records in columns
 */
export async function detect(source, bundle, options = {}) {
  const records = Object.fromEntries(COLUMNS.map((name) => [name, []]));
  let report;
  for await (const event of anomaly.watch(source, bundle, options)) {
    if (event.type === 'summary') report = event.report;
    if (event.type !== 'scored') continue;
    const { batch } = event;
    for (let k = 0; k < batch.count; k++) {
      for (const name of ['timestampUs', 'score', 'smoothed', 'anomaly']) records[name].push(batch[name][k]);
      records.initiatorLow.push(batch.initiator.low[k]);
      records.initiatorHigh.push(batch.initiator.high[k]);
      records.responderLow.push(batch.responder.low[k]);
      records.responderHigh.push(batch.responder.high[k]);
    }
  }
  return { records, report };
}

/** Feature rows, with what smoothing needs of each; as hooks of `learn` it takes those that the model is trained on. */
export class Rows {
  #rows = [];
  records = { timestampUs: [], initiatorLow: [], initiatorHigh: [], responderLow: [], responderHigh: [] };

  onRow = (_record, { timestampUs, initiator, responder }, row) => {
    this.#rows.push(row.slice());
    this.records.timestampUs.push(timestampUs);
    this.records.initiatorLow.push(initiator.hashLow);
    this.records.initiatorHigh.push(initiator.hashHigh);
    this.records.responderLow.push(responder.hashLow);
    this.records.responderHigh.push(responder.hashHigh);
  };

  write(path) {
    writeFileSync(path, Buffer.concat(this.#rows.map((row) => new Uint8Array(row.buffer))));
  }
}
