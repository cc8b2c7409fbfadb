/** What to do after a training: the few steps that its data, its check and its power call for, most urgent first. */

import { trainingFor } from '../../detect/evidence/budget.js';
import type { RecordKind } from '../../features/extractor.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { askedText, budgetFigure, rough } from '../budget.js';
import { count, counted } from '../format.js';
import { comparisonLines, unseenLines } from '../power/lines.js';
import type { AlarmFacts, ExplorationData } from './data.js';

const DAY_S = 86_400;
/** Told by name. */
const CONSTANT_NAMED = 8;

/** Features that say which side is the monitored host's: constant where its addresses are not known. */
const SIDES: Readonly<Record<RecordKind, readonly string[]>> = {
  packet: ['outbound', 'inbound'],
  connection: ['orig_local', 'resp_local'],
};

function aboutFindings({ findings }: AlarmFacts): string[] {
  if (findings === 0) return [];
  return [
    `There may be ${counted(findings, 'attack')} in the training data, named under Warnings: look into that first. What is in the data becomes normal; train again with --trim, which leaves it out, or with other data.`,
  ];
}

/** Alarms that a part of the training raised in the eyes of the rest. */
function aboutCheck({ evidence }: AlarmFacts): string[] {
  const { raised } = evidence;
  if (raised === 0) return [];
  return [
    `The check raised ${counted(raised, 'alarm')} in the training data themselves: each fifth was judged by the other four. Where that was harmless it is rare rather than wrong, and a longer training meets it more than once; where it was not, train again with --trim.`,
  ];
}

function aboutLength({ budget }: AlarmFacts, nouns: string): string[] {
  const { alertsPerDay, trainingS } = budget;
  const needed = trainingFor(alertsPerDay);
  const { rate, kept } = budgetFigure(budget);
  if (!kept) {
    return [
      `The data are too short for the budget: ${rough(trainingS)} of ${nouns} can promise no more than ${rate}. Train on ${rough(needed)} or more for ${askedText(budget)}, and on a day, better a week, so that nightly jobs and weekends are normal.`,
    ];
  }
  if (trainingS >= DAY_S) return [];
  return [
    `The budget of ${askedText(budget)} is kept, but ${rough(trainingS)} have seen no full day: train on a day, better a week, so that nightly jobs and weekends are normal.`,
  ];
}

function aboutConstant({ training, kind }: ExplorationData): string[] {
  const constant = training?.constant ?? [];
  if (constant.length === 0) return [];
  const more = constant.length - CONSTANT_NAMED;
  const named = constant.slice(0, CONSTANT_NAMED).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
  const lines = [
    `${counted(constant.length, 'feature')} had one value in all of training and ${constant.length === 1 ? 'is' : 'are'} left out of the net: ${named}. The score cannot tell what changes there; that is expected of what this network does not use.`,
  ];
  if (SIDES[kind].every((name) => constant.includes(name))) {
    lines.unshift(
      'No traffic could be told as going out or coming in: if this is the traffic of one host or network, name its own addresses with --local and train again.',
    );
  }
  return lines;
}

function aboutPower({ power }: ExplorationData): string[] {
  if (!power) return ['Which attacks it would miss was not measured: train without --power off.'];
  return [...comparisonLines(power).slice(0, power.compared?.weaker ? 1 : 0), ...unseenLines(power)];
}

/** One step a line. */
export function adviceOf(data: ExplorationData): string[] {
  const { alarms } = data;
  const { nouns } = RECORD_KINDS[data.kind];
  const ofAlarms = alarms ? [...aboutFindings(alarms), ...aboutCheck(alarms), ...aboutLength(alarms, `${nouns}`)] : [];
  return [
    ...ofAlarms,
    ...aboutPower(data),
    ...aboutConstant(data),
    'Read the worst rows below: what should not be in the training data is most likely among them.',
  ];
}
