/**
 * Turns for signals, timers and everybody else. What reads data that are there already, or only computes, never lets the event
 * loop run, however often it awaits: such loops ask here once a step, and a step is to take far less than EVERY_MS.
 */

const EVERY_MS = 50;

let lastMs = performance.now();

/** Undefined where the last turn was a moment ago; else to be awaited. */
export function turn(): Promise<void> | undefined {
  if (performance.now() - lastMs < EVERY_MS) return undefined;
  return new Promise((resolve) => {
    setImmediate(() => {
      lastMs = performance.now();
      resolve();
    });
  });
}

/** Work in steps, of which none takes long: it yields after each. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** The work, with turns for others in between. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const due = turn();
    if (due) await due;
  }
}

/** The same without, for who has nobody to give a turn to. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
