import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcsFlat, EcsVersion } from '@elastic/ecs';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../../src/base/address-range.js';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import type { Incident } from '../../src/detect/incident.js';
import { ecsLine } from '../../src/report/ecs.js';
import { root } from '../support/program.js';
import { facts, hostile, incident, manifold } from './sample.js';

type Json = { readonly [key: string]: unknown };
const ecs = (item: Incident, type: DetectorEvent['type'] = 'closed', who = facts()): Json =>
  JSON.parse(JSON.stringify(ecsLine({ type, incident: item, atUs: item.lastUs + 300e6 }, who)));

/** What Elastic publishes of a field. */
interface Field {
  readonly type: string;
  readonly normalize: readonly string[];
  readonly pattern?: string;
  readonly allowed_values?: readonly { readonly name: string; readonly expected_event_types?: readonly string[] }[];
}
const TEMPLATE: { readonly template: { readonly mappings: Mapping } } = JSON.parse(
  readFileSync(join(root, 'schema/elasticsearch-template.json'), 'utf8'),
);
const PUBLISHED = EcsFlat as unknown as Readonly<Record<string, Field>>;

/** The fields of ECS that our documents have. */
const USED = [
  '@timestamp',
  'destination.address',
  'destination.ip',
  'destination.mac',
  'destination.port',
  'ecs.version',
  'event.action',
  'event.category',
  'event.dataset',
  'event.duration',
  'event.end',
  'event.id',
  'event.kind',
  'event.module',
  'event.reason',
  'event.severity',
  'event.start',
  'event.type',
  'message',
  'network.bytes',
  'network.community_id',
  'network.iana_number',
  'network.packets',
  'network.transport',
  'network.type',
  'observer.hostname',
  'observer.product',
  'observer.type',
  'observer.version',
  'related.hosts',
  'related.ip',
  'rule.id',
  'rule.name',
  'rule.version',
  'source.address',
  'source.ip',
  'source.mac',
  'source.port',
  'threat.framework',
  'threat.technique.id',
  'threat.technique.name',
  'threat.technique.subtechnique.id',
  'threat.technique.subtechnique.name',
];

interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
}

/** Our own, by the type that the template for Elasticsearch gives them. */
const OURS: Readonly<Record<string, string>> = Object.fromEntries(typesIn(TEMPLATE.template.mappings, ''));

function typesIn({ type, properties = {} }: Mapping, path: string): [string, string][] {
  if (type) return [[path, type]];
  return Object.entries(properties).flatMap(([name, field]) => typesIn(field, path === '' ? name : `${path}.${name}`));
}

const isDate = (value: unknown): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(String(value));
const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  date: isDate,
  ip: (value) => (parseRange(String(value))?.family ?? 48) !== 48,
  long: Number.isSafeInteger,
  double: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  keyword: (value) => typeof value === 'string',
  text: (value) => typeof value === 'string',
  match_only_text: (value) => typeof value === 'string',
};

/** Calls with every field of a document, by its full name, with its value as it stands there. */
function eachField(document: Json, found: (name: string, value: unknown) => void, path = ''): void {
  for (const [key, value] of Object.entries(document)) {
    const items = Array.isArray(value) ? value : [value];
    for (const item of items) {
      if (item !== null && typeof item === 'object') eachField(item as Json, found, `${path}${key}.`);
    }
    if (!items.some((item) => item !== null && typeof item === 'object')) found(path + key, value);
  }
}

const TYPES: readonly DetectorEvent['type'][] = ['opened', 'updated', 'closed'];
const documents = [
  ...[...manifold(), ...hostile(40).incidents].flatMap((item) => TYPES.map((type) => ecs(item, type))),
  ...manifold().map((item) => ecs(item, 'closed', facts({ kind: 'connection' }))),
];

