// Writes the feature matrix of a capture as CSV, one row a record: for notebooks and other models.
//
//     node examples/feature-matrix.js models/mine data/mixed.pcap.gz > features.csv
import { once } from 'node:events';
import { loadModel, openSource, transform } from 'anomaly';
import { stringify } from 'csv-stringify';

const [model = 'models/mine', input = 'data/mixed.pcap.gz'] = process.argv.slice(2);
const bundle = await loadModel(model);
const csv = stringify({ header: true, columns: ['ts', ...bundle.schema.columns.map(({ name }) => name)] });
csv.pipe(process.stdout);

for await (const { values, context } of transform(await openSource(input), bundle)) {
  // `values` is overwritten by the next row, so it is copied; what the reader has not taken yet is waited for
  if (!csv.write([context.timestampUs / 1e6, ...values])) await once(csv, 'drain');
}
csv.end();
