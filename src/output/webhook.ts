/**
 * Posts incidents as JSON to a web address. Detection never waits for it: incidents go into a bounded queue, one request
 * is under way at a time, and what the queue cannot hold is dropped, counted and told.
 *
 * A receiver that cannot be reached or answers 5xx, 408 or 429 is tried again with back-off; any other refusal is final,
 * since the same request would be refused again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from '../base/errors.js';
import { printable } from '../base/text.js';
import { HttpPost } from './http-post.js';

export interface WebhookOptions {
  /** incidents waiting at most */
  readonly capacity?: number;
  /** ms for one request, connection to answer */
  readonly timeoutMs?: number;
  /** ms between two requests while the run goes on, so that a flood of incidents costs detection little */
  readonly pauseMs?: number;
  /** ms before the second attempt; doubled each time up to `maxBackoffMs` */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  /** attempts at one incident that the receiver answers with a temporary failure; unreachable ones are tried for ever */
  readonly attempts?: number;
  /** told once when deliveries begin to fail and once when they work again */
  readonly onTrouble?: (text: string) => void;
}

export interface WebhookStats {
  readonly delivered: number;
  /** refused by the receiver, or given up after `attempts` */
  readonly refused: number;
  /** did not fit the queue, or were still waiting at the end */
  readonly dropped: number;
  readonly waiting: number;
}

interface Waiting {
  readonly id: number;
  body: string;
}

const DROPPED_NAMED = 20;

export class Webhook {
  private readonly http: HttpPost;
  private readonly name: string;
  private readonly queue: Waiting[] = [];
  private readonly droppedIds: number[] = [];
  private readonly abort = new AbortController();
  private worker: Promise<void> | undefined;
  private sending: Waiting | undefined;
  private delivered = 0;
  private refused = 0;
  private dropped = 0;
  private lastProblem = '';
  private failing = false;
  private closed = false;

  /** @throws AnomalyError USAGE for an address that is not http or https */
  constructor(
    address: string,
    private readonly options: WebhookOptions = {},
  ) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw new AnomalyError('USAGE', `--webhook: an http or https address expected, not "${printable(address)}"`);
    }
    const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'anomaly' };
    if (url.username !== '' || url.password !== '') {
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      url.username = url.password = '';
    }
    this.http = new HttpPost(url, headers);
    // tokens often stand in path and query: messages name the host only
    this.name = printable(url.host);
  }

  get stats(): WebhookStats {
    const waiting = this.queue.length + (this.sending ? 1 : 0);
    return { delivered: this.delivered, refused: this.refused, dropped: this.dropped, waiting };
  }

  /** Puts `body` (JSON text) on its way and returns at once. A newer state of an incident that still waits replaces the older. */
  post(incident: number, body: string): void {
    if (this.closed) {
      this.drop(incident);
      return;
    }
    const older = this.queue.find((waiting) => waiting.id === incident);
    if (older) older.body = body;
    else if (this.queue.length >= (this.options.capacity ?? 1000)) this.drop(incident);
    else this.queue.push({ id: incident, body });
    this.worker ??= this.work();
  }

  /** Waits up to `graceMs` for what is still queued, then drops it. Returns what to tell the user, '' when all is well. */
  async close(graceMs = 5000): Promise<string> {
    this.closed = true;
    const end = new AbortController();
    const late = sleep(graceMs, undefined, { signal: end.signal, ref: true }).then(
      () => this.abort.abort(),
      () => undefined,
    );
    await this.worker;
    end.abort();
    await late;
    this.http.close();
    for (const waiting of this.queue.splice(0)) this.drop(waiting.id);
    return this.summary();
  }

  private summary(): string {
    if (this.dropped === 0 && this.refused === 0) return '';
    const more = this.dropped - this.droppedIds.length;
    const named = this.droppedIds.join(', ') + (more > 0 ? ` and ${more} more` : '');
    const parts = [`${this.delivered} delivered`];
    if (this.refused > 0) parts.push(`${this.refused} refused`);
    if (this.dropped > 0) parts.push(`${this.dropped} dropped (incident ${named})`);
    const why = this.lastProblem === '' ? '' : `; last problem: ${this.lastProblem}`;
    return `webhook ${this.name}: ${parts.join(', ')}${why}`;
  }

  private drop(incident: number): void {
    this.dropped++;
    if (this.droppedIds.length < DROPPED_NAMED) this.droppedIds.push(incident);
  }

  private async work(): Promise<void> {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.sending = next;
      if (!(await this.deliver(next))) this.drop(next.id);
      this.sending = undefined;
      if (this.abort.signal.aborted) break;
      if (!this.closed) await this.rest(this.options.pauseMs ?? 100);
    }
    this.worker = undefined;
  }

  /** False when the end came before the receiver answered. */
  private async deliver(waiting: Waiting): Promise<boolean> {
    const { backoffMs = 500, maxBackoffMs = 30_000, attempts = 8 } = this.options;
    let pause = backoffMs;
    for (let answers = 0; !this.abort.signal.aborted; ) {
      const problem = await this.attempt(waiting.body);
      if (problem === undefined) {
        this.delivered++;
        this.trouble('');
        return true;
      }
      this.trouble(problem.text);
      if (problem.answered) answers++;
      if (problem.final || answers >= attempts) {
        this.refused++;
        return true;
      }
      // full jitter would retry at once too often; half of the pause is random
      const wait = Math.max(problem.retryAfterMs, pause * (0.5 + Math.random() / 2));
      await this.rest(Math.min(wait, maxBackoffMs));
      pause = Math.min(pause * 2, maxBackoffMs);
    }
    return false;
  }

  /** Ends early with the run; does not keep the process alive. */
  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.abort.signal, ref: this.closed }).catch(() => undefined);
  }

  private async attempt(
    body: string,
  ): Promise<{ text: string; answered: boolean; final: boolean; retryAfterMs: number } | undefined> {
    try {
      const { status, retryAfterMs } = await this.http.post(body, this.options.timeoutMs ?? 10_000, this.abort.signal);
      if (status >= 200 && status < 300) return undefined;
      const temporary = status >= 500 || status === 408 || status === 429;
      return { text: `answered ${status}`, answered: true, final: !temporary, retryAfterMs };
    } catch (error) {
      return { text: systemCode(error) ?? (error as Error).message, answered: false, final: false, retryAfterMs: 0 };
    }
  }

  private trouble(problem: string): void {
    const failing = problem !== '';
    if (failing) this.lastProblem = problem;
    if (failing === this.failing) return;
    this.failing = failing;
    const state = failing ? `${problem}; incidents wait and are tried again` : 'works again';
    this.options.onTrouble?.(`webhook ${this.name}: ${state}`);
  }
}
