/** A process that trains and judges: tasks come in as messages, results go back. */
import { openPart } from './data.js';
import { judge } from './judge.js';
import { judgePeers } from './peers.js';
import { anomaly } from './run.js';
import { network, SETS } from './sets.js';

const TASKS = {
  baseRates: async ({ others }) => {
    const sources = await Promise.all(others.map((folder) => openPart(network(folder).train)));
    try {
      return await anomaly.baseRatesOf(Object.fromEntries(sources.map((source) => [source.names.join(), source])));
    } finally {
      for (const source of sources) await source.close();
    }
  },
  train: async ({ set, model, options }) => {
    const bundle = await anomaly.learn(await openPart(setOf(set).train), options);
    await anomaly.saveModel(model, bundle);
    return { records: bundle.facts.records, kind: bundle.schema.kind, promise: bundle.threshold.promise };
  },
  judge: async ({ set, part, model }) => {
    const { parts } = setOf(set);
    return (await judge(setOf(set), parts[part], await anomaly.loadModel(model))).summary;
  },
  peers: ({ set, options }) => judgePeers(setOf(set), options),
};

/** A set has functions in it, which no message can hold: it is named. */
function setOf({ folder, name }) {
  return folder ? network(folder) : SETS.find((set) => set.name === name);
}

process.on('message', async (task) => {
  try {
    process.send({ result: await TASKS[task.do](task) });
  } catch (error) {
    process.send({ failed: error instanceof Error ? error.stack : String(error) });
  }
});
