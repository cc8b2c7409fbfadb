/**
 * Prometheus Alertmanager, API v2: https://prometheus.io/docs/alerting/latest/alerts_api/. An alert is a state: its labels are
 * what it is known by, and who raised it sends it again while it lasts. One without `endsAt` is over when nothing was heard of it
 * for Alertmanager's resolve_timeout; once it has an end, only a later one counts.
 */
import type { Incident, Severity } from '../../detect/incident.js';
import { isoTime } from '../format.js';
import { headline, JSON_HEADERS, type Message, type News, newsFacts } from './news.js';

/** ms after which an alert is sent again: of the half to three minutes that Alertmanager expects. */
export const ALERT_AGAIN_MS = 60_000;
/** ms that an alert lasts at least: twice the usual group_wait, within which one that was resolved is told to nobody. */
const LASTS_MS = 60_000;

/** What Alertmanager was told of an incident before. */
export interface Alerted {
  /** ms since the epoch; of this severity */
  readonly sinceMs: number;
  readonly severity: Severity;
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

const time = (ms: number): string => isoTime(ms * 1000);

/** Stable for an incident, but for the severity, by which alerts are routed. */
function labels({ uuid }: Incident, severity: Severity, sensor: string): Record<string, string> {
  return { alertname: 'NetworkAnomaly', severity, sensor, incident: uuid };
}

/**
 * @param before undefined: it was not told yet
 * @param nowMs ms since the epoch, by the machine's clock: Alertmanager goes by its own
 */
export function alertmanagerMessage(news: News, before: Alerted | undefined, nowMs: number): Message {
  const { incident, sensor, event } = news;
  const sinceMs = before?.severity === incident.severity ? before.sinceMs : nowMs;
  // a recording may be of any time, and what begins after its end is refused
  const startsMs = Math.min(incident.firstUs / 1000, nowMs);
  const endsMs = event === 'closed' ? Math.max(nowMs, sinceMs + LASTS_MS) : undefined;
  const facts = newsFacts(news).map(([name, text]) => [name.toLowerCase(), text] as const);
  const annotations = {
    summary: headline(news),
    description: facts.map(([name, text]) => `${name}: ${text}`).join('\n'),
    kind: incident.kind,
    initiator: incident.initiator,
    responder: incident.responder,
  };
  const alert = (severity: Severity, untilMs: number | undefined): Alert => ({
    labels: labels(incident, severity, sensor),
    annotations,
    startsAt: time(startsMs),
    ...(untilMs !== undefined && { endsAt: time(untilMs) }),
  });
  const alerts = [alert(incident.severity, endsMs)];
  // of another severity it is another alert, and takes the former's place
  if (before && before.severity !== incident.severity) alerts.unshift(alert(before.severity, nowMs));
  return { headers: JSON_HEADERS, body: JSON.stringify(alerts) };
}
