/** Records of a block of training with others woven in, as a source like any other. */
import type { Batch, RecordStream, Source, Woven } from '../record-kind.js';

/** records of a batch at most: what is woven into a gap may be much more than what is around it */
const MOST = 4096;

export interface Range {
  /** numbers of records of the whole source, the last one excluded */
  readonly from: number;
  readonly to: number;
}

/**
 * @param woven in order of time; asked for once for each opening
 * @param isOver whether what follows a time is of no interest any more; looked at once a batch
 */
export function wovenSource<R>(
  source: Source<R>,
  range: Range,
  woven: () => Iterator<Woven<R>>,
  isOver: (timeUs: number) => boolean = () => false,
): Source<R> {
  return {
    ...source,
    open: async () => {
      const stream = await source.open();
      return {
        facts: stream.facts,
        batches: batches(stream, source, range, woven(), isOver),
        get stops() {
          return stream.stops;
        },
        close: () => stream.close(),
      };
    },
    // the source goes on to be read
    close: async () => undefined,
  };
}

async function* batches<R>(
  stream: RecordStream<R>,
  { kind }: Source<R>,
  { from, to }: Range,
  woven: Iterator<Woven<R>>,
  isOver: (timeUs: number) => boolean,
): AsyncGenerator<Batch<R>> {
  const weaver = await kind.weaver();
  const record = kind.newRecord();
  let next = woven.next();
  let index = 0;
  let nowUs = Number.NEGATIVE_INFINITY;
  for await (const batch of stream.batches) {
    if (isOver(nowUs)) break;
    const first = Math.max(0, from - index);
    const last = Math.min(batch.count, to - index);
    index += batch.count;
    let order: (number | Woven<R>)[] = [];
    for (let k = first; k < last; k++) {
      const timeUs = batch.timeUs?.(k) ?? timeOf(batch, k);
      nowUs = timeUs;
      for (; !next.done && next.value.timestampUs < timeUs; next = woven.next()) {
        order.push(next.value);
        if (order.length < MOST) continue;
        yield asBatch(batch, order);
        order = [];
      }
      order.push(k);
    }
    if (order.length > 0) yield asBatch(batch, order);
    if (index >= to) break;
  }

  function timeOf(batch: Batch<R>, k: number): number {
    batch.read(k, record);
    return weaver.timeUs(record);
  }
}

function asBatch<R>(batch: Batch<R>, order: readonly (number | Woven<R>)[]): Batch<R> {
  return {
    count: order.length,
    read: (k, into) => {
      const what = order[k];
      if (typeof what === 'number') batch.read(what, into);
      else what.fill(into);
    },
  };
}
