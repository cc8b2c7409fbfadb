/**
 * A whole run as one JSON document: what was examined, its incidents, how it did against labels. schema/report.schema.json
 * says the same in JSON Schema.
 */

import type { Incident } from '../detect/incident.js';
import type { Evaluation, RunFacts } from '../detect/run-facts.js';
import { cleanReport } from './clean.js';
import { eveTime, finite, isoTime } from './format.js';
import { seeCommand } from './frames.js';
import { incidentFields } from './incident-json.js';
import { WIDTH } from './layout.js';
import type { RunReport } from './run-report.js';
import { silencingEntries } from './silence.js';

/** Grows when a field changes its meaning or goes, not when one is added. */
const FORMAT_VERSION = 1;

type Json = { readonly [key: string]: unknown };

const end = (address: string, port: number): Json => ({ address, ...(port >= 0 && { port }) });

/** How the run did against the labels. */
export function evaluationJson(evaluation: Evaluation): Json {
  const { labels } = evaluation;
  return {
    ...(labels && {
      labels: {
        rows: labels.rows,
        records_without_row: labels.withoutRow,
        rows_beyond_input: labels.beyond,
        rows_repeated: labels.repeated,
        rows_out_of_order: labels.disordered,
      },
    }),
    roc_auc: finite(evaluation.rocAuc),
    true_positive_rate: evaluation.truePositiveRate,
    false_positive_rate: evaluation.falsePositiveRate,
    false_incidents: evaluation.falseIncidents,
    false_notices: evaluation.falseNotices,
    false_incidents_per_hour: evaluation.falseIncidentsPerHour,
    attacks: evaluation.attacks.map(({ attack, records, rocAuc, tprAtFpr, raised, delayS, kinds }) => ({
      attack,
      records,
      raised,
      delay_s: raised ? delayS : null,
      kinds,
      roc_auc: finite(rocAuc),
      tpr_at_fpr: tprAtFpr.map(({ fpr, tpr }) => ({ fpr, tpr: finite(tpr) })),
    })),
  };
}

/** Something about the run as a line of its own among those of incidents: an event of EVE, or with `ecs` a document of ECS. */
function runLine({ sensor, run, lastUs }: RunFacts, name: string, figures: Json, ecs: boolean): Json {
  if (!ecs) return { timestamp: eveTime(lastUs), event_type: name, host: sensor, run, [name]: figures };
  return {
    '@timestamp': isoTime(lastUs),
    event: { kind: 'metric', dataset: `anomaly.${name}` },
    observer: { hostname: sensor },
    anomaly: { run: { id: run }, [name]: figures },
  };
}

/** The evaluation as such a line. */
export function evaluationLine(facts: RunFacts, evaluation: Evaluation, ecs = false): Json {
  return runLine(facts, 'evaluation', evaluationJson(evaluation), ecs);
}

function unlistedJson({ unlisted }: RunFacts): Json {
  return { dropped: unlisted?.dropped ?? 0, crowd: unlisted?.crowd ?? [] };
}

/** Incidents that have no line, as a last one; undefined where all have. */
export function unlistedLine(facts: RunFacts, ecs = false): Json | undefined {
  return facts.unlisted && runLine(facts, 'unlisted', unlistedJson(facts), ecs);
}

/** What lines for programs say of it, and what only a report knows. */
function incidentJson(incident: Incident, facts: RunFacts): Json {
  const { technique } = incident;
  return {
    id: incident.uuid,
    number: incident.id,
    title: incident.title,
    first: isoTime(incident.firstUs),
    alarm: incident.alarmUs >= 0 ? isoTime(incident.alarmUs) : null,
    ...incidentFields(incident),
    initiator: end(incident.initiator, incident.initiatorPort),
    responder: end(incident.responder, incident.servicePort),
    protocol: incident.protocol,
    community_id: incident.communityId,
    records: incident.records,
    bytes: incident.bytes,
    technique: technique ? { id: technique.id, name: technique.name } : null,
    see: seeCommand(incident, facts, WIDTH).join('\n'),
    silence: silencingEntries(incident),
  };
}

function sourceJson({
  name,
  format,
  driver,
  dropped,
  droppedEstimate,
  gaps,
  warnings,
}: RunFacts['sources'][number]): Json {
  return {
    name,
    format,
    driver: driver ?? null,
    dropped: dropped ?? null,
    dropped_estimate: droppedEstimate ?? null,
    gaps: gaps.map(({ fromUs, toUs, reason }) => ({ from: isoTime(fromUs), to: isoTime(toUs), reason })),
    warnings,
  };
}

function modelJson({ model }: RunFacts): Json {
  const { name, id, trainedAt, records, spanS, sources, engine, features, parameters, warnings } = model;
  const network = { engine, features, parameters };
  return { name, id, trained_at: trainedAt, records, span_s: spanS, sources, ...network, warnings };
}

/** The document; every text in it is safe to show. */
export function reportJson(raw: RunReport): Json {
  const { facts, incidents } = cleanReport(raw);
  const { evaluation, suppressed, budget } = facts;
  return {
    format: 'anomaly report',
    format_version: FORMAT_VERSION,
    version: facts.version,
    sensor: facts.sensor,
    run: facts.run,
    kind: facts.kind,
    sources: facts.sources.map(sourceJson),
    folder: facts.folder ?? null,
    first: facts.records > 0 ? isoTime(facts.firstUs) : null,
    last: facts.records > 0 ? isoTime(facts.lastUs) : null,
    records: facts.records,
    bytes: facts.bytes,
    flagged: facts.anomalous,
    unscored: facts.unscored ?? 0,
    threshold: facts.threshold,
    alerts_per_day: budget.alertsPerDay,
    not_decoded: facts.stops.map(({ stop, count }) => ({ stop, count })),
    suppressed: {
      records: suppressed.records,
      incidents: suppressed.incidents,
      by_entry: suppressed.byEntry.map(({ entry, incidents: count }) => ({ entry, incidents: count })),
      latest: suppressed.latest.map(({ id, severity, title, firstUs, lastUs }) => {
        return { id, severity, title, first: isoTime(firstUs), last: isoTime(lastUs) };
      }),
      expired_entries: suppressed.expired,
    },
    unlisted: unlistedJson(facts),
    drift: facts.drift.map(({ feature, psi, text }) => ({ feature, psi: finite(psi), text })),
    model: modelJson(facts),
    incidents: incidents.map((incident) => incidentJson(incident, facts)),
    evaluation: evaluation ? evaluationJson(evaluation) : null,
  };
}
