import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.js';
import { renderJsonLines } from '../../src/output/json-lines.js';
import { ecsLine } from '../../src/report/ecs.js';
import { eveLine } from '../../src/report/eve.js';
import { facts, hostile, incident, mixed } from './sample.js';

const eve = (item: Incident) => eveLine({ type: 'closed', incident: item, atUs: item.lastUs }, facts());
const ecs = (item: Incident) => ecsLine({ type: 'closed', incident: item, atUs: item.lastUs }, facts());

const ajv = new Ajv2020.default({ allErrors: true, strict: true, strictTypes: false, allowUnionTypes: true });
addFormats.default(ajv);
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL('../../schema/eve.schema.json', import.meta.url), 'utf8')),
);

describe('EVE lines', () => {
  it('validate against the published schema', () => {
    for (const report of [mixed(), hostile(200)]) {
      for (const item of report.incidents) {
        const line = JSON.parse(JSON.stringify(eve(item)));
        expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
      }
    }
  });

  it("have the shape of Suricata's EVE", () => {
    const { anomaly, ...head } = eve(incident(7, { firstUs: 1_795_456_800_123_456 }));
    expect(head).toMatchObject({
      timestamp: '2026-11-23T18:00:00.123456+0000',
      event_type: 'anomaly',
      src_ip: '10.0.0.9',
      src_port: 51_532,
      dest_ip: '10.0.0.5',
      dest_port: 22,
      proto: 'TCP',
      community_id: '1:wCb3OG7yAFWelaUydu0D+125CLM=',
    });
    expect(Object.keys(anomaly)).toEqual([
      'incident',
      'first',
      'last',
      'packets',
      'score',
      'threshold',
      'severity',
      'frames',
      'reasons',
    ]);
    expect(anomaly.reasons[0]).toEqual({
      feature: 'window.ports_on_pair',
      value: 18,
      expected: 2,
      share: 0.44,
      text: '18 distinct ports on 10.0.0.5 in 60 s; normal at most 2',
    });
  });

  it('leave out what an incident does not have, and never call a MAC address an IP', () => {
    const arp = incident(1, {
      initiator: '02:42:0a:00:00:66',
      responder: '10.0.0.1',
      initiatorPort: -1,
      servicePort: -1,
      communityId: '',
    });
    const line = eve(arp);
    expect(line).not.toHaveProperty('src_ip');
    expect(line).not.toHaveProperty('src_port');
    expect(line).not.toHaveProperty('community_id');
    expect(line.ether).toEqual({ src_mac: '02:42:0a:00:00:66' });
    expect(line.dest_ip).toBe('10.0.0.1');
  });

  it('carry at most 1000 frames, no number that JSON lacks, and one line each', () => {
    const big = incident(1, {
      frames: Array.from({ length: 1500 }, (_, k) => k + 1),
      peakScore: Number.POSITIVE_INFINITY,
      title: 'a\nb\u202e\u001b[2J',
    });
    expect(eve(big).anomaly.frames).toHaveLength(1000);
    expect(eve(big).anomaly.score).toBeNull();
    const text = renderJsonLines({ ...mixed(), incidents: [big, incident(2)] });
    expect(text.split('\n')).toHaveLength(3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('are refused by the schema when a field has another type or name', () => {
    const line = JSON.parse(JSON.stringify(eve(incident(1))));
    expect(validate({ ...line, timestamp: '2026-11-23T18:00:00Z' })).toBe(false);
    expect(validate({ ...line, extra: 1 })).toBe(false);
    expect(validate({ ...line, community_id: 'x' })).toBe(false);
  });
});

describe('Elastic documents', () => {
  it('use the names of ECS', () => {
    const technique = { id: 'T1046', name: 'Network Service Discovery' };
    expect(ecs(incident(7, { technique }))).toMatchObject({
      '@timestamp': '2026-11-23T18:01:00.000000Z',
      ecs: { version: '8.17.0' },
      event: {
        kind: 'alert',
        category: ['network', 'intrusion_detection'],
        id: '7',
        duration: 42e9,
        severity: 73,
        start: '2026-11-23T18:01:00.000000Z',
        end: '2026-11-23T18:01:42.000000Z',
      },
      source: { address: '10.0.0.9', ip: '10.0.0.9', port: 51_532 },
      destination: { ip: '10.0.0.5', port: 22 },
      network: { transport: 'tcp', iana_number: '6', type: 'ipv4', community_id: '1:wCb3OG7yAFWelaUydu0D+125CLM=' },
      threat: { framework: 'MITRE ATT&CK', technique: { id: ['T1046'] } },
      related: { ip: ['10.0.0.9', '10.0.0.5'] },
    });
  });

  it('write a MAC address as ECS does', () => {
    const line = ecs(incident(1, { initiator: '02:42:0a:00:00:66', others: [] }));
    expect(line.source).toEqual({ address: '02:42:0a:00:00:66', mac: '02-42-0A-00-00-66', port: 51_532 });
    expect(line.related).toEqual({ ip: ['10.0.0.5'] });
  });
});
