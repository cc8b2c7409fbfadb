/** What two models raise in the same records: what either raises and the other does not. */
import type { Incident } from '../detect/incident.js';
import type { AllowList } from '../detect/incidents/allow.js';
import type { Bundle } from '../model/bundle.js';
import type { EngineChoice } from '../model/engine.js';
import type { Source } from './record-kind.js';
import { Interrupted } from './training-rows.js';
import { Watch } from './watch.js';

export interface RaisedOptions {
  /** incidents that are expected and count for neither */
  readonly allowed?: AllowList | undefined;
  readonly engine?: EngineChoice | undefined;
  readonly local?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Alarms, which notices are not. */
export interface RaisedDifference {
  /** by the second model alone */
  readonly added: readonly Incident[];
  /** by the first model alone: to the second it is normal */
  readonly lost: readonly Incident[];
}

/**
 * Both models judge the records, one after the other; the source stays open.
 * @throws AnomalyError BAD_MODEL where one is for other records or features; Interrupted; what the source throws
 */
export async function raisedDifference<R>(
  first: Bundle,
  second: Bundle,
  source: Source<R>,
  options: RaisedOptions = {},
): Promise<RaisedDifference> {
  const one = await raisedBy(first, source, options);
  const other = await raisedBy(second, source, options);
  return { added: missingIn(one, other), lost: missingIn(other, one) };
}

async function raisedBy<R>(bundle: Bundle, source: Source<R>, options: RaisedOptions): Promise<readonly Incident[]> {
  const watch = await Watch.begin(source.kind, bundle, options);
  let incidents: readonly Incident[] = [];
  try {
    for await (const event of watch.over(await source.open())) {
      if (event.type === 'summary') incidents = event.report.incidents;
    }
  } finally {
    await watch.close();
  }
  if (options.signal?.aborted) throw new Interrupted();
  return incidents.filter(({ severity }) => severity !== 'notice');
}

/** Those of `all` that no one of `known` is the same deed as. */
function missingIn(known: readonly Incident[], all: readonly Incident[]): Incident[] {
  return all.filter((incident) => !known.some((other) => isSameDeed(incident, other)));
}

/** Two models may name one deed differently: the same initiator does it, or it befalls the same host, at the same time. */
function isSameDeed(one: Incident, other: Incident): boolean {
  if (one.firstUs > other.lastUs || other.firstUs > one.lastUs) return false;
  return one.initiator === other.initiator || (one.kind === other.kind && one.responder === other.responder);
}
