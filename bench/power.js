/**
 * Whether what power says comes true: each network's model is asked what it would raise, and then watches the network's
 * labelled attacks. Networks are folders of our own recordings, as for `quality`, or `none`; sets are those of others, or
 * `none`. An attack that is like no template is left out.
 *
 *     npm run bench -- power [--networks DIR,...] [--sets NAME,...] [--seeds 1,2,3] [--epochs N] [--local ADDRESS,...]
 *                            [--effort quick|full]
 *
 * `quick` tries most sizes once: its chances are rough. `full` makes ten placements of each.
 */
import { parseArgs } from 'node:util';
import { Attack, LIKE, SIZES } from './power/attacks.js';
import { chanceOf } from './power/chance.js';
import { OTHERS } from './power/others.js';
import { attacksOf, eachRecord, labelsOf, openPart } from './quality/data.js';
import { isRightName } from './quality/names.js';
import { anomaly, load } from './quality/run.js';
import { missingFile, NETWORKS, network } from './quality/sets.js';

const { kindsOf } = await load('detect/evaluation.js');
const { TEMPLATES } = await load('power/table.js');

/** predictions above and below these are held to be certain */
const [LIKELY, UNLIKELY] = [0.9, 0.1];

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: NETWORKS.join() },
    sets: { type: 'string', default: OTHERS.map(({ name }) => name).join() },
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string' },
    local: { type: 'string' },
    effort: { type: 'string', default: 'quick' },
  },
});
const seeds = values.seeds.split(',').map(Number);
const options = {
  ...(values.epochs && { epochs: Number(values.epochs) }),
  ...(values.local && { local: values.local.split(',') }),
};

const listed = (names) => (names === 'none' ? [] : names.split(','));
const sets = [
  ...listed(values.networks).map(network),
  ...listed(values.sets).map((name) => {
    const set = OTHERS.find((each) => each.name === name);
    if (!set) throw new Error(`no set ${name}; there are ${OTHERS.map((each) => each.name).join(', ')}`);
    return set;
  }),
];

const rows = [];
/** attacks without a template */
const leftOut = new Set();
for (const set of sets) {
  const missing = missingFile(set);
  if (missing) console.log(`skipped: ${set.name}, for ${missing} is absent`);
  else for (const seed of seeds) rows.push(...(await check(set, seed)));
}
if (rows.length > 0) report();

/** Each attack of a network: what power says of it, and what happened. */
async function check(set, seed) {
  const attacks = [];
  for (const part of set.parts) attacks.push(...(await sizesIn(part)));
  const source = await openPart(set.train);
  const bundle = await anomaly.learn(source, { ...options, seed });
  const templates = [...new Set(attacks.map(({ template }) => template.name))];
  const measured = await anomaly.power(bundle, source, {
    ...{ seed, templates, effort: values.effort, budgetMs: Number.POSITIVE_INFINITY },
    ...(options.local && { local: options.local }),
  });
  await source.close();
  console.error(`${set.name}, seed ${seed}: power in ${measured.seconds} s`);
  const found = [];
  for (const { part, name, template, size } of attacks) {
    const power = measured.templates.find((each) => each.template === template.name);
    const { raised, kinds } = await watched(part, name, bundle);
    const { answer, smallest = null } = power;
    const network = set.name;
    const title = name === part.name ? name : `${name}, ${part.name}`;
    // of an attack of others the right names are its template's
    const right = raised && (isRightName(name, kinds) ?? kinds.some((kind) => template.names.includes(kind)));
    found.push({
      ...{ network, seed, title, template, size, answer, smallest },
      ...{ chance: chanceOf(power, size), raised, right, kinds },
    });
  }
  return found;
}

/** The labelled attacks of a recording that are like a template, with their sizes. */
async function sizesIn(part) {
  const labels = await labelsOf(part);
  const attacks = attacksOf(part, labels);
  const like = attacks.filter(({ name }) => Object.hasOwn(LIKE, name));
  for (const { name } of attacks) if (!Object.hasOwn(LIKE, name)) leftOut.add(name);
  if (like.length === 0) return [];
  const seen = new Map(like.map(({ code }) => [code, new Attack()]));
  await eachRecord(await openPart(part), (record, number) => seen.get(labels.code(number))?.add(record));
  return like.map(({ name, code }) => {
    const attack = seen.get(code);
    const wanted = typeof LIKE[name] === 'string' ? LIKE[name] : LIKE[name](attack);
    const template = TEMPLATES.find((each) => each.name === wanted);
    return { part, name, template, size: SIZES[template.unit](attack) };
  });
}

/** Whether the attack was raised above notice, and as what. */
async function watched(part, name, bundle) {
  const labels = await labelsOf(part);
  const { code } = attacksOf(part, labels).find((attack) => attack.name === name);
  let report;
  for await (const event of anomaly.watch(await openPart(part), bundle, { labels })) {
    if (event.type === 'summary') report = event.report;
  }
  const own = report.incidents.filter(
    ({ severity, frames, steps }) => severity !== 'notice' && labels.attacksOf({ frames, steps }).includes(code),
  );
  return { raised: own.length > 0, kinds: own.flatMap(({ kind, steps }) => kindsOf({ kind, steps })) };
}

function report() {
  const figure = (value) => (value >= 100 ? Math.round(value).toString() : Number(value.toPrecision(2)).toString());
  const cells = rows.map(({ network, seed, title, template, size, answer, smallest, chance, raised, right, kinds }) => [
    network,
    String(seed),
    title,
    template.name,
    `${figure(size)} ${template.unit}`,
    smallest === null ? answer : figure(smallest),
    Number.isNaN(chance) ? '-' : chance.toFixed(2),
    raised ? `${[...new Set(kinds)].join(', ')}${right ? '' : ' (another name)'}` : 'missed',
  ]);
  const head = ['network', 'seed', 'attack', 'template', 'size', 'smallest raised', 'chance', 'what happened'];
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  for (const row of [head, ...cells])
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
  const count = (some, what) => some.filter((row) => row[what]).length;
  const share = (some) =>
    `${count(some, 'raised')} of ${some.length} raised, ${count(some, 'right')} under a right name`;
  console.log(`\npredicted above ${LIKELY}: ${share(rows.filter(({ chance }) => chance > LIKELY))}`);
  console.log(`predicted below ${UNLIKELY}: ${share(rows.filter(({ chance }) => chance < UNLIKELY))}`);
  const between = rows.filter(({ chance }) => chance >= UNLIKELY && chance <= LIKELY);
  const expected = between.reduce((sum, { chance }) => sum + chance, 0);
  console.log(`between: ${share(between)}; ${expected.toFixed(1)} expected`);
  console.log(`not tried: ${share(rows.filter(({ chance }) => Number.isNaN(chance)))}`);
  if (leftOut.size > 0) console.log(`left out, for no template is like them: ${[...leftOut].join(', ')}`);
}
