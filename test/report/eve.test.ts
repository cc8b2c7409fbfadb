import { describe, expect, it } from 'vitest';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import type { Incident } from '../../src/detect/incident.js';
import { PATTERNS } from '../../src/detect/rules/patterns.js';
import { signatureId } from '../../src/detect/rules/signatures.js';
import { renderJsonLines } from '../../src/output/json-lines.js';
import { eveLine } from '../../src/report/eve.js';
import { eveProblems, ourSchema, suricataSchema } from '../support/eve.js';
import { facts, hostile, incident, manifold, mixed } from './sample.js';

const TYPES: readonly DetectorEvent['type'][] = ['opened', 'updated', 'closed'];
/** As a reader gets it. */
const eve = (item: Incident, type: DetectorEvent['type'] = 'closed', who = facts()) =>
  JSON.parse(JSON.stringify(eveLine({ type, incident: item, atUs: item.lastUs + 300e6 }, who)));

type Schema = { readonly [key: string]: unknown };
const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> => (schema.properties ?? {}) as never;
const typesOf = ({ type, const: one, enum: some, $ref, anyOf }: Schema): string[] => {
  if (type) return [type as string].flat();
  const values = one === undefined ? (some as unknown[] | undefined) : [one];
  if (values) return [...new Set(values.map((value) => (typeof value === 'number' ? 'integer' : typeof value)))];
  const name = ($ref as string | undefined)?.replace('#/$defs/', '') ?? '';
  return anyOf
    ? (anyOf as Schema[]).flatMap(typesOf)
    : typesOf((ourSchema as { $defs: Record<string, Schema> }).$defs[name]);
};

