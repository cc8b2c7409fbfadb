/** One turn of bench/zeek.js: prints rows, columns, seconds, seconds of processor, and the most MiB resident. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = process.env.ANOMALY_DIST ?? join(import.meta.dirname, '..', '..', 'dist');
const load = (path) => import(pathToFileURL(join(built, path)).href);
const { openConnLogs } = await load('zeek/reader.js');
const { ConnRecord } = await load('zeek/record.js');
const { ConnectionFeatures } = await load('features/connection/index.js');

const LEARNED = 100_000;
const MATRIX_ROWS = 65_536;
const path = process.argv[2];
const extractor = new ConnectionFeatures({ novelty: true });
const record = new ConnRecord();

const learning = await openConnLogs([path]);
let learned = 0;
for await (const batch of learning.batches) {
  for (let k = 0; k < batch.count && learned < LEARNED; k++, learned++) {
    batch.read(k, record);
    extractor.learn(record, learned % 5);
  }
  if (learned >= LEARNED) break;
}
extractor.freeze();

const width = extractor.schema.columns.length;
const matrix = new Float32Array(MATRIX_ROWS * width);
let count = 0;
let most = 0;
const before = process.cpuUsage();
const started = performance.now();
const source = await openConnLogs([path]);
for await (const batch of source.batches) {
  for (let k = 0; k < batch.count; k++) {
    batch.read(k, record);
    extractor.transform(record, matrix, (count++ % MATRIX_ROWS) * width);
    if (count % LEARNED === 0) {
      const mib = Math.round(process.memoryUsage.rss() / 2 ** 20);
      most = Math.max(most, mib);
      if (process.env.MEMORY) console.error(`${count} rows: ${mib} MiB`);
    }
  }
}
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(count, width, seconds, (user + system) / 1e6, most);
