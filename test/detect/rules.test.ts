import { describe, expect, it } from 'vitest';
import type { CountName } from '../../src/features/counts.js';
import { type Packet, run, series } from './traffic.js';

const counting = (name: CountName, value: number, packet: Partial<Packet> = {}) =>
  series(6, 0.1, (_i, at) => ({ at, ...packet, counts: { [name]: value } }));

describe('counts of the segment', () => {
  it.each<[CountName, number, Partial<Packet>, string, string]>([
    ['mac_conflicts', 8, {}, 'ARP spoofing', 'T1557.002'],
    ['macs', 500, {}, 'MAC flood', 'T1040'],
  ])('%s of %d is called what it is', (name, value, packet, kind, technique) => {
    const under = run(counting(name, value, packet));
    expect(under.incidents.map((incident) => [incident.kind, incident.technique?.id])).toEqual([[kind, technique]]);
    expect(under.incidents[0].reasons[0]).toMatchObject({ feature: name, value });
  });

  it('need three records, more than twice the training maximum, and more than a newcomer may', () => {
    expect(run(counting('macs', 500).slice(0, 2)).incidents).toEqual([]);
  });

  it('tell of the segment who sent, not who had asked, and of a changed MAC address no more than that', () => {
    const packet = { reply: true, from: '10.0.0.2', to: '10.0.0.1', mac: 0x9a, moved: '10.0.0.1', formerMac: 1 };
    const { incidents } = run(counting('mac_changes', 900, { ...packet, score: 9 }));
    expect(incidents).toMatchObject([
      {
        kind: 'changed MAC address',
        severity: 'medium',
        initiator: '10.0.0.1',
        responder: '10.0.0.2',
        moved: [{ address: '10.0.0.1', from: ['00:00:00:00:00:01'], to: '00:00:00:00:00:9a' }],
      },
    ]);
  });

  it('become ARP spoofing when the old MAC address speaks again, and no longer say that it is silent', () => {
    const packet = { mac: 0x9a, moved: '10.0.0.1', formerMac: 1 };
    const { incidents } = run([
      ...counting('mac_changes', 9, packet),
      ...series(6, 1, (_i, at) => ({ at, ...packet, formerPresent: true, counts: { mac_conflicts: 12 } }), 110),
    ]);
    expect(incidents.map(({ kind, severity }) => [kind, severity])).toEqual([['ARP spoofing', 'high']]);
    expect(incidents[0].reasons.map(({ feature }) => feature)).toEqual(['mac_conflicts']);
  });

  it('of MACs raise nothing as long as they fill no switch', () => {
    expect(run(counting('macs', 204)).incidents).toEqual([]);
  });
});
