// Learns what is normal in a capture (or packet table, or conn.log) and keeps it as a model.
//
//     node examples/learn.js data/benign.pcap.gz models/mine
import { learn, openSource, saveModel } from 'anomaly';

const [input = 'data/benign.pcap.gz', model = 'models/mine', epochs = '20'] = process.argv.slice(2);
const source = await openSource(input);
const bundle = await learn(source, { epochs: Number(epochs) });
await source.close();
await saveModel(model, bundle);

console.log(`${bundle.facts.records} ${source.kind.nouns}, ${bundle.schema.columns.length} features`);
console.log(`threshold ${bundle.threshold.value.toFixed(2)}: ${bundle.threshold.promise}`);
