import { describe, expect, it } from 'vitest';
import { figureWithNoun } from '../../src/detect/evidence/figure.js';
import { STATISTICS } from '../../src/detect/evidence/statistics.js';
import { featureWords } from '../../src/detect/incidents/feature-words.js';
import { ConnectionFeatures } from '../../src/features/connection/index.js';
import type { FeatureColumn } from '../../src/features/extractor.js';
import { PacketFeatures } from '../../src/features/packet/index.js';
import type { FeatureReference } from '../../src/model/survey.js';

const ALL = [new PacketFeatures({ novelty: true }), new ConnectionFeatures({ novelty: true })].flatMap(
  ({ schema }) => schema.columns,
);
const column = (name: string): FeatureColumn => ALL.find((each) => each.name === name) as FeatureColumn;

/** As a survey would tell of a column that was 0 in a part of training and rose evenly to `max` in the rest. */
function training(zeros: number, max: number, q999 = max): FeatureReference {
  const median = zeros >= 0.5 ? 0 : max * 0.3;
  return zeros >= 0.1
    ? { median, q999, min: 0, max, edges: [0], shares: [zeros, 1 - zeros] }
    : { median, q999, min: 0, max, edges: [max / 2], shares: [0.5, 0.5] };
}

const words = (name: string, raw: number, of: FeatureReference): string => featureWords(column(name), of, raw).text;
const ln = Math.log1p;

describe('a feature in words', () => {
  it.each<[string, number, FeatureReference, string]>([
    ['tcp_rst', 1, training(0.988, 1), 'TCP flag RST: yes, as in 1.2 % of training'],
    ['tcp_rst', 1, training(1, 1), 'TCP flag RST: yes, as in under 0.01 % of training'],
    ['tcp_urg', 1, training(1, 0), 'TCP flag URG: yes; never so in training'],
    ['tcp_ack', 0, training(0.031, 1), 'TCP flag ACK: no, as in less than 10 % of training'],
    [
      'protocol_udp',
      1,
      training(0.88, 1),
      'protocol UDP: yes, as in 12 % of training, but hardly in traffic that is otherwise like this',
    ],
    ['state_S0', 1, training(0.97, 1), 'connection state S0: yes, as in 3 % of training'],
    [
      'initiator_flows',
      ln(976),
      training(0.2, ln(121)),
      'flows that the initiator opened, in 60 s: 976 flows; never above 121 flows in training',
    ],
    [
      'initiator_flows',
      ln(130),
      training(0.2, ln(300), ln(121)),
      'flows that the initiator opened, in 60 s: 130 flows; at most 121 flows in 99.9 % of training',
    ],
    [
      'initiator_responders',
      ln(40),
      training(0.2, ln(1)),
      'distinct responders of the initiator, in 60 s: 40 hosts; never above 1 host in training',
    ],
    ['dscp', 46 / 63, training(0.983, 1), 'differentiated services code point: 46; 0 in 98.3 % of training'],
    [
      'frame_length',
      ln(66),
      {
        median: ln(1514),
        q999: ln(1514),
        min: ln(42),
        max: ln(1514),
        edges: [ln(60), ln(900)],
        shares: [0.1, 0.3, 0.6],
      },
      'length on the wire: 66 B; usual alone (half of training has at most 1.51 kB), but hardly in traffic that is otherwise like this',
    ],
    [
      'ttl',
      1 / 255,
      { median: 64 / 255, q999: 128 / 255, min: 60 / 255, max: 128 / 255, edges: [64 / 255], shares: [0.9, 0.1] },
      'time to live or hop limit: 1; never below 60 in training',
    ],
    [
      'remote_gap_variation_1s',
      3.2,
      training(0.2, 2),
      'spread by mean of times between packets of about the last second, at most 10 (this remote and direction): 3.2; never above 2 in training',
    ],
    [
      'rarity_header',
      Math.log2(5300),
      training(0.05, Math.log2(40)),
      'protocol and TCP flags: rarer than anything in training (about one in 5,300)',
    ],
    [
      'rarity_header',
      Math.log2(64),
      training(0.05, 9, 5),
      'protocol and TCP flags: hardly ever so in training (about one in 64)',
    ],
    [
      'rarity_header',
      3,
      training(0.05, 9),
      'protocol and TCP flags: usual alone (about one in 8 in training), but hardly in traffic that is otherwise like this',
    ],
    [
      'rarity_header',
      0.1,
      training(0.05, 9),
      'protocol and TCP flags: usual alone (nearly always so in training), but hardly in traffic that is otherwise like this',
    ],
  ])('%s of %d', (name, raw, of, text) => {
    expect(words(name, raw, of)).toBe(text);
  });

  it('has no unit of the net, no plural of one and nothing unknown in it, whichever it is', () => {
    for (const each of ALL) {
      const high = each.binary ? 1 : each.unit.startsWith('ln ') ? ln(1) : 1;
      for (const raw of [0, high, high * 3]) {
        for (const of of [
          training(0.95, high),
          training(0.2, high),
          training(0, high),
          training(0.95, high * 3, high),
        ]) {
          const { text, expected } = featureWords(each, of, raw);
          expect(text, each.name).not.toMatch(/0\/1|\bln\b|\bratio\b|unknown|undefined|NaN|: 1 [a-z]+[^s\W]s\b/);
          expect(Number.isFinite(expected), each.name).toBe(true);
        }
      }
    }
  });

  it('lies beyond training above all but one in a thousand, and below the least', () => {
    const of = { ...training(0.2, 5, 4), min: 1 };
    expect([0.5, 1, 4, 4.5, 6].map((raw) => featureWords(column('initiator_flows'), of, raw).beyond)).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
  });
});

it('evidence of one is told in the singular', () => {
  const told = Object.values(STATISTICS)
    .flat()
    .filter(({ unit }) => unit === '')
    .map((statistic) => figureWithNoun(statistic, 1));
  expect(told).toContain('1 service tried that training did not have');
  expect(told).toContain('1 half-open connection');
  expect(told.filter((text) => /^1 (half-open |echo )?[a-z]+[^s\W]s\b/.test(text))).toEqual([]);
});
