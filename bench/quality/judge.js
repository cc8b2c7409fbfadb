/** One model on one part of a set. */
import { attacksOf, labelsOf, openPart } from './data.js';
import { raisedAlone, rankings } from './measure.js';
import { isRightName } from './names.js';
import { detect, load } from './run.js';

const { kindsOf } = await load('detect/evaluation.js');

const US_PER_HOUR = 3.6e9;

/** Detection on a part with its labels, and what it measured. */
export async function judge(set, part, bundle) {
  const labels = await labelsOf(part);
  const { records, report } = await detect(await openPart(part), bundle, { labels });
  const { firstUs, lastUs, evaluation } = report.facts;
  const incidents = report.incidents.map(({ kind, severity, title, frames, steps }) => ({
    ...{ kind, severity, title },
    kinds: kindsOf({ kind, steps }),
    codes: labels.attacksOf({ frames, steps }),
  }));
  const alarms = incidents.filter(({ severity }) => severity !== 'notice');
  const negatives = part.negatives ? await scoresOf(negativesOf(set, part), bundle) : [];
  const ranked = rankings(part, labels, records.score, negatives);
  const summary = {
    name: part.name,
    hours: (lastUs - firstUs) / US_PER_HOUR,
    notices: incidents.length - alarms.length,
    untrue: alarms.filter(({ codes }) => codes.length === 0),
    attacks: attacksOf(part, labels).map(({ name, code }, i) => {
      const own = alarms.filter(({ codes }) => codes.includes(code));
      const { raised, delayS, kinds } = evaluation.attacks[code - 1];
      return {
        ...ranked[i],
        ...{ raised, delayS, kinds },
        rightName: isRightName(
          name,
          own.flatMap(({ kinds: names }) => names),
        ),
      };
    }),
    alone: raisedAlone(part, labels, records, records.smoothed, bundle.threshold.value),
  };
  return { summary, records, labels };
}

/** The part of the set whose records are the negatives of one that holds attacks only. */
export function negativesOf(set, part) {
  return set.parts.find(({ name }) => name === part.negatives);
}

async function scoresOf(part, bundle) {
  return (await detect(await openPart(part), bundle)).records.score;
}
