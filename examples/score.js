// Scores a capture: one line for each record that is evidence of an alarm.
//
//     node examples/score.js models/mine data/mixed.pcap.gz
import { loadModel, openSource, watch } from 'anomaly';

const [model = 'models/mine', input = 'data/mixed.pcap.gz'] = process.argv.slice(2);
const bundle = await loadModel(model);
const source = await openSource(input);

console.log('frame,score,smoothed,feature');
for await (const event of watch(source, bundle)) {
  if (event.type !== 'scored') continue;
  const { batch } = event;
  for (let k = 0; k < batch.count; k++) {
    if (batch.anomaly[k] === 0) continue;
    const { name } = bundle.schema.columns[batch.reason[k]];
    console.log([batch.frame[k], batch.score[k].toFixed(3), batch.smoothed[k].toFixed(3), name].join(','));
  }
}
