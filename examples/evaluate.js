// Evaluates a model on a labelled capture and prints JSON: how well it ranks, which attacks became incidents, and when.
//
//     node examples/evaluate.js models/mine data/mixed.pcap.gz data/mixed.labels.csv.gz
import { loadModel, openSource, readLabels, watch } from 'anomaly';

const [model = 'models/mine', input = 'data/mixed.pcap.gz', file = 'data/mixed.labels.csv.gz'] = process.argv.slice(2);
const bundle = await loadModel(model);
const labels = await readLabels(file);

for await (const event of watch(await openSource(input), bundle, { labels })) {
  if (event.type !== 'summary') continue;
  const { records, anomalous, evaluation } = event.report.facts;
  console.log(JSON.stringify({ model, input, records, anomalous, ...evaluation }, null, 2));
}
