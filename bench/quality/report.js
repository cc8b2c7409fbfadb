/** What was measured, in Markdown; what went wrong comes first. */
import { cpus } from 'node:os';
import { RATES } from './measure.js';
import { load } from './run.js';

const { upperBound } = await load('detect/evidence/budget.js');

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`,
  );
const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
const mean = (list) => sum(list, (value) => value) / list.length;
const figure = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const setting = ({ novelty, seed }) => [novelty ? 'with' : 'without', seed];
const attacksIn = (parts) => parts.flatMap(({ attacks }) => attacks);

const LEGEND = `Of each set first what went wrong. Then the program: a false incident is more than a notice and mostly about harmless records; "at
most" is the upper 95 % bound of the rate (exact, Poisson); seconds count from the attack's first record. Then the scores: AUC of each record's own, and what the smoothed score over
its own threshold would raise without any rule. "name not judged": attacks of others' recordings.`;

export function report(results) {
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}.`;
  return [machine, '', LEGEND, '', ...together(results), ...results.flatMap(ofSet)].join('\n');
}

/** All networks as one, and all sets of others as one. */
function together(results) {
  return [
    ['All networks', results.filter(({ isNetwork }) => isNetwork)],
    ['All sets of others', results.filter(({ isNetwork }) => !isNetwork)],
  ].flatMap(([title, all]) => {
    if (all.length < 2) return [];
    const runs = all[0].runs.map((run, i) => ({ ...run, parts: all.flatMap((one) => one.runs[i].parts) }));
    return [`${title} (${all.map(({ name }) => name).join(', ')}):`, '', ...programTable(runs), ''];
  });
}

function ofSet({ name, runs, peers }) {
  const { records, kind, promise } = runs[0].facts;
  return [
    `${name}: trained on ${records} ${kind}s, threshold by ${promise}.`,
    '',
    ...wrongTable(runs),
    '',
    ...programTable(runs),
    '',
    ...scoreTable([...runs, ...peers]),
    '',
    ...attackTable(runs[0], peers),
    '',
  ];
}

/** Misses, wrong names and false incidents, with the runs in which they were. */
function wrongTable(runs) {
  const where = new Map();
  const add = (run, ...cells) => {
    const key = JSON.stringify(cells);
    const times = where.get(key) ?? new Map();
    const which = setting(run).join(' ');
    where.set(key, times.set(which, (times.get(which) ?? 0) + 1));
  };
  for (const run of runs) {
    for (const { name, untrue, attacks } of run.parts) {
      for (const attack of attacks) {
        if (!attack.raised) add(run, 'missed', attack.name, attack.kinds.map((kind) => `told as "${kind}"`).join(', '));
        else if (attack.rightName === false) add(run, 'wrong name', attack.name, attack.kinds.join(', '));
      }
      for (const { severity, kind, title } of untrue)
        add(run, 'false incident', name, `${severity}, ${kind}: ${title}`);
    }
  }
  if (where.size === 0) return ['Nothing missed, nothing false, no name wrong.'];
  const order = ['missed', 'false incident', 'wrong name'];
  const rows = [...where].map(([key, times]) => [
    ...JSON.parse(key),
    [...times].map(([which, count]) => (count > 1 ? `${which} (${count} times)` : which)).join(', '),
  ]);
  rows.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  return table(['what', 'where', 'as', 'novelty and seed'], rows);
}

function programTable(runs) {
  return table(
    [
      'novelty',
      'seed',
      'raised',
      'right name',
      'name not judged',
      'false incidents: harmless, beside attacks',
      'hours',
      'false an hour, at most',
      'notices an hour',
      's to the alarm: median, worst',
      'AUC: mean, worst',
    ],
    runs.map((run) => {
      const attacks = attacksIn(run.parts);
      const raised = attacks.filter((attack) => attack.raised);
      const judged = raised.filter(({ rightName }) => rightName !== undefined);
      const untrue = (parts) => parts.flatMap((part) => part.untrue);
      const [harmless, beside] = [true, false].map((none) =>
        run.parts.filter((part) => (part.attacks.length === 0) === none),
      );
      const all = untrue(run.parts);
      const hours = sum(run.parts, (part) => part.hours);
      const delays = raised.map(({ delayS }) => delayS).sort((a, b) => a - b);
      return [
        ...setting(run),
        `${raised.length} of ${attacks.length}`,
        `${judged.filter(({ rightName }) => rightName).length} of ${judged.length}`,
        raised.length - judged.length,
        `${untrue(harmless).length}, ${untrue(beside).length}`,
        hours.toFixed(2),
        figure(upperBound(all.length) / hours, 2),
        figure(sum(run.parts, (part) => part.notices) / hours, 2),
        `${figure(median(delays), 1)}, ${figure(delays.at(-1), 1)}`,
        aucCell(attacks),
      ];
    }),
  );
}

function median(sorted) {
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function aucCell(attacks) {
  const all = attacks.map(({ auc }) => auc);
  return `${figure(mean(all), 4)}, ${figure(Math.min(...all), 4)}`;
}

function scoreTable(contenders) {
  return table(
    ['score', 'novelty', 'seed', 'AUC: mean, worst', 'raised', 'false'],
    contenders.map((one) => {
      const attacks = attacksIn(one.parts);
      const alone = one.parts.every((part) => part.alone);
      return [
        one.name,
        ...setting(one),
        aucCell(attacks),
        alone ? `${sum(one.parts, (part) => part.alone.raised.length)} of ${attacks.length}` : '',
        alone ? sum(one.parts, (part) => part.alone.untrue) : '',
      ];
    }),
  );
}

/** Every attack, for one run and its peers. */
function attackTable(run, peers) {
  const beside = peers.filter(({ novelty }) => novelty === run.novelty);
  const attacks = attacksIn(run.parts);
  if (attacks.length === 0) return [];
  const worstFirst = [...attacks.keys()].sort(
    (a, b) => attacks[a].raised - attacks[b].raised || attacks[a].auc - attacks[b].auc,
  );
  const rows = worstFirst.map((i) => {
    const { name, raised, kinds, delayS, auc, tpr } = attacks[i];
    return [
      name,
      raised ? kinds.join(', ') : 'not raised',
      raised ? `${delayS.toFixed(1)} s` : '',
      figure(auc, 4),
      tpr.map((share) => share.toFixed(2)).join(', '),
      ...beside.map(({ parts }) => figure(attacksIn(parts)[i].auc, 4)),
    ];
  });
  return [
    `${run.novelty ? 'With' : 'Without'} novelty, seed ${run.seed}:`,
    '',
    ...table(
      [
        'attack',
        'raised as',
        'after',
        'AUC',
        `TPR at FPR ${RATES.map((rate) => rate.toExponential()).join(', ')}`,
        ...beside.map(({ name }) => `AUC of ${name}`),
      ],
      rows,
    ),
  ];
}
