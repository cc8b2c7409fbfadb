/** Everybody who is told of incidents while a run goes on: receivers by HTTP, and a program of the user's own. */

import type { DetectorEvent } from '../../detect/detector-event.js';
import { SEVERITIES, type Severity } from '../../detect/incident.js';
import type { RunIdentity } from '../../detect/run-facts.js';
import { cleanIncident } from '../../report/clean.js';
import { JSON_HEADERS, type News, type NewsEvent } from '../../report/notify/news.js';
import { incidentJson } from '../json-lines.js';
import { Alerts } from './alerts.js';
import { Exec } from './exec.js';
import { type PostOptions, PostQueue, type PostStats } from './post-queue.js';
import { PRESETS } from './presets.js';
import type { Receiver } from './receiver-words.js';

export interface NotifierOptions {
  readonly receivers: readonly Receiver[];
  /** program to run; its file */
  readonly exec?: string | undefined;
  /** the least severity that is told */
  readonly from: Severity;
  /** JSON lines in Elastic's names */
  readonly ecs?: boolean;
  readonly who: RunIdentity;
  /** what a user has to know, in lines */
  readonly note: (line: string) => void;
  /** other times and bounds than usual */
  readonly post?: PostOptions;
}

interface Told {
  /** programs that are run have none */
  readonly stats?: PostStats;
  tell(news: News, line: string): void;
  /** waits so many ms at most; what to say of it */
  close(graceMs?: number): Promise<string>;
}

/** Incidents of which it is remembered what was told: more than are open at a time. */
const REMEMBERED = 10_000;

export class Notifier {
  private readonly told: Told[];
  /** by number: severity and title */
  private readonly last = new Map<number, string>();

  constructor(private readonly options: NotifierOptions) {
    const { receivers, exec, note } = options;
    this.told = receivers.map((receiver) => connect(receiver, { ...options.post, onTrouble: note }));
    if (exec !== undefined) this.told.push(new Exec(exec, { onLine: note }));
  }

  /** Returns at once. What only grew is told to nobody. */
  tell(event: DetectorEvent): void {
    const { from, who, ecs } = this.options;
    const name = nameOf(event);
    if (this.told.length === 0 || name === undefined) return;
    if (SEVERITIES.indexOf(event.incident.severity) < SEVERITIES.indexOf(from)) return;
    if (this.knows(event, name)) return;
    const news: News = { event: name, incident: cleanIncident(event.incident), sensor: who.sensor };
    const line = incidentJson(event, who, { ecs });
    for (const one of this.told) one.tell(news, line);
  }

  /** An incident may have got worse before it was told that it opened. */
  private knows({ incident: { id, severity, title } }: DetectorEvent, name: NewsEvent): boolean {
    const before = this.last.get(id);
    this.last.delete(id);
    if (name === 'closed') return false;
    const now = `${severity} ${title}`;
    this.last.set(id, now);
    const [oldest] = this.last.keys();
    if (this.last.size > REMEMBERED && oldest !== undefined) this.last.delete(oldest);
    return before === now;
  }

  /** Of all receivers together; undefined: nobody is posted to. */
  get stats(): PostStats | undefined {
    const all = this.told.flatMap(({ stats }) => stats ?? []);
    if (all.length === 0) return undefined;
    const sum = (name: keyof PostStats): number => all.reduce((total, stats) => total + stats[name], 0);
    return { delivered: sum('delivered'), refused: sum('refused'), dropped: sum('dropped'), waiting: sum('waiting') };
  }

  /** Waits some seconds for what is on its way. Returns what to tell the user. */
  async close(graceMs?: number): Promise<string[]> {
    const said = await Promise.all(this.told.map((one) => one.close(graceMs)));
    return said.filter((line) => line !== '');
  }
}

function nameOf({ type, worse, renamed }: DetectorEvent): NewsEvent | undefined {
  if (type !== 'updated') return type;
  if (worse) return 'worse';
  return renamed ? 'renamed' : undefined;
}

function connect({ preset, address }: Receiver, options: PostOptions): Told {
  const { closing, pauseMs } = PRESETS[preset];
  const paced = { pauseMs, ...options };
  if (preset === 'alertmanager') return new Alerts(preset, address, paced);
  const queue = new PostQueue(preset, address, paced);
  return {
    tell(news, line) {
      if (news.event === 'closed' && !closing) return;
      const body = preset === 'webhook' ? { headers: JSON_HEADERS, body: line } : PRESETS[preset].message(news);
      queue.post({ id: news.incident.id, message: () => body });
    },
    close: (graceMs) => queue.close(graceMs),
    get stats() {
      return queue.stats;
    },
  };
}
