/** What two builds raised, in Markdown; where the build before saw more comes first. */
import { load } from '../quality/run.js';

const { TEMPLATES } = await load('power/table.js');

const ORDER = new Map(TEMPLATES.map(({ name }, index) => [name, index]));
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
const count = (attacks, build, what) => attacks.filter((attack) => attack[build][what]).length;
const both = (attacks, what) => ['before', 'after'].map((build) => count(attacks, build, what));
const times = (attacks, build) => `${count(attacks, build, 'raised')} of ${attacks.length}`;

function groupsBy(attacks, keyOf) {
  const groups = new Map();
  for (const attack of attacks) groups.set(keyOf(attack), [...(groups.get(keyOf(attack)) ?? []), attack]);
  return [...groups.values()];
}

export function report(results) {
  const attacks = attacksOf(results);
  attacks.sort((a, b) => ORDER.get(a.template) - ORDER.get(b.template) || a.size - b.size);
  return [
    'Where the build before raised more, in these networks alone:',
    '',
    ...lost(attacks),
    '',
    'By network; false incidents in the recording alone, and beside attacks:',
    '',
    ...byNetwork(results),
    '',
    'By template, all networks together:',
    '',
    ...byTemplate(attacks),
  ].join('\n');
}

function attacksOf(results) {
  return results.flatMap(({ network, attacks }) => attacks.map((attack) => ({ network, ...attack })));
}

/** Network by network, lest what is won in one hides what is lost in another. */
function lost(attacks) {
  const worse = groupsBy(attacks, ({ network, template, size }) => `${network}|${template}|${size}`).filter(
    (group) => count(group, 'before', 'raised') > count(group, 'after', 'raised'),
  );
  if (worse.length === 0) return ['nowhere'];
  const rows = groupsBy(worse.flat(), ({ template, size }) => `${template}|${size}`).map((group) => {
    const missed = group.filter(({ before, after }) => before.raised && !after.raised);
    const kinds = new Set(missed.flatMap(({ before }) => before.kinds));
    const networks = new Set(missed.map(({ network }) => network));
    const [{ template, size, unit }] = group;
    return [template, `${size} ${unit}`, times(group, 'before'), times(group, 'after'), join(kinds), join(networks)];
  });
  return table(['template', 'size', 'before', 'after', 'what it was called', 'networks'], rows);
}

const join = (words) => [...words].sort().join(', ');

function byNetwork(results) {
  const row = (name, some) => {
    const attacks = attacksOf(some);
    const sizes = groupsBy(attacks, ({ network, template, size }) => `${network}|${template}|${size}`);
    const always = (build) => sizes.filter((group) => group.every((attack) => attack[build].raised)).length;
    const sum = (of) => some.reduce((total, one) => total + of(one), 0);
    return [
      ...[name, sum(({ captures }) => captures), attacks.length, ...both(attacks, 'raised'), ...both(attacks, 'named')],
      ...[sizes.length, always('before'), always('after')],
      ...['before', 'after'].map((build) =>
        ['alone', 'beside'].map((where) => sum(({ untrue }) => untrue[build][where])).join(', '),
      ),
    ];
  };
  const head = ['network', 'captures', 'attacks', 'raised: before', 'after', 'right name: before', 'after'];
  head.push('sizes', 'always raised: before', 'after', 'false incidents: before', 'after');
  const rows = results.map((one) => row(one.network, [one]));
  return table(head, results.length > 1 ? [...rows, row('all', results)] : rows);
}

function byTemplate(attacks) {
  const rows = groupsBy(attacks, ({ template }) => template).map((group) => {
    const [{ template, unit }] = group;
    const sizes = groupsBy(group, ({ size }) => size).map((each) => {
      const [before, after] = both(each, 'raised');
      return `${each[0].size}: ${before}, ${after} of ${each.length}`;
    });
    const cells = [...both(group, 'raised'), ...both(group, 'named')];
    return [template, group.length, ...cells, unit, sizes.join('; ')];
  });
  const head = ['template', 'attacks', 'raised: before', 'after', 'right name: before', 'after', 'unit'];
  return table([...head, 'by size: before, after'], rows);
}
