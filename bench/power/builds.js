/** What each of several builds raises of the same attacks in one network's recording. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anomaly, load } from '../quality/run.js';
import { groupsOf, stageOf, wishesFor, writeWoven } from './woven.js';

const { findings } = await load('engine/power/pass.js');

/** What builds before called otherwise, by template. */
const ALSO = {
  'SYN flood': ['half-open connections'],
  'SYN flood, spoofed': ['half-open connections'],
  mining: ['unusual traffic'],
};

/**
 * @param builds libraries by name
 * @param recordings `train` and `test`, captures of one network
 * @returns of each attack what it is and, by build, what became of it; and false incidents by build
 */
export async function compare(builds, { train, test }, { seed, placements, epochs }) {
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-builds-'));
  const capture = join(folder, 'woven.pcap');
  try {
    const stage = await stageOf(await anomaly.openSource([train]), await anomaly.openSource([test]));
    const models = {};
    for (const [name, build] of Object.entries(builds)) {
      const bundle = await build.learn(await build.openSource([train]), { seed, epochs });
      const own = await incidentsOf(build, bundle, test);
      models[name] = { build, bundle, own, untrue: { alone: alarms(own).length, beside: 0 } };
    }
    const attacks = [];
    let captures = 0;
    for (const group of groupsOf(stage, wishesFor(stage, placements), seed)) {
      writeWoven(test, stage.parties, group, capture);
      captures++;
      const judged = group.map(withNames);
      const rows = group.map(({ template, size }) => ({ template: template.name, size, unit: template.unit }));
      for (const [name, model] of Object.entries(models)) {
        const incidents = await incidentsOf(model.build, model.bundle, capture);
        for (const [k, fate] of fatesOf(judged, incidents, model.own).entries()) rows[k][name] = fate;
        model.untrue.beside += untrueOf(judged, incidents, model.own).length;
      }
      attacks.push(...rows);
    }
    const untrue = Object.entries(models).map(([name, model]) => [name, model.untrue]);
    return { captures, attacks, untrue: Object.fromEntries(untrue) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function incidentsOf(build, bundle, path) {
  let report;
  for await (const event of build.watch(await build.openSource([path]), bundle, {}))
    if (event.type === 'summary') report = event.report;
  return report.incidents;
}

const alarms = (incidents) => incidents.filter(({ severity }) => severity !== 'notice');

function withNames(placement) {
  const { template } = placement;
  return { ...placement, template: { ...template, names: [...template.names, ...(ALSO[template.name] ?? [])] } };
}

/** Whether each attack is raised, under a right name or as its own: a host that is one of many in another's incident is not. */
function fatesOf(placements, incidents, own) {
  const bare = incidents.map((incident) => ({ ...incident, others: [] }));
  const told = findings(placements, bare, own);
  return placements.map((placement, k) => {
    const isTheirs = (incident) => findings([placement], [incident], own)[0];
    const named = incidents.some((incident) => isTheirs(incident).named);
    const kinds = (named ? incidents : bare).filter((incident) => isTheirs(incident).raised).map(({ kind }) => kind);
    return { raised: named || told[k].raised, named, kinds: [...new Set(kinds)] };
  });
}

/** Alarms that are about none of the attacks, nor of those who made them, and that the recording alone does not raise. */
function untrueOf(placements, incidents, own) {
  const before = new Set(own.map(keyOf));
  const attackers = new Set(placements.flatMap(({ cast, unique }) => [cast.initiator.text, ...unique]));
  return alarms(incidents).filter((incident) => {
    const { initiator, responder, others } = incident;
    if ([initiator, responder, ...others].some((text) => attackers.has(text))) return false;
    return !before.has(keyOf(incident)) && !findings(placements, [incident], []).some(({ raised }) => raised);
  });
}

const keyOf = ({ kind, initiator, responder }) => `${kind}|${initiator}|${responder}`;
