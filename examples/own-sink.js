// Sends incidents to a sink of one's own, here a web address, as they open, change and close.
//
//     node examples/own-sink.js models/mine data/mixed.pcap.gz http://127.0.0.1:8080/incidents
import { loadModel, openSource, watch } from 'anomaly';

const [model = 'models/mine', input = 'data/mixed.pcap.gz', sink = 'http://127.0.0.1:8080/'] = process.argv.slice(2);

async function send(type, { id, severity, title, reasons }) {
  const body = JSON.stringify({ type, id, severity, title, why: reasons.map((reason) => reason.text) });
  const answer = await fetch(sink, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) console.error(`${sink}: ${answer.status} for incident ${id}`);
}

const bundle = await loadModel(model);
for await (const event of watch(await openSource(input), bundle)) {
  if (event.type === 'summary') console.log(`${event.report.incidents.length} incidents`);
  else if ('incident' in event) await send(event.type, event.incident);
}
