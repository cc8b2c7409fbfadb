/** What of a run could not be judged, in sentences. */

import type { RunFacts } from '../detect/run-facts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { count, counted, percent } from './format.js';

/** In place of the outcome, where not one record could be judged. */
export function nothingJudged({ kind, records, unjudged }: RunFacts): string | undefined {
  const { noun, nouns } = RECORD_KINDS[kind];
  if (unjudged === undefined || records === 0) return undefined;
  if (unjudged.nameless === records) return `not one of ${counted(records, noun, nouns)} could be decoded`;
  if (unjudged.reversed) return `most of ${counted(records, noun, nouns)} are earlier than the one before`;
  return unjudged.frozen ? `all ${counted(records, noun, nouns)} have one and the same time` : undefined;
}

export function unjudgedLines({ kind, records, unjudged, unscored = 0 }: RunFacts): string[] {
  const { noun, nouns } = RECORD_KINDS[kind];
  const lines: string[] = [];
  if (unscored > 0) {
    const share = `${counted(unscored, noun, nouns)} (${percent(unscored / records)})`;
    lines.push(
      `the score of ${share} is no number, so the net says neither normal nor not: evidence alone judged them; train again, and report it if that does not help`,
    );
  }
  if (unjudged === undefined) return lines;
  const { nameless, frozen, reversed } = unjudged;
  if (nameless > 0) {
    const share = `${count(nameless)} ${nouns} (${percent(nameless / records)})`;
    lines.push(`${share} were not decoded far enough to tell whose they are: nothing is raised from them`);
  }
  if (reversed) {
    lines.push(
      `most ${nouns} are earlier than the one before, as where the newest comes first: nothing is raised; sort them by time`,
    );
  }
  if (frozen) {
    lines.push(
      `all ${nouns} have one and the same time: without a clock neither rates nor rhythms can be judged, and nothing is raised; record again with a clock that goes`,
    );
  }
  return lines;
}
