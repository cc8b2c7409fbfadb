/**
 * Posts news to one receiver. Detection never waits for it: news go into a bounded queue, one request is under way at a time,
 * and what the queue cannot hold is dropped, counted and told.
 *
 * A receiver that is away or busy is tried again with back-off for as long as the run lasts, one that fails at a post a few
 * times; any other refusal is final, since the same request would be refused again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../base/grace.js';
import { printable } from '../../base/text.js';
import type { Message } from '../../report/notify/news.js';
import { type Address, concealer } from './address.js';
import { Dropped } from './dropped.js';
import { HttpPost } from './http-post.js';
import { type Verdict, verdictOf, verdictOfError } from './verdict.js';

export interface PostOptions {
  /** news waiting at most */
  readonly capacity?: number;
  /** ms for one request, connection to answer */
  readonly timeoutMs?: number;
  /** ms between two requests while the run goes on */
  readonly pauseMs?: number;
  /** ms before the second attempt; doubled each time up to `maxBackoffMs` */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  /** attempts at one post that the receiver fails at */
  readonly attempts?: number;
  /** told once when deliveries begin to fail and once when they work again, and of each refusal that is another than the last */
  readonly onTrouble?: (text: string) => void;
}

export interface PostStats {
  readonly delivered: number;
  /** refused by the receiver, or given up after `attempts` */
  readonly refused: number;
  /** did not fit the queue, or were still waiting at the end */
  readonly dropped: number;
  readonly waiting: number;
}

/** What is to be posted of an incident. */
export interface Post {
  /** the incident's number */
  readonly id: number;
  /** made when it is sent, which may be long after; ms since the epoch */
  message(nowMs: number): Message;
  /** hears that it arrived */
  readonly delivered?: (nowMs: number) => void;
}

export class PostQueue {
  private readonly http: HttpPost;
  private readonly name: string;
  private readonly conceal: (text: string) => string;
  private readonly queue: Post[] = [];
  private readonly dropped = new Dropped();
  private readonly abort = new AbortController();
  private worker: Promise<void> | undefined;
  private sending: Post | undefined;
  private delivered = 0;
  private refused = 0;
  private lastProblem = '';
  private lastRefusal = '';
  private failing = false;
  private closed = false;

  /** @param kind what the receiver is, for messages; of its address they name the host only */
  constructor(
    kind: string,
    private readonly address: Address,
    private readonly options: PostOptions = {},
  ) {
    this.http = new HttpPost(address.url);
    this.name = `${kind} ${printable(address.url.host)}`;
    this.conceal = concealer(address);
  }

  get stats(): PostStats {
    const waiting = this.queue.length + (this.sending ? 1 : 0);
    return { delivered: this.delivered, refused: this.refused, dropped: this.dropped.count, waiting };
  }

  /** Puts `post` on its way and returns at once. A newer one of an incident that still waits replaces the older. */
  post(post: Post): void {
    if (this.closed) {
      this.dropped.add(post.id);
      return;
    }
    const older = this.queue.findIndex((waiting) => waiting.id === post.id);
    if (older >= 0) this.queue[older] = post;
    else if (this.queue.length >= (this.options.capacity ?? 1000)) this.dropped.add(post.id);
    else this.queue.push(post);
    this.worker ??= this.work();
  }

  /** Waits up to `graceMs` for what is still queued, then drops it. Returns what to tell the user, '' when all is well. */
  async close(graceMs = 5000): Promise<string> {
    this.closed = true;
    await within(graceMs, this.worker, () => this.abort.abort());
    this.http.close();
    for (const waiting of this.queue.splice(0)) this.dropped.add(waiting.id);
    return this.summary();
  }

  private summary(): string {
    if (this.dropped.count === 0 && this.refused === 0) return '';
    const parts = [`${this.delivered} delivered`];
    if (this.refused > 0) parts.push(`${this.refused} refused`);
    if (this.dropped.count > 0) parts.push(this.dropped.text);
    const why = this.lastProblem === '' ? '' : `; last problem: ${this.lastProblem}`;
    return `warning: notify ${this.name}: ${parts.join(', ')}${why}`;
  }

  private async work(): Promise<void> {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.sending = next;
      if (!(await this.deliver(next))) this.dropped.add(next.id);
      this.sending = undefined;
      if (this.abort.signal.aborted) break;
      if (!this.closed) await this.rest(this.options.pauseMs ?? 100);
    }
    this.worker = undefined;
  }

  /** False when the end came before the receiver answered. */
  private async deliver(post: Post): Promise<boolean> {
    const { backoffMs = 500, maxBackoffMs = 30_000, attempts = 8 } = this.options;
    let pause = backoffMs;
    for (let failures = 0; !this.abort.signal.aborted; ) {
      const { kind, text, retryAfterMs } = await this.attempt(post.message(Date.now()));
      if (kind === 'delivered') {
        this.delivered++;
        post.delivered?.(Date.now());
        this.trouble('');
        return true;
      }
      // the end of the run is no fault of the receiver's
      if (this.abort.signal.aborted) break;
      if (kind === 'again') failures++;
      if (kind === 'refused' || failures >= attempts) {
        this.refuse(post.id, text);
        return true;
      }
      this.trouble(text);
      // full jitter would retry at once too often; half of the pause is random
      await this.rest(Math.max(retryAfterMs, pause * (0.5 + Math.random() / 2)));
      pause = Math.min(pause * 2, maxBackoffMs);
    }
    return false;
  }

  /** Ends early with the run; does not keep the process alive. */
  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.abort.signal, ref: this.closed }).catch(() => undefined);
  }

  private async attempt({ headers, body }: Message): Promise<Verdict> {
    const all = { 'user-agent': 'anomaly', ...headers, ...this.address.headers };
    try {
      const answer = await this.http.post({ headers: all, body }, this.options.timeoutMs ?? 10_000, this.abort.signal);
      return verdictOf(answer, this.conceal, Date.now());
    } catch (error) {
      return verdictOfError(error);
    }
  }

  private refuse(incident: number, text: string): void {
    this.refused++;
    this.failing = false;
    this.lastProblem = text;
    if (text === this.lastRefusal) return;
    this.lastRefusal = text;
    this.say('warning: ', `incident ${incident} was refused: ${text}`);
  }

  private trouble(problem: string): void {
    const failing = problem !== '';
    if (failing) this.lastProblem = problem;
    if (failing === this.failing) return;
    this.failing = failing;
    if (failing) this.say('warning: ', `${problem}; incidents wait and are tried again`);
    else this.say('', 'works again');
  }

  private say(kind: 'warning: ' | '', text: string): void {
    this.options.onTrouble?.(`${kind}notify ${this.name}: ${text}`);
  }
}
