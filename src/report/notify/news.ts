/** What people are told of an incident, in few words: every receiver's message is made of these. */
import type { Incident, Severity } from '../../detect/incident.js';
import { when, who, why } from '../incident-view.js';
import { shorten } from '../layout.js';

/** `worse` than it was told to be; `renamed`: turned out to be something else. */
export type NewsEvent = 'opened' | 'worse' | 'renamed' | 'closed';

export interface News {
  readonly event: NewsEvent;
  /** cleaned (report/clean.ts), as it stood at the event */
  readonly incident: Incident;
  readonly sensor: string;
}

/** A request's body, and the headers that belong to it. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REASONS = 3;
/** Characters of one line: the nine lines of a message fit the smallest receiver, ntfy with 4,096 bytes. */
const LINE = 300;

const BEFORE: Readonly<Record<NewsEvent, (severity: string) => string>> = {
  opened: (severity) => `[${severity}]`,
  worse: (severity) => `[now ${severity}]`,
  renamed: (severity) => `[${severity}, now known as]`,
  closed: (severity) => `[${severity}, over]`,
};

/** At most so many characters, an ellipsis last where something was cut; marks take no column, so those are cut hard. */
export function cut(text: string, limit = LINE): string {
  const short = shorten(text, limit);
  return short.length <= limit ? short : short.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
}

/** `[HIGH] 10.0.0.9 tried 118 ports on 10.0.0.5` */
export function headline({ event, incident }: News): string {
  return `${BEFORE[event](incident.severity.toUpperCase())} ${cut(incident.title)}`;
}

/** Name and text of each line below the headline. */
export function newsLines({ incident, sensor }: News): (readonly [name: string, text: string])[] {
  const technique = incident.technique ? ` (ATT&CK ${incident.technique.id})` : '';
  const reasons = incident.reasons.slice(0, REASONS).map((reason) => ['Why', cut(why(reason))] as const);
  return [
    ['Who', cut(who(incident))],
    ['What', cut(`${incident.kind}${technique}`)],
    ['When', cut(when(incident))],
    ...reasons,
    ...(incident.lowConfidence ? [['Note', 'raised in the first minute: take it with care'] as const] : []),
    ['Sensor', cut(sensor)],
    ['Incident', `#${incident.id} ${incident.uuid}`],
  ];
}

/** Lines of one name put together, for receivers that show names and values in a table. */
export function newsFacts(news: News): (readonly [name: string, text: string])[] {
  const facts = new Map<string, string>();
  for (const [name, text] of newsLines(news)) {
    const before = facts.get(name);
    facts.set(name, before === undefined ? text : `${before}\n${text}`);
  }
  return [...facts];
}

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** Red, orange, blue and grey that can be told apart on a dark and on a light ground. */
export const COLORS: Readonly<Record<Severity, string>> = {
  high: '#c62828',
  medium: '#ef6c00',
  low: '#1565c0',
  notice: '#757575',
};
