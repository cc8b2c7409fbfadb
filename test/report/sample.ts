/** Reports made by hand, of one mixed recording and of hostile names. */
import type { Incident, Severity } from '../../src/detect/incident.js';
import type { Report, RunFacts } from '../../src/detect/run-facts.js';

export const START_US = Date.UTC(2026, 10, 23, 18, 0, 0) * 1000;
const at = (seconds: number): number => START_US + Math.round(seconds * 1e6);

export function incident(id: number, changes: Partial<Incident> = {}): Incident {
  const made: Incident = {
    id,
    uuid: `019ab1c8-9a3f-7000-8000-${String(id).padStart(12, '0')}`,
    uids: [],
    allow: [],
    kind: 'port scan',
    severity: 'high',
    title: '10.0.0.9 tried 118 ports on 10.0.0.5',
    firstUs: at(60),
    openedUs: at(62.25),
    alarmUs: at(62.25),
    lastUs: at(102),
    closed: true,
    records: 240,
    anomalous: 120,
    bytes: 14_216,
    initiator: '10.0.0.9',
    responder: '10.0.0.5',
    others: [],
    initiatorPort: 51_532,
    servicePort: 22,
    protocol: 'TCP',
    protocolNumber: 6,
    communityId: '1:wCb3OG7yAFWelaUydu0D+125CLM=',
    peakScore: 4.2137,
    threshold: 1.9,
    frames: Array.from({ length: 240 }, (_, k) => 1204 + k + (k > 40 ? 3 : 0)),
    reasons: [
      {
        feature: 'window.ports_on_pair',
        value: 18,
        expected: 2,
        share: 0.44,
        text: '18 distinct ports on 10.0.0.5 in 60 s; normal at most 2',
      },
      {
        feature: 'window.half_open',
        value: 96,
        expected: 1,
        share: 0.31,
        text: '96 half-open connections in 60 s; normal at most 1',
      },
      {
        feature: 'rarity.service',
        value: 17.2,
        expected: 3.1,
        share: 0.12,
        text: 'service TCP 31337 was never seen in training',
      },
    ],
    lowConfidence: false,
    ...changes,
  };
  const { initiator, responder, protocol, kind } = made;
  const beside = { initiator, reason: ['refused connections', 'host sweep'] };
  if (!changes.allow)
    made.allow = [{ initiator, responder, protocol, reason: kind }, ...(kind === 'port scan' ? [beside] : [])];
  return made;
}

/** A curve with a rise where the incidents are. */
function timeline(buckets: number, stepS: number): RunFacts['timeline'] {
  return Array.from({ length: buckets }, (_, k) => {
    const burst = k >= 30 && k <= 52;
    const base = 0.5 + 0.2 * Math.sin(k / 7) + ((k * 37) % 11) / 60;
    return {
      fromUs: at(k * stepS),
      records: 90 + ((k * 53) % 40) + (burst ? 260 : 0),
      anomalous: burst ? 5 + ((k * 7) % 6) : 0,
      maxScore: burst ? 2.2 + Math.sin((k - 30) / 7) * 2 : base + 0.4,
      meanScore: burst ? base + 0.8 : base,
    };
  });
}

export function facts(changes: Partial<RunFacts> = {}): RunFacts {
  const edges = Array.from({ length: 41 }, (_, k) => k * 0.125);
  return {
    version: '0.1.0',
    sensor: 'gateway',
    run: '019ab1c8-9a3f-7abc-8def-000000000000',
    kind: 'packet',
    sources: [
      {
        name: 'mixed.pcap',
        format: 'pcap',
        gaps: [{ fromUs: at(130), toUs: at(136.5), reason: 'the capture was restarted' }],
        warnings: ['the last packet is cut off at byte 9812345'],
      },
    ],
    firstUs: START_US,
    lastUs: at(245.2),
    records: 12_345,
    bytes: 9_812_345,
    anomalous: 230,
    budget: { alertsPerDay: 1, trainingS: 6 * 3600 },
    threshold: 1.9,
    promise: 'percentile 99.9 of out-of-fold scores: about 1 in 1,000 normal packets is above it',
    stops: [
      { stop: 'malformed:dns', count: 3 },
      { stop: 'truncated:tcp', count: 12 },
    ],
    suppressed: {
      records: 40,
      incidents: 1,
      byEntry: [{ entry: '{"address":"10.0.0.7","port":9000}', incidents: 1 }],
      latest: [
        {
          id: 4,
          severity: 'medium',
          title: '10.0.0.7 sends far more to 10.0.0.5 port 9000 (TCP) than was usual in training',
          firstUs: at(20),
          lastUs: at(31),
          evidence: 40,
        },
      ],
      expired: ['{"port":8080,"expires":"2026-01-01"}'],
    },
    timeline: timeline(123, 2),
    talkers: [
      { address: '10.0.0.5', records: 9000, bytes: 7_100_200, anomalous: 210 },
      { address: '10.0.0.9', records: 2400, bytes: 214_216, anomalous: 180 },
      { address: '2001:db8::17', records: 800, bytes: 1_204_118, anomalous: 20 },
      { address: '10.0.0.1', records: 145, bytes: 20_118, anomalous: 0 },
    ],
    scoreHistogram: {
      edges,
      counts: edges
        .slice(1)
        .map((e, k) => Math.round(6000 * Math.exp(-((e - 0.6) ** 2) * 6)) + (k > 14 && k < 36 ? 8 : 0)),
    },
    drift: [
      {
        feature: 'packet.length',
        psi: 0.31,
        text: 'packet length: population stability index 0.31 (stable is below 0.1)',
      },
    ],
    model: {
      name: 'models/default',
      id: '0123456789abcdef',
      trainedAt: '2026-11-22 09:14 UTC',
      records: 80_412,
      spanS: 3605,
      sources: ['data/packets-20261122.csv'],
      engine: 'simd',
      layers: [48, 16],
      features: 84,
      parameters: 9988,
      percentile: 99.9,
      lossCurve: Array.from({ length: 12 }, (_, k) => ({
        epoch: k + 1,
        loss: 0.9 * Math.exp(-k / 3) + 0.21,
        validationLoss: 0.95 * Math.exp(-k / 3.2) + 0.25 + (k > 9 ? 0.01 * (k - 9) : 0),
      })),
      warnings: ['3 features were constant in training and are left out'],
    },
    ...changes,
  };
}

