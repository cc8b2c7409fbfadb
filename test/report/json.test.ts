import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { evaluationLine, reportJson } from '../../src/report/json.js';
import { facts, hostile, mixed } from './sample.js';

const ajv = new Ajv2020.default({ allErrors: true, strict: true, strictTypes: false, allowUnionTypes: true });
addFormats.default(ajv);
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8')),
);

const labels = { rows: 12_000, withoutRow: 400, beyond: 55, repeated: 3, disordered: 7 };
function withLabels() {
  const { facts: run, incidents } = mixed();
  if (!run.evaluation) throw new Error('the sample has an evaluation');
  return { facts: { ...run, evaluation: { ...run.evaluation, labels } }, incidents };
}

describe('the JSON document of a run', () => {
  it('validates against the published schema, whatever the names are and however little there is', () => {
    const nothing = facts({ records: 0, firstUs: 0, lastUs: 0, timeline: [], stops: [], drift: [] });
    for (const report of [mixed(), withLabels(), hostile(50), { facts: nothing, incidents: [] }]) {
      const document = JSON.parse(JSON.stringify(reportJson(report)));
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it('holds no control character that a terminal acts upon, and no infinity', () => {
    const text = JSON.stringify(reportJson(hostile(50)));
    expect(text).not.toMatch(/\\u001b|\\u202e|NaN|Infinity/);
  });

  it('has the incidents with how to see and to silence them, and the evaluation', () => {
    const document = JSON.parse(JSON.stringify(reportJson(withLabels())));
    expect(document).toMatchObject({ format: 'anomaly report', kind: 'packet', records: 12_345, flagged: 230 });
    expect(document.incidents[1]).toMatchObject({
      id: mixed().incidents[1].uuid,
      number: mixed().incidents[1].id,
      initiator: { address: '10.0.0.9', port: 51_532 },
      responder: { address: '10.0.0.5', port: 22 },
      technique: { id: 'T1046' },
    });
    expect(document.incidents[1].see).toMatch(/^tshark /);
    expect(document.incidents[1].silence[0]).toMatchObject({ initiator: '10.0.0.9', reason: 'port scan' });
    expect(document.evaluation).toMatchObject({
      labels: { rows: 12_000, records_without_row: 400, rows_beyond_input: 55, rows_repeated: 3, rows_out_of_order: 7 },
      roc_auc: 0.9981,
      false_incidents: 1,
      attacks: [
        { attack: 'port-scan', raised: true, delay_s: 2.25 },
        { attack: 'http-guess', raised: false, delay_s: null },
      ],
    });
  });
});

describe('the evaluation among lines of incidents', () => {
  it('is of a type of its own, in both shapes', () => {
    const { facts: run } = withLabels();
    const { evaluation } = run;
    expect(evaluationLine(run, evaluation)).toMatchObject({ event_type: 'evaluation', host: 'gateway' });
    expect(evaluationLine(run, evaluation, true)).toMatchObject({
      event: { kind: 'metric', dataset: 'anomaly.evaluation' },
      observer: { hostname: 'gateway' },
      // as in documents of incidents: a field is never an object here and a text there
      anomaly: { run: { id: run.run }, evaluation: { roc_auc: 0.9981 } },
    });
  });
});
