/** The thread that `featurer-aside.ts` starts: packets of shared pages become batches with features in others. */
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { ColumnMemory } from '../base/column-memory.js';
import type { ScoredBatch } from '../detect/score/scored-batch.js';
import { PacketFeatures } from '../features/packet/index.js';
import { chooseEngine } from '../model/engine.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import type { PacketBatch, SourceFacts } from '../source/packet-source.js';
import { recordsOf } from '../source/records.js';
import { PacketRecord } from '../table/record.js';
import {
  type AsideData,
  BEHIND,
  type FromAside,
  JUDGED,
  type Learned,
  type News,
  type Page,
  pagesOf,
  type ToAside,
} from './featurer-aside.js';

const data = workerData as AsideData;
const port = parentPort;
if (!port) throw new Error('this module runs in a thread of its own');
const post = (message: FromAside): void => port.postMessage(message);
const messages = on(port, 'message') as AsyncIterable<[ToAside]>;

const pages = pagesOf(data, new ColumnMemory(data.memory));
const words = new Int32Array(data.words);
const engine = data.learned.model && (await chooseEngine('simd', { threads: 1 }));

const extractorOf = ({ novelty, local, extractorState }: Learned): PacketFeatures =>
  new PacketFeatures({ novelty, ...(local && { local }) }, extractorState);

function scorerOf({ model }: Learned): Scorer | undefined {
  if (!model || engine?.name !== 'simd') return undefined;
  const net = engine.create(model.spec, model.weights, model.scaler.columns);
  return new Scorer(net, new RobustScaler(model.scaler), model.residualWeights, data.capacity);
}

const features = extractorOf(data.learned);
let scorer = scorerOf(data.learned);

const facts: SourceFacts = { name: data.name, format: 'pages', received: 0, gaps: [], warnings: [] };
/** of `pages`: the one that is in work */
let page = 0;

async function* received(): AsyncGenerator<PacketBatch> {
  for await (const [message] of messages) {
    if (message.type === 'end') return;
    if (message.type === 'adopt') {
      features.adopt(extractorOf(message.learned));
      scorer?.net.dispose();
      scorer = scorerOf(message.learned);
      continue;
    }
    page = message.page;
    const { packets } = pages[page] as Page;
    packets.count = message.count;
    yield packets;
  }
}

const source = { facts, [Symbol.asyncIterator]: received, close: async () => undefined };
const records = recordsOf(source, { inner: data.inner });
let toldStops = 0;
let toldClock = 0;
let toldEvents = 0;

/** What became known of the input since this was asked last. */
function news(): News {
  const stops = [...records.stops];
  const stopped = stops.reduce((sum, [, times]) => sum + times, 0);
  const { events, totals } = features.clock;
  const steps = Object.values(totals).reduce((sum, times) => sum + times, 0);
  const more: News = {
    warnings: facts.warnings.splice(0),
    ...(stopped > toldStops && { stops }),
    ...(steps > toldClock && { clock: { events: events.slice(toldEvents), totals: { ...totals } } }),
    ...(facts.undecoded && { undecoded: facts.undecoded }),
  };
  toldStops = stopped;
  toldClock = steps;
  toldEvents = events.length;
  return more;
}

/** A batch is scored here where its reader is behind: then it is this thread that has time. */
function score(batch: ScoredBatch): boolean {
  if (!scorer || made - Atomics.load(words, JUDGED) < BEHIND) return false;
  scorer.run(batch.rows, batch.count);
  batch.setScores(0, batch.count, scorer);
  return true;
}

post({ type: 'ready' });
const record = new PacketRecord();
let frame = 0;
/** batches so far */
let made = 0;
for await (const packets of records.batches) {
  const { batch } = pages[page] as Page;
  batch.clear();
  for (let k = 0; k < packets.count; k++) {
    packets.read(k, record);
    features.transform(record, batch.rows, batch.count * batch.width);
    batch.add(features.context, features.counts, ++frame);
  }
  const scored = score(batch);
  made++;
  post({ type: 'batch', page, count: batch.count, scored, ...news() });
}
features.clock.finish();
post({ type: 'end', ...news() });
