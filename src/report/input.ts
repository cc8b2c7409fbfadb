/** Whether the input is of the kind that was learned, in sentences. */

import { DIRECTIONS, type InputChange } from '../detect/input/change.js';
import type { RunFacts } from '../detect/run-facts.js';
import type { RecordKind } from '../features/extractor.js';
import { FORMS } from '../features/forms.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { count, counted, percent, timeOfDay } from './format.js';

/** Another rate or loss is one by an order of magnitude; a loss below this is nobody's trouble. */
const MAGNITUDE = 10;
const LITTLE_LOSS = 0.01;

/** What came, and what was learned. */
function difference({ name, came, learned }: InputChange, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  if (name === DIRECTIONS) {
    return `of ${percent(round(came))} of the TCP flows only one direction is seen, in training of ${percent(round(learned))}`;
  }
  const doc = FORMS[kind].find((form) => form.name === name)?.doc ?? name;
  return `${percent(round(came))} of the ${nouns} are ${doc}, in training ${percent(round(learned))}`;
}

/** Shares are estimates: to a whole percent. */
function round(share: number): number {
  return Math.round(share * 100) / 100;
}

function consequence({ name, lacking }: InputChange, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  const score = 'by how unusual they are';
  if (name !== DIRECTIONS) return `these ${nouns} are not judged ${score}`;
  const rules = 'half-open and failed connections, unasked ARP replies, questions, uploads and beacons';
  return `${nouns} are not judged ${score}${lacking ? '' : `, and not by ${rules}`}`;
}

/** The one line for the moment in which it begins or is over. */
export function inputLine(change: InputChange, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  if (change.toUs === 0) {
    return `warning: not the kind of input that was learned, since ${timeOfDay(change.fromUs)} UTC: ${difference(change, kind)}; ${consequence(change, kind)}`;
  }
  return `the input is again as learned, since ${timeOfDay(change.toUs)} UTC; from ${timeOfDay(change.fromUs)} on ${difference(change, kind)}, and ${count(change.records)} ${nouns} were not judged by how unusual they are`;
}

/** For the top of a report: each stretch in which the input was of another kind. */
export function inputLines({ kind, input }: RunFacts): string[] {
  if (!input) return [];
  const { nouns } = RECORD_KINDS[kind];
  const lines = input.changes.map((change) => {
    const to = change.toUs === 0 ? 'the end' : timeOfDay(change.toUs);
    const records = `${counted(change.records, kind)} came so`;
    return `Not the kind of input that was learned, from ${timeOfDay(change.fromUs)} to ${to} (UTC): ${difference(change, kind)}. ${records}; ${consequence(change, kind)}.`;
  });
  if (input.beyond > 0) lines.push(`The kind of input changed ${counted(input.beyond, 'more time')}.`);
  if (input.doubted > 0) {
    lines.push(
      `${counted(input.doubted, kind)} were not judged by how unusual they are, for they looked like another kind of input than the one learned; too few ${nouns} to be sure.`,
    );
  }
  return lines;
}

/** What is said and nothing more: another rate, and losses. */
export function rateLines({ kind, input, records, sources }: RunFacts): string[] {
  if (!input) return [];
  const { nouns } = RECORD_KINDS[kind];
  const { learned, came } = input.perMinute;
  const lines: string[] = [];
  if (learned > 0 && came > 0 && Math.max(learned / came, came / learned) >= MAGNITUDE) {
    lines.push(`about ${count(came)} ${nouns} in a usual minute, in training about ${count(learned)}`);
  }
  const dropped = sources.reduce((sum, source) => sum + (source.dropped ?? source.droppedEstimate ?? 0), 0);
  const loss = dropped / Math.max(1, records + dropped);
  if (input.lossLearned !== undefined && loss > LITTLE_LOSS && loss >= MAGNITUDE * input.lossLearned) {
    lines.push(`${percent(loss)} of the packets were lost, in training ${percent(input.lossLearned)}`);
  }
  return lines;
}
