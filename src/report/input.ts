/** Whether the input is of the kind that was learned, in sentences. */

import type { InputChange } from '../detect/input/change.js';
import type { RunFacts } from '../detect/run-facts.js';
import type { RecordKind } from '../features/extractor.js';
import { FLOW_FORMS, type FlowForm, FORMS } from '../features/forms.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { count, counted, moment, percent } from './format.js';

/** Another rate or loss is one by an order of magnitude; a loss below this is nobody's trouble. */
const MAGNITUDE = 10;
const LITTLE_LOSS = 0.01;

function flowForm(name: string, kind: RecordKind): FlowForm | undefined {
  return FLOW_FORMS[kind].find((form) => form.name === name);
}

/** "98 % of the packets are behind a VLAN tag or PPPoE" */
function shareText(name: string, share: number, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  const flow = flowForm(name, kind);
  if (flow) return `${flow.doc} of ${percent(round(share))} of the TCP flows`;
  const doc = FORMS[kind].find((form) => form.name === name)?.doc ?? name;
  return `${percent(round(share))} of the ${nouns} are ${doc}`;
}

/** What came, and what was learned. */
function difference({ name, came, learned }: InputChange, kind: RecordKind): string {
  return `${shareText(name, came, kind)}, in training ${flowForm(name, kind) ? 'of ' : ''}${percent(round(learned))}`;
}

/** Training data of two kinds. */
export function mixtureLine({ name, share }: { name: string; share: number }, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  return `the training data are of two kinds: ${shareText(name, share, kind)}; the model takes both for normal and knows each less well: train on ${nouns} of one kind`;
}

/** "1 packet was", "2 packets were" */
function were(records: number, kind: RecordKind): string {
  return `${counted(records, kind)} ${records === 1 ? 'was' : 'were'}`;
}

/** Shares are estimates: to a whole percent. */
function round(share: number): number {
  return Math.round(share * 100) / 100;
}

/** What is not judged, behind the records that are meant. */
function consequence({ name, lacking }: InputChange, kind: RecordKind): string {
  const score = 'not judged by how unusual they are';
  if (name === 'tunnelled') return `${score}, nor by how many connections they are`;
  if (lacking || !flowForm(name, kind)?.lacks) return score;
  return `${score}, and nothing by half-open and failed connections, unasked ARP replies, questions, uploads and beacons`;
}

/** The one line for the moment in which it begins or is over. */
export function inputLine(change: InputChange, kind: RecordKind): string {
  const { nouns } = RECORD_KINDS[kind];
  const from = moment(change.fromUs);
  if (change.toUs === 0) {
    return `warning: not the kind of input that was learned, since ${from} UTC: ${difference(change, kind)}; such ${nouns} are ${consequence(change, kind)}`;
  }
  return `the input is again as learned, since ${moment(change.toUs)} UTC; since ${from} ${were(change.records, kind)} ${consequence(change, kind)}; a minute more, until the counts have forgotten it, then all is judged again`;
}

/** For the top of a report: each stretch in which the input was of another kind. */
export function inputLines({ kind, input }: RunFacts): string[] {
  if (!input) return [];
  const lines = input.changes.map((change) => {
    const to = change.toUs === 0 ? 'the end' : moment(change.toUs);
    return `Not the kind of input that was learned, from ${moment(change.fromUs)} to ${to} (UTC): ${difference(change, kind)}. ${were(change.records, kind)} ${consequence(change, kind)}.`;
  });
  if (input.beyond > 0) lines.push(`The kind of input changed ${counted(input.beyond, 'more time')}.`);
  if (input.doubted > 0) {
    lines.push(
      `${were(input.doubted, kind)} not judged by how unusual they are: they looked like another kind of input than the one learned, and too few came to be sure.`,
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
