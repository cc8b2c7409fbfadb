/**
 * The live page's state: drawn when somebody asks, and not again for a while, so that any number of readers costs
 * detection the same. What a reader has is a version; it is sent what has changed since.
 */
import type { LivePieces } from '../../report/html/live.js';

/** ms: what a person notices as live */
const SHORTEST_MS = 2000;
/** Drawing takes at most this part of the time: after 40 ms of it there are 2 s of rest. One that took long, as the first does, does not count yet. */
const PART = 0.02;

/** What a reader is sent; `parts` and `items` hold what has changed since the version that it named. */
export interface LiveAnswer {
  readonly run: string;
  readonly version: number;
  /** ms since the epoch: when it was drawn */
  readonly atMs: number;
  readonly ended: boolean;
  readonly title: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly items: Readonly<Record<string, string>>;
  /** ids of all listed incidents as they stand; absent: as before */
  readonly order?: readonly number[];
}

interface Versioned {
  readonly text: string;
  readonly version: number;
}

/** New texts with the versions in which they became what they are. */
function merge<K>(before: Map<K, Versioned>, texts: ReadonlyMap<K, string>, version: number): Map<K, Versioned> {
  return new Map(
    [...texts].map(([key, text]) => {
      const old = before.get(key);
      return [key, old?.text === text ? old : { text, version }];
    }),
  );
}

const since = <K>(all: Map<K, Versioned>, version: number): Record<string, string> =>
  Object.fromEntries([...all].filter(([, each]) => each.version > version).map(([key, { text }]) => [key, text]));

export class LiveFeed {
  private state: LivePieces | undefined;
  private version = 0;
  private orderVersion = 0;
  private parts = new Map<string, Versioned>();
  private items = new Map<number, Versioned>();
  private atMs = 0;
  private dueMs = 0;
  private tookMs = 0;
  private ended = false;
  private answeredMs = Number.NEGATIVE_INFINITY;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param run tells runs apart
   * @param draw what there is now; undefined: nothing yet
   */
  constructor(
    private readonly run: string,
    private readonly draw: () => LivePieces | undefined,
  ) {}

  /** The pieces, not older than the rest after drawing them; undefined: nothing to see yet. */
  current(): { readonly pieces: LivePieces; readonly version: number } | undefined {
    this.refresh();
    this.answeredMs = performance.now();
    return this.state && { pieces: this.state, version: this.version };
  }

  /** What has changed since `version`, at once if anything has, else when it was looked for again, or at the end. */
  async changes(version: number): Promise<LiveAnswer | undefined> {
    this.refresh();
    if (!this.ended && this.version <= version) await this.later();
    this.refresh();
    this.answeredMs = performance.now();
    return this.state && this.answer(this.state, version);
  }

  private answer({ title }: LivePieces, version: number): LiveAnswer {
    const { run, atMs, ended, parts, items, orderVersion } = this;
    return {
      ...{ run, version: this.version, atMs, ended, title },
      parts: since(parts, version),
      items: since(items, version),
      ...(orderVersion > version && { order: [...items.keys()] }),
    };
  }

  /** Until the next drawing is due, or the end. */
  private later(): Promise<void> {
    // a timer of whole ms may come a little early
    this.timer ??= setTimeout(() => this.wake(), this.dueMs - performance.now() + 2).unref();
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private wake(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private refresh(): void {
    const beganMs = performance.now();
    if (this.ended || beganMs < this.dueMs) return;
    const state = this.draw();
    if (state) this.take(state);
    const nowMs = performance.now();
    const before = this.tookMs;
    this.tookMs = nowMs - beganMs;
    this.dueMs = nowMs + Math.max(SHORTEST_MS, Math.min(before, this.tookMs) / PART);
  }

  private take(state: LivePieces): void {
    const version = this.version + 1;
    const { parts, items } = this;
    this.parts = merge(parts, state.parts, version);
    this.items = merge(items, state.items, version);
    const [before, after] = [[...items.keys()], [...this.items.keys()]];
    const moved = before.length !== after.length || before.some((id, k) => id !== after[k]);
    if (moved) this.orderVersion = version;
    const changed = [...this.parts.values(), ...this.items.values()].some((each) => each.version === version);
    if (moved || changed) this.version = version;
    this.state = state;
    this.atMs = Date.now();
  }

  /** ms since somebody was answered: an open page that was, a moment ago, is about to ask again. */
  get silentMs(): number {
    return performance.now() - this.answeredMs;
  }

  /** The last state: everybody who waits gets it, and it stays. */
  end(state: LivePieces | undefined): void {
    if (state) this.take(state);
    this.version++;
    this.ended = true;
    this.wake();
  }
}