describe('Elastic documents', () => {
  it('have fields of ECS as it is published, and of our template, each of its type, and none is for nothing', () => {
    const used = new Set<string>();
    const own = new Set<string>();
    for (const document of documents) {
      eachField(document, (name, value) => {
        const values = Array.isArray(value) ? value : [value];
        if (name.startsWith('anomaly.')) {
          own.add(name);
          // JSON has no NaN
          for (const item of values) expect(item === null || FITS[OURS[name]]?.(item), `${name}: ${item}`).toBe(true);
          return;
        }
        used.add(name);
        const field = PUBLISHED[name];
        expect(field, name).toBeDefined();
        expect(Array.isArray(value), name).toBe(field.normalize.includes('array'));
        for (const item of values) {
          expect(FITS[field.type]?.(item), `${name}: ${item}`).toBe(true);
          if (field.pattern) expect(item).toMatch(new RegExp(field.pattern));
          if (field.allowed_values) expect(field.allowed_values.map((allowed) => allowed.name)).toContain(item);
        }
      });
    }
    expect([...used].sort()).toEqual(USED);
    expect([...own].sort()).toEqual(Object.keys(OURS));
    expect(documents[0].ecs).toEqual({ version: EcsVersion });
  });

  it('have types of event that ECS expects of each of their categories', () => {
    const categories = PUBLISHED['event.category'].allowed_values ?? [];
    for (const { event } of documents) {
      const { category, type } = event as { category: string[]; type: string[] };
      for (const name of category) {
        const expected = categories.find((one) => one.name === name)?.expected_event_types;
        for (const one of type) expect(expected).toContain(one);
      }
    }
  });

  it('say who did what to whom in the names of ECS', () => {
    expect(ecs(incident(7, { technique: { id: 'T1046', name: 'Network Service Discovery' } }))).toMatchObject({
      '@timestamp': '2026-11-23T18:06:42.000000Z',
      event: {
        kind: 'alert',
        category: ['network', 'intrusion_detection'],
        action: 'closed',
        id: '019ab1c8-9a3f-7000-8000-000000000007-closed-240',
        duration: 42e9,
        severity: 73,
        start: '2026-11-23T18:01:00.000000Z',
        end: '2026-11-23T18:01:42.000000Z',
      },
      rule: { id: '1999010', name: 'port scan' },
      observer: { hostname: 'gateway' },
      source: { address: '10.0.0.9', ip: '10.0.0.9', port: 51_532 },
      destination: { ip: '10.0.0.5', port: 22 },
      network: { transport: 'tcp', iana_number: '6', type: 'ipv4', community_id: '1:wCb3OG7yAFWelaUydu0D+125CLM=' },
      threat: { framework: 'MITRE ATT&CK', technique: { id: ['T1046'] } },
      related: { ip: ['10.0.0.9', '10.0.0.5'], hosts: ['gateway'] },
      anomaly: { incident: { id: '019ab1c8-9a3f-7000-8000-000000000007', number: 7 } },
    });
  });

  it('say that a notice is an event, and an incident that goes on has no end', () => {
    const { event } = ecs(incident(1, { severity: 'notice', closed: false }), 'opened') as { event: Json };
    expect(event).toMatchObject({ kind: 'event', category: ['network'], action: 'opened', severity: 1 });
    expect(event).not.toHaveProperty('end');
    expect(event).not.toHaveProperty('duration');
  });

  it('name protocols as IANA does, and networks by their layer', () => {
    expect(manifold().map((item) => ecs(item).network)).toMatchObject([
      { transport: 'tcp' },
      { transport: 'tcp' },
      { type: 'arp' },
      { transport: 'ipv6-icmp', iana_number: '58', type: 'ipv6' },
      { type: 'arp' },
      { iana_number: '99', type: 'ipv4' },
      { type: 'ipv4' },
    ]);
    for (const index of [2, 4, 5, 6]) expect(ecs(manifold()[index]).network).not.toHaveProperty('transport');
  });

  it('write a MAC address as ECS does, and tell a technique from the part of one', () => {
    const line = ecs(incident(1, { initiator: '02:42:0a:00:00:66', others: [] }));
    expect(line.source).toEqual({ address: '02:42:0a:00:00:66', mac: '02-42-0A-00-00-66', port: 51_532 });
    expect(line.related).toMatchObject({ ip: ['10.0.0.5'] });
    expect(ecs(manifold()[3]).threat).toEqual({
      framework: 'MITRE ATT&CK',
      technique: { id: ['T1498'], subtechnique: { id: ['T1498.001'], name: ['Direct Network Flood'] } },
    });
  });
});
