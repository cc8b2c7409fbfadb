/** Incidents as alerts of one Alertmanager: each is sent again while it lasts, since Alertmanager keeps none that is not. */
import { ALERT_AGAIN_MS, type Alerted, alertmanagerMessage } from '../../report/notify/alertmanager.js';
import type { News } from '../../report/notify/news.js';
import type { Address } from './address.js';
import { type PostOptions, PostQueue, type PostStats } from './post-queue.js';

const PATH = '/api/v2/alerts';

export interface AlertsOptions extends PostOptions {
  /** ms after which what lasts is sent again */
  readonly againMs?: number;
  /** ms since the epoch */
  readonly now?: () => number;
}

interface Lasting {
  news: News;
  alerted: Alerted | undefined;
}

export class Alerts {
  private readonly queue: PostQueue;
  /** by the incident's number; of more than the queue's capacity the oldest are not sent again */
  private readonly lasting = new Map<number, Lasting>();
  private readonly timer: NodeJS.Timeout;
  private readonly now: () => number;

  /** @param address of the Alertmanager, with or without the path of its API */
  constructor(
    kind: string,
    { url, headers }: Address,
    private readonly options: AlertsOptions = {},
  ) {
    const api = new URL(url);
    if (!api.pathname.endsWith(PATH)) api.pathname = api.pathname.replace(/\/$/, '') + PATH;
    this.queue = new PostQueue(kind, { url: api, headers }, options);
    this.now = options.now ?? Date.now;
    this.timer = setInterval(() => this.again(), options.againMs ?? ALERT_AGAIN_MS).unref();
  }

  get stats(): PostStats {
    return this.queue.stats;
  }

  tell(news: News): void {
    const { id } = news.incident;
    const one = this.lasting.get(id) ?? { news, alerted: undefined };
    one.news = news;
    if (news.event === 'closed') this.lasting.delete(id);
    else this.lasting.set(id, one);
    const [oldest] = this.lasting.keys();
    if (this.lasting.size > (this.options.capacity ?? 1000) && oldest !== undefined) this.lasting.delete(oldest);
    this.send(one);
  }

  close(graceMs?: number): Promise<string> {
    clearInterval(this.timer);
    return this.queue.close(graceMs);
  }

  /** What waits is on its way anyway. */
  private again(): void {
    if (this.queue.stats.waiting === 0) for (const one of this.lasting.values()) this.send(one);
  }

  private send(one: Lasting): void {
    const { news } = one;
    this.queue.post({
      id: news.incident.id,
      message: () => alertmanagerMessage(news, one.alerted, this.now()),
      delivered: () => {
        const { severity } = news.incident;
        if (one.alerted?.severity !== severity) one.alerted = { sinceMs: this.now(), severity };
      },
    });
  }
}