/** Of an input without records. */
export function empty(): Report {
  const none = { records: 0, firstUs: 0, lastUs: 0, bytes: 0, anomalous: 0, timeline: [], stops: [], drift: [] };
  const { suppressed } = facts();
  return {
    facts: facts({
      ...none,
      talkers: [],
      scoreHistogram: { edges: [], counts: [] },
      suppressed: { ...suppressed, records: 0, incidents: 0, byEntry: [], latest: [], expired: [] },
    }),
    incidents: [],
  };
}

/** Which frames of the one capture are whose. */
function placed(report: Report): Report {
  const place = { name: 'mixed.pcap', word: 'mixed.pcap', format: 'pcap' };
  const places = report.incidents.map(({ id, frames }) => [id, [{ ...place, numbers: frames }]]);
  return { ...report, facts: { ...report.facts, places: Object.fromEntries(places) } };
}

export function mixed(): Report {
  return placed({
    facts: facts({
      evaluation: {
        rocAuc: 0.9981,
        attacks: [
          {
            attack: 'port-scan',
            records: 240,
            rocAuc: 0.9996,
            tprAtFpr: [
              { fpr: 0.01, tpr: 0.991 },
              { fpr: 0.001, tpr: 0.87 },
            ],
            raised: true,
            delayS: 2.25,
            kinds: ['port scan'],
          },
          {
            attack: 'http-guess',
            records: 88,
            rocAuc: 0.961,
            tprAtFpr: [
              { fpr: 0.01, tpr: 0.61 },
              { fpr: 0.001, tpr: 0.2 },
            ],
            raised: false,
            delayS: -1,
            kinds: [],
          },
        ],
        falseIncidents: 1,
        falseNotices: 1,
        falseIncidentsPerHour: 14.7,
        falsePositiveRate: 0.0011,
        truePositiveRate: 0.62,
      },
    }),
    incidents: [
      incident(1, {
        kind: 'new service',
        severity: 'notice',
        title: 'new service TCP 9000 on 10.0.0.5, 3 clients',
        firstUs: at(12),
        openedUs: at(12.5),
        lastUs: at(40),
        records: 60,
        anomalous: 12,
        initiator: '10.0.0.21',
        initiatorPort: 40_112,
        servicePort: 9000,
        others: ['10.0.0.22', '10.0.0.23'],
        peakScore: 2.04,
        frames: [301, 302, 303, 340],
        lowConfidence: true,
        reasons: [
          {
            feature: 'rarity.service',
            value: 16,
            expected: 2,
            share: 0.7,
            text: 'TCP 9000 was never offered by 10.0.0.5',
          },
        ],
      }),
      incident(2, { technique: { id: 'T1046', name: 'Network Service Discovery' } }),
      incident(3, {
        kind: 'ARP spoofing',
        severity: 'medium',
        title: '10.0.0.1 moved to another MAC address',
        firstUs: at(150),
        openedUs: at(150),
        lastUs: at(244),
        closed: false,
        records: 31,
        anomalous: 31,
        bytes: 1860,
        initiator: '02:42:0a:00:00:66',
        responder: '10.0.0.1',
        initiatorPort: -1,
        servicePort: -1,
        protocol: 'ARP',
        protocolNumber: -1,
        communityId: '',
        peakScore: 3.3,
        frames: [8000, 8004, 8009],
        technique: { id: 'T1557.002', name: 'ARP Cache Poisoning' },
        reasons: [
          {
            feature: 'arp.source_changed',
            value: 1,
            expected: 0,
            share: 0.8,
            text: '10.0.0.1 answered from 02:42:0a:00:00:66; known at 02:42:0a:00:00:01',
          },
        ],
      }),
    ],
  });
}

