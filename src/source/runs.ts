/** Several time-stamped streams as one, in the order of time. */

/** A batch whose items carry times. */
export interface TimedBatch {
  readonly count: number;
  /** µs */
  readonly timestampUs: Float64Array;
}

/** A stream that is opened when its time comes, so that a thousand rotated files are not open at once. */
export interface Feed<B extends TimedBatch> {
  /** time of its first item; Infinity: it has none */
  readonly firstUs: number;
  open(): Promise<AsyncIterator<B>>;
}

/** Items `from`..`to` - 1 of a batch are next. */
export interface Run<B extends TimedBatch> {
  /** place of its feed */
  rank: number;
  batch: B;
  from: number;
  to: number;
  /** the batch is used up: its buffers change as soon as the next run is asked for */
  exhausts: boolean;
}

interface Head<B extends TimedBatch> {
  readonly iterator: AsyncIterator<B>;
  /** place of its feed: decides between equal times */
  readonly rank: number;
  batch: B;
  at: number;
}

const timeOf = <B extends TimedBatch>({ batch, at }: Head<B>): number => placeOf(batch, at);

/** When an item's turn is: where it is later than the next one its time cannot be believed, and nothing waits for it. */
function placeOf({ count, timestampUs }: TimedBatch, at: number): number {
  return at + 1 < count ? Math.min(timestampUs[at], timestampUs[at + 1]) : timestampUs[at];
}

/** The items of all feeds by time, equal times in the order of the feeds. The run object is reused. */
export async function* mergeRuns<B extends TimedBatch>(feeds: readonly Feed<B>[]): AsyncGenerator<Run<B>> {
  const waiting = [...feeds].sort((a, b) => (a.firstUs < b.firstUs ? -1 : a.firstUs > b.firstUs ? 1 : 0));
  const rankOf = new Map(feeds.map((feed, rank) => [feed, rank]));
  const heads: Head<B>[] = [];
  let run: Run<B> | undefined;
  for (;;) {
    let first = earliest(heads);
    while (waiting.length > 0 && (!first || waiting[0].firstUs <= timeOf(first))) {
      const feed = waiting.shift() as Feed<B>;
      const iterator = await feed.open();
      const { done, value } = await nextFilled(iterator);
      if (!done) heads.push({ iterator, rank: rankOf.get(feed) as number, batch: value, at: 0 });
      first = earliest(heads);
    }
    if (!first) return;
    let limit = waiting[0]?.firstUs ?? Number.POSITIVE_INFINITY;
    for (const head of heads) if (head !== first) limit = Math.min(limit, timeOf(head));
    const { count } = first.batch;
    let to = first.at + 1;
    while (to < count && placeOf(first.batch, to) < limit) to++;
    run = run ?? { rank: 0, batch: first.batch, from: 0, to: 0, exhausts: false };
    run.rank = first.rank;
    run.batch = first.batch;
    run.from = first.at;
    run.to = to;
    run.exhausts = to === count;
    first.at = to;
    yield run;
    if (to < count) continue;
    const { done, value } = await nextFilled(first.iterator);
    if (done) heads.splice(heads.indexOf(first), 1);
    else Object.assign(first, { batch: value, at: 0 });
  }
}

function earliest<B extends TimedBatch>(heads: readonly Head<B>[]): Head<B> | undefined {
  let found: Head<B> | undefined;
  for (const head of heads) {
    const before = !found || timeOf(head) < timeOf(found) || (timeOf(head) === timeOf(found) && head.rank < found.rank);
    if (before) found = head;
  }
  return found;
}

async function nextFilled<B extends TimedBatch>(iterator: AsyncIterator<B>): Promise<IteratorResult<B>> {
  for (;;) {
    const result = await iterator.next();
    if (result.done || result.value.count > 0) return result;
  }
}
