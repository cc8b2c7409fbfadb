/** What a model would not have seen as the last line of a report in JSON lines: no incident, so of another type of event. */

import type { Power } from '../model/power-schema.js';
import { cleanReport } from './clean.js';
import { ECS_VERSION } from './ecs.js';
import { eveTime, isoTime } from './format.js';
import { largestMissed, unseenLines } from './power/lines.js';
import type { RunReport } from './run-report.js';

type Json = { readonly [key: string]: unknown };

/** Sizes in the template's unit: the largest that was missed, and those that were not tried; templates without an answer. */
function unseen(power: Power): Json {
  const { templates } = power;
  const missed = templates.flatMap((each) => {
    const size = largestMissed(each);
    return size === undefined ? [] : [{ template: each.template, unit: each.unit, size }];
  });
  const untried = templates
    .filter(({ skipped }) => skipped.length > 0)
    .map(({ template, unit, skipped }) => ({ template, unit, sizes: skipped.map(({ size }) => size) }));
  const unfinished = templates.filter(({ answer }) => answer === 'unfinished').map(({ template }) => template);
  return { missed, untried, unfinished, text: unseenLines(power) };
}

/** Suricata's EVE ends with statistics, too, which readers of alerts pass over. */
export function eveUnseen(report: RunReport): Json {
  const { facts, power } = cleanReport(report);
  return { timestamp: eveTime(facts.lastUs), event_type: 'stats', stats: { unseen: unseen(power as Power) } };
}

export function ecsUnseen(report: RunReport): Json {
  const { facts, power } = cleanReport(report);
  const { text, ...rest } = unseen(power as Power);
  return {
    '@timestamp': isoTime(facts.lastUs),
    ecs: { version: ECS_VERSION },
    message: (text as string[]).join(' '),
    event: { kind: 'metric', module: 'anomaly', dataset: 'anomaly.unseen' },
    observer: { product: 'anomaly', type: 'ids', version: facts.version },
    anomaly: { unseen: rest },
  };
}
