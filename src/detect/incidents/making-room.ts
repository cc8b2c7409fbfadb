/** Which incidents are listed no longer when there are too many. */
import { type Incident, SEVERITIES } from '../incident.js';

/**
 * So many of the closed ones: of the kinds that most are of, for a flood is to push out itself; of a kind the least severe
 * first, then the weakest, then the oldest.
 * @param kept in order of opening
 */
export function leastOf(kept: readonly Incident[], drop: number): Set<Incident> {
  const byKind = new Map<string, Incident[]>();
  for (const incident of kept) {
    if (!incident.closed) continue;
    const alike = byKind.get(incident.kind) ?? [];
    alike.push(incident);
    byKind.set(incident.kind, alike);
  }
  const kinds = [...byKind.values()].sort((a, b) => b.length - a.length);
  const level = levelOf(
    kinds.map(({ length }) => length),
    drop,
  );
  const least = new Set<Incident>();
  for (const alike of kinds) {
    const more = Math.min(alike.length - level, drop - least.size);
    if (more <= 0) break;
    for (const incident of [...alike].sort(byWeight).slice(0, more)) least.add(incident);
  }
  return least;
}

/** How many of each kind may stay. @param sizes largest first */
function levelOf(sizes: readonly number[], drop: number): number {
  let above = 0;
  for (const [k, size] of sizes.entries()) {
    above += size;
    const level = Math.floor((above - drop) / (k + 1));
    if (level >= (sizes[k + 1] ?? 0)) return Math.max(0, level);
  }
  return 0;
}

/** Equal ones stay in order of opening. Without a chance it was a rule that found it. */
function byWeight(a: Incident, b: Incident): number {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severity !== 0 ? severity : (b.p ?? 0) - (a.p ?? 0);
}
