/** Incidents that were found and that no report lists, in sentences. */
import type { RunFacts } from '../detect/run-facts.js';
import { count, counted } from './format.js';

/** kinds named, the most frequent first */
const KINDS_NAMED = 3;

export function unlistedTotal({ unlisted }: Pick<RunFacts, 'unlisted'>): number {
  return unlisted === undefined ? 0 : unlisted.crowd.reduce((sum, { incidents }) => sum + incidents, unlisted.dropped);
}

export function unlistedLines({ unlisted }: Pick<RunFacts, 'unlisted'>): string[] {
  if (unlisted === undefined) return [];
  const { crowd, dropped } = unlisted;
  const lines: string[] = [];
  if (crowd.length > 0) {
    const kinds = [...crowd].sort((a, b) => b.incidents - a.incidents);
    const named = kinds.slice(0, KINDS_NAMED).map(({ kind, incidents }) => `${kind} ${count(incidents)}`);
    const others = kinds.length > KINDS_NAMED ? ', …' : '';
    const total = kinds.reduce((sum, { incidents }) => sum + incidents, 0);
    lines.push(
      `${counted(total, 'incident')} counted and not opened, for a day had opened 1,000 of their kind that are no weaker: ${named.join(', ')}${others}`,
    );
  }
  if (dropped > 0)
    lines.push(
      `${counted(dropped, 'closed incident')} told and no longer listed: of more than 10,000 the least of the most frequent kinds make room`,
    );
  return lines;
}
