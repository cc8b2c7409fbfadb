/** What to do next: the few steps that the facts of this run call for, most urgent first. */

import type { Report } from '../detect/run-facts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { counted, duration, percent } from './format.js';
import type { IncidentView } from './incident-view.js';
import { nothingJudged } from './unjudged.js';

const DAY_S = 86_400;
/** Share of packets that were not decoded to the end from which the model sees too little. */
const MANY_STOPS = 0.05;

function aboutIncidents(incidents: readonly IncidentView[], nouns: string): string[] {
  const first = incidents.find(({ incident }) => incident.severity !== 'notice');
  if (!first) {
    return incidents.length === 0
      ? ['Nothing to look into.']
      : ['There are only notices: something is new, not necessarily bad. Read them once.'];
  }
  return [
    `Look into incident ${first.incident.id} first: ${first.incident.title}. Its "See" line shows the ${nouns}.`,
    'Where an incident is expected, put its "Silence" line into a JSON array in a file and give that with --allow.',
  ];
}

/** What may be an attack must not be learned. */
function aboutDrift(by: string | undefined, alarms: boolean, trainAgain: string): string {
  const changed = 'Traffic has changed since training (see Drift)';
  if (by !== undefined) return `${changed}, and it is ${by} alone that changed it. Find out what it does.`;
  if (alarms) return `${changed}. Look into the incidents first: a model that learned them would take them for normal.`;
  return `${changed}. If the change is wanted, ${trainAgain}.`;
}

function aboutModel({ facts }: Report, alarms: boolean): string[] {
  const { nouns, advice } = RECORD_KINDS[facts.kind];
  const steps: string[] = [];
  if (facts.drift.length > 0) steps.push(aboutDrift(facts.driftBy, alarms, advice.trainAgain));
  if (facts.knownTime) {
    steps.push(
      `Most of these ${nouns} are of the time that the model was trained on: what was in its training is normal to it. Examine other traffic, too.`,
    );
  }
  if (facts.model.spanS < DAY_S) {
    steps.push(
      `The model has seen ${duration(facts.model.spanS)} of traffic. Train on at least a full day (better a week), so that nightly jobs and weekends are normal to it.`,
    );
  }
  return steps;
}

function aboutCapture({ facts }: Report): string[] {
  const steps: string[] = [];
  const dropped = facts.sources.reduce((sum, s) => sum + (s.dropped ?? s.droppedEstimate ?? 0), 0);
  if (dropped > 0) {
    steps.push(
      `${counted(dropped, 'packet')} went unseen. Narrow the capture with -f, or move it to a quieter machine.`,
    );
  }
  if (facts.clock && facts.clock.totals.back > 0) {
    steps.push(
      'The clock was set back while records were made: let the sensor keep time (NTP), so that they can be matched.',
    );
  }
  if (facts.sources.some((source) => source.gaps.length > 0)) {
    steps.push('There are gaps in the capture: what happened during them is unknown.');
  }
  const stopped = facts.stops.reduce((sum, stop) => sum + stop.count, 0);
  if (facts.records > 0 && stopped / facts.records > MANY_STOPS) {
    steps.push(
      `${percent(stopped / facts.records)} of the packets could not be decoded to their end. If most are truncated, capture with a larger snap length (-s).`,
    );
  }
  return steps;
}

/** What came live or by a pipe is in no file that a command could name. */
function aboutSeeing({ facts }: Report, incidents: readonly IncidentView[]): string[] {
  if (!incidents.some(({ seeReads }) => seeReads)) return [];
  const { nouns } = RECORD_KINDS[facts.kind];
  const keep =
    facts.kind === 'packet' ? ' Next time give detect --pcap-out FILE: it keeps them, and "See" names it.' : '';
  return [
    `These ${nouns} are in no file, so "See" reads standard input: give it what was read there, or a file of yours.${keep}`,
  ];
}

export function nextSteps(report: Report, incidents: readonly IncidentView[]): string[] {
  if (report.facts.records === 0) return ['Check that the input holds traffic, and that no filter excludes all of it.'];
  const nothing = nothingJudged(report.facts);
  if (nothing !== undefined) return [`Record again: ${nothing}.`];
  return [
    ...aboutIncidents(incidents, RECORD_KINDS[report.facts.kind].nouns),
    ...aboutSeeing(report, incidents),
    ...aboutCapture(report),
    ...aboutModel(
      report,
      incidents.some(({ incident }) => incident.severity !== 'notice'),
    ),
  ];
}