describe('EVE lines', () => {
  it("are valid by our schema and by Suricata's, whatever happened to whatever incident", () => {
    const items = [...manifold(), ...hostile(200).incidents];
    for (const item of items) for (const type of TYPES) expect(eveProblems(eve(item, type))).toEqual([]);
    const connections = facts({ kind: 'connection', model: { ...facts().model, id: '' } });
    for (const item of items) expect(eveProblems(eve(item, 'closed', connections))).toEqual([]);
  });

  it.skipIf(!suricataSchema)("have fields of Suricata's only, of its types, down to what it leaves open", () => {
    const known: string[] = [];
    const within = (ours: Schema, theirs: Schema, path: string): void => {
      for (const [name, field] of Object.entries(propertiesOf(ours))) {
        const there = propertiesOf(theirs)[name];
        expect(there, `${path}${name}`).toBeDefined();
        for (const type of typesOf(field)) expect(type, `${path}${name}`).toBe(there.type);
        known.push(`${path}${name}`);
        if (there.additionalProperties !== true) within(field, there, `${path}${name}.`);
      }
    };
    within(ourSchema as Schema, suricataSchema as Schema, '');
    expect(known).toContain('alert.context');
    expect(known).toContain('ether.src_mac');
    expect(known).not.toContain('alert.context.kind');
  });

  it('are alerts of the sensor, with a number for the kind and all else in the context', () => {
    const { alert, ...head } = eve(
      incident(7, { firstUs: 1_795_456_800_123_456, technique: { id: 'T1046', name: 'x' } }),
    );
    expect(head).toEqual({
      timestamp: '2026-11-23T18:06:42.000000+0000',
      event_type: 'alert',
      host: 'gateway',
      src_ip: '10.0.0.9',
      src_port: 51_532,
      dest_ip: '10.0.0.5',
      dest_port: 22,
      proto: 'TCP',
      community_id: '1:wCb3OG7yAFWelaUydu0D+125CLM=',
    });
    const { context, ...rule } = alert;
    expect(rule).toEqual({
      action: 'allowed',
      gid: 1999,
      signature_id: 1_999_010,
      rev: 1,
      signature: '10.0.0.9 tried 118 ports on 10.0.0.5',
      category: 'port scan',
      severity: 1,
    });
    expect(context).toMatchObject({
      event: 'closed',
      id: '019ab1c8-9a3f-7000-8000-000000000007',
      number: 7,
      kind: 'port scan',
      severity: 'high',
      first: '2026-11-23T18:00:00.123456Z',
      last: '2026-11-23T18:01:42.000000Z',
      packets: 240,
      evidence: 120,
      technique: { id: 'T1046' },
      run: '019ab1c8-9a3f-7abc-8def-000000000000',
      model: { name: 'models/default', id: '0123456789abcdef' },
      version: '0.1.0',
    });
    expect(context.reasons[0]).toEqual({
      feature: 'window.ports_on_pair',
      value: 18,
      expected: 2,
      share: 0.44,
      text: '18 distinct ports on 10.0.0.5 in 60 s; normal at most 2',
    });
  });

  it('count connections where records are rows of a conn.log, and name them by Zeek', () => {
    const { context } = eve(manifold()[3], 'closed', facts({ kind: 'connection' })).alert;
    expect(context).toMatchObject({ connections: 240, uids: ['CHhAvVGS1DHFjwGM9', 'ClEkJM2Vm5giqnMf4h'], p: 2.35e-9 });
    expect(context).not.toHaveProperty('packets');
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
    expect(line).not.toHaveProperty('flow_id');
    expect(line.alert.context).not.toHaveProperty('p');
    expect(line.ether).toEqual({ src_mac: '02:42:0a:00:00:66' });
    expect(line.dest_ip).toBe('10.0.0.1');
  });

  it('carry at most 1000 frames, no number that JSON lacks, and one line each', () => {
    const big = incident(1, {
      frames: Array.from({ length: 1500 }, (_, k) => k + 1),
      peakScore: Number.POSITIVE_INFINITY,
      title: 'a\nb\u202e\u001b[2J',
    });
    expect(eve(big).alert.context.frames).toHaveLength(1000);
    expect(eve(big).alert.context.score).toBeNull();
    const named = facts({ sensor: 'a\u001b[2J', model: { ...facts().model, name: '\u202eb' } });
    const text = renderJsonLines({ facts: named, incidents: [big, incident(2)] });
    expect(text.split('\n')).toHaveLength(3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('of a finished report say what is over and what goes on', () => {
    const lines = renderJsonLines(mixed()).trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line).alert.context).map(({ number, event }) => [number, event]);
    expect(events).toEqual([
      [1, 'closed'],
      [2, 'closed'],
      [3, 'updated'],
    ]);
  });

  it('are refused by the schema when a field has another type or name', () => {
    const line = eve(incident(1));
    expect(eveProblems({ ...line, timestamp: '2026-11-23T18:00:00Z' })).not.toEqual([]);
    expect(eveProblems({ ...line, extra: 1 })).not.toEqual([]);
    expect(eveProblems({ ...line, community_id: 'x' })).not.toEqual([]);
    const { context, ...rule } = line.alert;
    expect(eveProblems({ ...line, alert: { ...rule, context: { ...context, connections: 1 } } })).not.toEqual([]);
    expect(eveProblems({ ...line, alert: { ...rule, context: { ...context, extra: 1 } } })).not.toEqual([]);
  });
});

describe('the number of a kind', () => {
  // people filter by these: a row here may be added, never changed
  const GIVEN: Readonly<Record<string, number>> = {
    'new client': 1_999_001,
    'new service': 1_999_002,
    'new server': 1_999_003,
    'refused connections': 1_999_004,
    'odd TCP flags': 1_999_005,
    'IP protocol scan': 1_999_006,
    'host sweep': 1_999_007,
    'ARP sweep': 1_999_008,
    'ping sweep': 1_999_009,
    'port scan': 1_999_010,
    'ping flood': 1_999_011,
    'odd packets of many': 1_999_012,
    'unasked answers': 1_999_013,
    'SYN flood': 1_999_014,
    'UDP flood': 1_999_015,
    'ICMP tunnel': 1_999_016,
    'connection flood': 1_999_017,
    'password guessing': 1_999_018,
    'request flood': 1_999_019,
    'service load': 1_999_020,
    'held connections': 1_999_021,
    'reversed roles': 1_999_022,
    'large download': 1_999_023,
    'long session': 1_999_024,
    'unusual use': 1_999_025,
    'unusual protocol': 1_999_026,
    'DNS tunnel': 1_999_027,
    'large upload': 1_999_028,
    beacon: 1_999_029,
    'router advertisement flood': 1_999_030,
    'ICMP redirects': 1_999_031,
    'neighbour spoofing': 1_999_032,
    'rogue router': 1_999_033,
    'rogue DHCP server': 1_999_034,
    'changed MAC address': 1_999_035,
    'MAC flood': 1_999_036,
    'ARP spoofing': 1_999_037,
  };

  it('is the one that it was given once', () => {
    const numbers = Object.fromEntries(Object.keys(PATTERNS).map((kind) => [kind, signatureId(kind)]));
    expect(numbers).toEqual(GIVEN);
  });

  it('is that of no kind where there is none', () => {
    expect(signatureId('toString')).toBe(1_999_000);
  });
});
