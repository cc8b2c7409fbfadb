/** Acts that overlap as one sequence in the order of time. */

// a second user of this queue: conversations are due as incidents are, and neither room imports from the other
import TinyQueue from 'tinyqueue';

interface Timed {
  readonly timestampUs: number;
}

interface Running<T extends Timed> {
  next: T;
  readonly rest: Iterator<T>;
  readonly rank: number;
}

/**
 * What all acts give, by time. An act is begun when its time comes, so that a flood of a million is not in memory at once.
 * @param acts by time of their beginning
 */
export function* inOrder<A extends { readonly startUs: number }, T extends Timed>(
  acts: Iterable<A>,
  itemsOf: (act: A, rank: number) => Iterator<T>,
): Generator<T> {
  const running = new TinyQueue<Running<T>>([], (a, b) => a.next.timestampUs - b.next.timestampUs || a.rank - b.rank);
  const waiting = acts[Symbol.iterator]();
  let rank = 0;
  let ahead = waiting.next();
  for (;;) {
    let first = running.peek();
    while (!ahead.done && (!first || ahead.value.startUs <= first.next.timestampUs)) {
      const rest = itemsOf(ahead.value, rank);
      const { done, value } = rest.next();
      if (!done) running.push({ next: value, rest, rank });
      rank++;
      ahead = waiting.next();
      first = running.peek();
    }
    if (!first) return;
    running.pop();
    yield first.next;
    const { done, value } = first.rest.next();
    if (done) continue;
    first.next = value;
    running.push(first);
  }
}
