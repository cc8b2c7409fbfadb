/** What an earlier run told, read back from its JSON lines, in either of their two shapes. */

export interface Told {
  readonly event: 'opened' | 'updated' | 'closed';
  /** the incident's number, and its id */
  readonly number: number;
  readonly id: string;
}

const EVENTS: ReadonlySet<unknown> = new Set(['opened', 'updated', 'closed']);

type Json = Readonly<Record<string, unknown>>;

const child = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Json)[name] : undefined;

const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce(child, value);

/** The JSON object on a line; undefined where there is none. */
export function objectOf(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Suricata's shape or Elastic's; undefined where it is no line about an incident. */
export function toldBy(line: Json): Told | undefined {
  const context = at(line, 'alert', 'context');
  const [event, number, id] =
    context === undefined
      ? [at(line, 'event', 'action'), at(line, 'anomaly', 'incident', 'number'), at(line, 'anomaly', 'incident', 'id')]
      : [at(context, 'event'), at(context, 'number'), at(context, 'id')];
  if (!EVENTS.has(event) || !Number.isSafeInteger(number) || typeof id !== 'string') return undefined;
  return { event: event as Told['event'], number: number as number, id };
}