/** Incidents that have between them every field that one may have. */
export function manifold(): Incident[] {
  const subtechnique = { id: 'T1498.001', name: 'Direct Network Flood' };
  return [
    ...mixed().incidents,
    incident(4, {
      kind: 'ping sweep',
      initiator: 'fe80::17',
      responder: 'fe80::1',
      initiatorPort: -1,
      servicePort: -1,
      protocol: 'ICMPv6',
      protocolNumber: 58,
      communityId: '',
      p: 2.345678e-9,
      again: 2,
      others: ['2001:db8::5', '02:42:0a:00:00:07'],
      technique: subtechnique,
      uids: ['CHhAvVGS1DHFjwGM9', 'ClEkJM2Vm5giqnMf4h'],
    }),
    incident(5, {
      kind: 'changed MAC address',
      responder: '02:42:0a:00:00:01',
      protocol: 'ARP',
      protocolNumber: -1,
      communityId: '',
      moved: [
        {
          address: '10.0.0.1',
          from: ['02:42:0a:00:00:01'],
          to: '02:42:0a:00:00:66',
          router: true,
          conflict: false,
          present: false,
        },
      ],
    }),
    incident(6, {
      protocol: 'IP protocol 99',
      protocolNumber: 99,
      communityId: '',
      closed: false,
      steps: ['port scan', 'password guessing'].map((kind, k) => ({
        kind,
        firstUs: at(60 + k),
        lastUs: at(70 + k),
        evidence: 12,
        initiator: '10.0.0.9',
        responder: '10.0.0.5',
        servicePort: k === 0 ? -1 : 22,
        others: 3,
      })),
    }),
    incident(7, { initiator: '', initiatorPort: -1, protocol: 'non-IP', protocolNumber: -2, communityId: '' }),
  ];
}

const NASTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'; DROP TABLE incidents; --",
  '</title></style></script><svg onload=alert(3)>',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egnp.exe\u202c \u200b\u2066',
  "=cmd|'/c calc'!A0",
  `{{7*7}} ${'{7*7}'} <!-- --> ]]>`,
  '日本語の名前 e\u0301\u0301\u0301 👩‍👩‍👧',
  `${'long'.repeat(80)}`,
];

/** `count` incidents whose every text is an attack on whatever shows it. */
export function hostile(count: number): Report {
  const severities: Severity[] = ['notice', 'low', 'medium', 'high'];
  const nasty = (k: number): string => NASTY[k % NASTY.length];
  const incidents = Array.from({ length: count }, (_, k) =>
    incident(k + 1, {
      severity: severities[k % 4],
      kind: nasty(k + 1),
      title: `${nasty(k)} number ${k + 1}`,
      allow: [{ initiator: '10.0.0.9', protocol: 'UDP', reason: 'port scan' }],
      firstUs: at(k / 50),
      openedUs: at(k / 50 + 0.5),
      lastUs: at(k / 50 + 2),
      responder: `203.0.${(k >> 8) & 255}.${k & 255}`,
      others: [nasty(k + 2)],
      protocol: 'UDP',
      frames: [k * 3 + 1, k * 3 + 2, k * 3 + 3],
      records: 3,
      anomalous: 3,
      reasons: [
        {
          feature: nasty(k + 3),
          value: k,
          expected: 0,
          share: 0.6,
          text: `${nasty(k + 4)} observed ${k}; normal at most 0`,
        },
        { feature: 'nan', value: Number.NaN, expected: Number.POSITIVE_INFINITY, share: 0.1, text: '' },
      ],
      technique: { id: nasty(k), name: nasty(k + 5) },
    }),
  );
  const base = facts();
  return {
    facts: facts({
      sources: NASTY.map((name) => ({
        name,
        format: 'pcap',
        gaps: [{ fromUs: at(1), toUs: at(2), reason: name }],
        warnings: [name],
      })),
      promise: nasty(0),
      stops: [{ stop: nasty(1), count: 2 }],
      talkers: NASTY.map((address, k) => ({ address, records: 10 * k, bytes: 100 * k, anomalous: k })),
      drift: [{ feature: nasty(0), psi: 1, text: nasty(3) }],
      suppressed: { records: 1, incidents: 1, byEntry: [{ entry: nasty(0), incidents: 1 }], latest: [], expired: [] },
      lastUs: at(count / 50 + 3),
      records: count * 3,
      model: { ...base.model, name: nasty(0), sources: NASTY, warnings: NASTY, trainedAt: nasty(1), engine: nasty(2) },
    }),
    incidents,
  };
}
