import { describe, expect, it } from 'vitest';
import type { CountName } from '../../src/features/counts.js';
import { ORDINARY, type Packet, RARE, run, SCHEMA, series } from './traffic.js';

const counting = (name: CountName, value: number, packet: Partial<Packet> = {}) =>
  series(6, 0.1, (_i, at) => ({ at, ...packet, counts: { [name]: value } }));

describe('counts over their envelope', () => {
  it.each<[CountName, number, Partial<Packet>, string, string]>([
    ['pair_ports', 30, {}, 'port scan', 'T1046'],
    ['services', 60, {}, 'port scan', 'T1046'],
    ['services', 60, { port: -1, protocol: 1 }, 'ping sweep', 'T1018'],
    ['responders', 30, { port: -1, protocol: 1 }, 'ping sweep', 'T1018'],
    ['responders', 30, { port: 445 }, 'host sweep', 'T1018'],
    ['failed_hosts', 30, { port: 80 }, 'host sweep', 'T1018'],
    ['lookups', 30, { port: -1, protocol: -1 }, 'ARP sweep', 'T1018'],
    ['half_open', 30, {}, 'refused connections', 'T1046'],
    ['half_open', 500, {}, 'SYN flood', 'T1499.001'],
    ['responder_half_open', 500, { from: '203.0.113.5' }, 'SYN flood', 'T1499.001'],
    ['echoes', 500, { port: -1, protocol: 1 }, 'ping flood', 'T1498.001'],
    ['echoes', 150, { port: -1, protocol: 1, bytes: 1000 }, 'ICMP tunnel', 'T1095'],
    ['dns_length', 180, { port: 53, protocol: 17 }, 'DNS tunnel', 'T1071.004'],
    ['dns_names', 60, { port: 53, protocol: 17 }, 'DNS tunnel', 'T1071.004'],
    ['mac_conflicts', 8, {}, 'ARP spoofing', 'T1557.002'],
    ['macs', 500, {}, 'MAC flood', 'T1040'],
  ])('%s of %d is called what it is', (name, value, packet, kind, technique) => {
    const under = run(counting(name, value, packet));
    expect(under.incidents.map((incident) => [incident.kind, incident.technique?.id])).toEqual([[kind, technique]]);
    expect(under.incidents[0].reasons[0]).toMatchObject({ feature: name, value });
  });

  it('need three records, more than twice the training maximum, and more than a newcomer may', () => {
    expect(run(counting('pair_ports', 30).slice(0, 2)).incidents).toEqual([]);
    expect(run(counting('pair_ports', 12)).incidents).toEqual([]);
    expect(run(counting('dns_length', 72)).incidents).toEqual([]);
  });

  it('say who, what, and what was normal', () => {
    const [incident] = run(counting('pair_ports', 812, { from: '10.20.0.66' })).incidents;
    expect(incident.reasons[0].text).toBe(
      '10.20.0.66 tried 812 ports on 10.0.0.1 in 60 s; nobody had more than 1 in training',
    );
    expect(incident.severity).toBe('high');
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

  it('do not take retries of one dead service for a scan', () => {
    const tries = (pair_ports: number) => series(6, 0.1, (_i, at) => ({ at, counts: { half_open: 9, pair_ports } }));
    expect(run(tries(1)).incidents).toEqual([]);
    expect(run(tries(9)).incidents.map((incident) => incident.kind)).toEqual(['refused connections']);
  });

  it('call half-open connections to as many services a scan, however many they are', () => {
    const kinds = (counts: Packet['counts']) =>
      run(series(6, 0.1, (_i, at) => ({ at, from: '203.0.113.5', ...(counts && { counts }) }))).incidents.map(
        ({ kind }) => kind,
      );
    expect(kinds({ half_open: 900, services: 800, pair_ports: 800, responder_half_open: 900 })).toEqual(['port scan']);
    expect(kinds({ half_open: 900, services: 900, pair_ports: 2, responders: 900 })).toEqual(['port scan']);
    expect(kinds({ half_open: 900, services: 5, pair_ports: 3, responder_half_open: 900 })).toEqual(['SYN flood']);
    expect(kinds({ half_open: 1, services: 1, pair_ports: 1, responder_half_open: 900 })).toEqual(['SYN flood']);
  });

  it('call pings of as many hosts a sweep', () => {
    const kinds = (responders: number) =>
      run(
        series(6, 0.1, (_i, at) => ({ at, port: -1, protocol: 1, counts: { echoes: 500, responders } })),
      ).incidents.map(({ kind }) => kind);
    expect(kinds(400)).toEqual(['ping sweep']);
    expect(kinds(1)).toEqual(['ping flood']);
  });

  it('do not blame a known client for what others do to its server', () => {
    expect(run(counting('responder_half_open', 500, { from: '10.0.0.2' })).incidents).toEqual([]);
  });
});

describe('one incident', () => {
  it('takes in, for an hour, the strangers that come and go and leave connections half-open', () => {
    const wave = (from: string, at: number) =>
      series(6, 0.1, (_i, t) => ({ at: t, from, counts: { responder_half_open: 50 } }), at);
    const kinds = (...packets: Packet[]) => run(packets).incidents.map(({ kind, others }) => [kind, others.length]);
    expect(kinds(...wave('203.0.113.5', 100), ...wave('203.0.113.6', 2000))).toEqual([['half-open connections', 1]]);
    expect(kinds(...wave('203.0.113.5', 100), ...wave('203.0.113.6', 4000))).toHaveLength(2);
    // what is odd about other traffic meanwhile is another thing
    const odd = series(30, 1, (_i, at) => ({ at, from: '10.0.0.2', score: 9 }), 1000);
    expect(kinds(...wave('203.0.113.5', 100), ...odd).map(([kind]) => kind)).toEqual([
      'half-open connections',
      'unusual traffic',
    ]);
  });

  it('takes in a scan over many hosts by one initiator', () => {
    const under = run(series(60, 0.1, (i, at) => ({ at, to: `10.0.1.${i}`, port: 445, counts: { responders: i } })));
    expect(under.incidents.length).toBe(1);
    expect(under.incidents[0].others.length).toBeGreaterThan(30);
  });

  it('takes in the look-ups that a router makes for a sweep through it', () => {
    const under = run([
      ...counting('responders', 60, { port: -1, protocol: 1 }),
      ...series(
        20,
        0.1,
        (_i, at) => ({ at, from: '10.0.0.1', to: '10.0.1.1', port: -1, protocol: -1, counts: { lookups: 40 } }),
        101,
      ),
    ]);
    expect(under.incidents.map((incident) => incident.kind)).toEqual(['ping sweep']);
  });

  it('takes in three clients that do the same to one service', () => {
    const under = run(
      ['10.0.0.7', '10.0.0.8', '10.0.0.9'].flatMap((from, n) =>
        series(80, 0.1, (_i, at) => ({ at, from, port: 22, opens: true, bytes: 500 }), 100 + 20 * n),
      ),
    );
    expect(under.incidents.map((incident) => incident.kind)).toEqual(['password guessing']);
    expect(under.incidents[0].others).toEqual(['10.0.0.8', '10.0.0.9']);
  });

  it('does not take in another kind by the same initiator a while later', () => {
    const under = run([
      ...counting('pair_ports', 60),
      ...series(6, 0.1, (_i, at) => ({ at, port: 53, protocol: 17, counts: { dns_length: 180 } }), 200),
    ]);
    expect(under.incidents.map((incident) => incident.kind)).toEqual(['port scan', 'DNS tunnel']);
  });
});

describe('dealings with a service', () => {
  const training = [
    ...ORDINARY,
    ...series(40, 30, (i, at) => ({ at, from: '10.0.0.2', port: 22, opens: i % 4 === 0, bytes: 200 }), 700),
  ];

  it('are guessing when they are many short connections to a service that asks for passwords', () => {
    const packets = series(30, 1, (_i, at) => ({ at, port: 22, opens: true, bytes: 500 }));
    const under = run(packets, {}, training);
    expect(under.incidents[0]).toMatchObject({ kind: 'password guessing', technique: { id: 'T1110' } });
    expect(run(packets.slice(0, 12), {}, training).incidents).toEqual([]);
  });

  it('are guessing as well when they are many questions over few connections', () => {
    const packets = series(800, 0.05, (i, at) => ({ at, opens: i === 0, reply: i % 2 === 1, bytes: 200 }));
    expect(run(packets).incidents.map((incident) => incident.kind)).toEqual(['request flood']);
  });

  it('are a flood when they are thousands of empty connections, even from a client each', () => {
    const one = series(500, 0.01, (i, at) => ({ at, opens: true, fromPort: i, bytes: 60 }));
    expect(run(one).incidents[0].kind).toBe('SYN flood');
    const many = series(500, 0.01, (i, at) => ({ at, from: `203.0.${i >> 8}.${i & 255}`, opens: true, bytes: 60 }));
    const under = run(many);
    expect(under.incidents.map((incident) => incident.kind)).toEqual(['SYN flood']);
    expect(under.incidents[0].reasons[0].feature).toBe('service_load');
  });

  it('are an upload when far more than usual is sent, and a flood when datagrams go unanswered', () => {
    const upload = (protocol: number) =>
      series(1500, 0.01, (i, at) => ({ at, port: 9999, protocol, opens: i === 0, bytes: 1500 }));
    expect(run(upload(6)).incidents[0]).toMatchObject({ kind: 'large upload', technique: { id: 'T1048' } });
    expect(run(upload(17)).incidents[0].kind).toBe('UDP flood');
  });

  const beacon = (port: number, period: (i: number) => number): Packet[] => {
    let at = 100;
    return Array.from({ length: 14 }, (_, i) => {
      at += period(i);
      const common = { from: '10.0.0.2', to: '203.0.113.7', port };
      return [
        { ...common, at, opens: true, bytes: 90 },
        { ...common, at: at + 0.1, reply: true, bytes: 300 },
      ];
    }).flat();
  };

  it('are a beacon when they are regular and training did not have the service', () => {
    const [incident] = run(beacon(8081, (i) => 20 + (i % 3))).incidents;
    expect(incident).toMatchObject({ kind: 'beacon', servicePort: 8081, technique: { id: 'T1071' } });
    expect(incident.reasons[0].text).toContain('every 21 s');
  });

  it('are no beacon when they are irregular, or when training had them', () => {
    expect(run(beacon(8081, (i) => [3, 50, 8, 120, 20, 2, 300][i % 7])).incidents).toEqual([]);
    const regular = beacon(8081, () => 20);
    expect(
      run(
        beacon(8081, () => 20),
        {},
        [...ORDINARY, ...regular.map((p) => ({ ...p, at: p.at + 700 }))],
      ).incidents,
    ).toEqual([]);
  });

  it('are a beacon only when they are faster, at a port where regular calls were usual', () => {
    const other = beacon(8081, () => 20).map((p) => ({ ...p, at: p.at + 700, to: '203.0.113.8' }));
    const kinds = (period: number) =>
      run(
        beacon(8081, () => period),
        {},
        [...ORDINARY, ...other],
      ).incidents.map((incident) => incident.kind);
    expect(kinds(20)).toEqual([]);
    expect(kinds(200)).toEqual([]);
    expect(kinds(5)).toEqual(['beacon']);
  });

  it('are one incident for a slow beacon, which ends after three periods without a call', () => {
    const under = run(beacon(8081, (i) => (i < 13 ? 1800 : 6000)));
    expect(under.incidents.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['beacon', 'medium'],
      ['beacon', 'medium'],
    ]);
    expect(under.incidents[0].anomalous).toBe(8);
  });

  it('are two incidents for the calls of one client to two servers', () => {
    const calls = [...beacon(8081, () => 600), ...beacon(8081, () => 660).map((p) => ({ ...p, to: '203.0.113.9' }))];
    const under = run(calls.sort((a, b) => a.at - b.at));
    expect(under.incidents.map(({ kind, responder }) => [kind, responder])).toEqual([
      ['beacon', '203.0.113.7'],
      ['beacon', '203.0.113.9'],
    ]);
  });

  it('are no beacon, no upload and no rush where the beginnings were not seen, and take nothing from those that were', () => {
    const joined = (packets: readonly Packet[]) => packets.map((p) => ({ ...p, opens: false, begun: false }));
    expect(run(joined(beacon(8081, () => 20))).incidents).toEqual([]);
    expect(run(joined(series(1500, 0.01, (_i, at) => ({ at, port: 9999, bytes: 1500 })))).incidents).toEqual([]);
    const guess = series(300, 0.1, (_i, at) => ({ at, from: '10.0.0.2', port: 22, opens: true, bytes: 500 }));
    expect(run(joined(guess), {}, training).incidents).toEqual([]);
    const beside = joined(
      series(600, 0.5, (i, at) => ({ at, from: '10.0.0.2', to: '203.0.113.7', port: 8081, bytes: 50 * (i % 30) })),
    );
    const both = [...beacon(8081, () => 20), ...beside].sort((a, b) => a.at - b.at);
    expect(run(both).incidents.map((incident) => incident.kind)).toEqual(['beacon']);
  });

  describe('by connection records', () => {
    const connection = { schema: { ...SCHEMA, kind: 'connection' as const } };
    const transfer = (port: number, up: number, down = 0): Packet[] => [
      { at: 100, port, opens: true, bytes: up + down, replyBytes: down },
    ];
    const kinds = (packets: Packet[], before = ORDINARY) =>
      run(packets, connection, before).incidents.map((incident) => incident.kind);

    it('are an upload when one sends much to a new service, not when one fetches much', () => {
      const [incident] = run(transfer(9999, 5e6, 1e5), connection).incidents;
      expect(incident).toMatchObject({ kind: 'large upload', severity: 'medium', records: 1 });
      expect(incident.reasons[0].text).toBe(
        '10.0.0.9 sent 5 MB to port 9999 of 10.0.0.1 over connections begun within 60 s; training had none',
      );
      expect(run(transfer(9999, 5e7), connection).incidents[0].severity).toBe('high');
      expect(kinds(transfer(9999, 9e5))).toEqual([]);
      expect(kinds(transfer(9999, 5e6, 6e6))).toEqual([]);
    });

    it('are an upload to a known service beyond three times the largest of any service', () => {
      const usual = [
        ...ORDINARY,
        ...series(4, 20, (_i, at) => ({ at, port: 445, opens: true, bytes: 4e6 }), 700),
        ...series(4, 20, (_i, at) => ({ at, port: 443, opens: true, bytes: 2000 }), 800),
      ];
      expect(kinds(transfer(443, 11e6), usual)).toEqual([]);
      expect(kinds(transfer(443, 50e6), usual)).toEqual(['large upload']);
    });

    it("are a beacon also where one's own host calls in vain at intervals, not where strangers do", () => {
      const calls = (from: string, to: string, probe: boolean) =>
        kinds(series(12, 30, (_i, at) => ({ at, from, to, port: 4444, opens: true, bytes: 60, probe })));
      expect(calls('10.0.0.2', '203.0.113.7', false)).toEqual(['beacon']);
      expect(calls('203.0.113.7', '10.0.0.2', true)).toEqual([]);
    });

    it('are not dealings with a new service where strangers try a port in vain, and do not make it known', () => {
      const odd = { from: '203.0.113.7', opens: true, score: 30, by: RARE };
      const tries = (probe: boolean) =>
        series(4, 5, (_i, at) => ({ ...odd, at, to: '10.0.0.1', port: 23, probe }), 2000);
      expect(kinds(tries(true))).toEqual([]);
      expect(kinds(tries(false))).toEqual(['new service']);
      expect(kinds(tries(false), [...ORDINARY, ...tries(true)])).toEqual(['new service']);
      expect(kinds(tries(false), [...ORDINARY, ...tries(false)])).not.toContain('new service');
    });

    it('are one connection while rows of datagrams come from one port, and of TCP many, for each had its SYN', () => {
      const row = { from: '10.0.0.2', to: '203.0.113.7', port: 4444, opens: true, bytes: 500 };
      const calls = (protocol: number, fromPort: (i: number) => number, more: Partial<Packet> = {}) =>
        kinds(series(12, 30, (i, at) => ({ at, ...row, protocol, fromPort: fromPort(i), ...more })));
      expect(calls(17, () => 5000)).toEqual([]);
      expect(calls(17, (i) => 5000 + i)).toEqual(['beacon']);
      expect(calls(6, () => 5000)).toEqual(['beacon']);
      expect(calls(6, () => 5000, { opens: false, begun: false })).toEqual([]);
    });

    it('are a beacon by their starts, in whatever order they end', () => {
      const common = { from: '10.0.0.2', to: '203.0.113.7', port: 4444, opens: true, bytes: 500 };
      // each third call lasts longer than two periods
      const calls = Array.from({ length: 24 }, (_, i) => ({
        began: 100 + 30 * i,
        ends: 100 + 30 * i + (i % 3 === 0 ? 70 : 1),
      }))
        .sort((a, b) => a.ends - b.ends)
        .map(({ began, ends }, i): Packet => ({ ...common, at: ends, began, fromPort: 1024 + i }));
      const [incident] = run(calls, connection).incidents;
      expect(incident).toMatchObject({ kind: 'beacon' });
      expect(incident.reasons[0].text).toContain('every 30 s');
    });

    it('are judged by regularity and not by turns', () => {
      const turns = series(800, 0.05, (i, at) => ({ at, opens: i === 0, reply: i % 2 === 1, bytes: 200 }));
      expect(kinds(turns)).toEqual([]);
      const common = { from: '10.0.0.2', to: '203.0.113.7', port: 4444, opens: true, bytes: 500 };
      expect(kinds(series(12, 30, (_i, at) => ({ at, ...common })))).toEqual(['beacon']);
    });
  });
});
