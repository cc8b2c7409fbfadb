/** Synthetic connections: a small world in which everything that the features look at happens, by a seeded generator. */

import { CONN_STATES, ConnRecord, ICMP, OTHER } from '../../../src/zeek/record.ts';
import { Random } from '../traffic.ts';

const V4 = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
  [172, 16, 9, 1],
  [169, 254, 1, 1],
  [192, 0, 2, 7],
  [192, 0, 2, 8],
  [203, 0, 113, 50],
  [239, 1, 1, 1],
  [10, 0, 0, 255],
  [172, 32, 0, 1],
];
const V6 = ['20010db8000100000000000000000001', 'fd000000000000000000000000000005', 'ff020000000000000000000000000001'];
const HISTORIES = [
  '',
  'S',
  'ShADadFf',
  '^dD',
  'C',
  'Ar',
  'Aa',
  'ShADadttTfFr',
  'CcGgWwIiQq',
  `S${'D'.repeat(30)}`,
  'xyz%',
];
const SERVICES = ['', 'ssl', 'dns', 'http,ssl'];
const SIZES = [-1, 0, 1, 3, 7, 250, 1447, 4095, 4096, 5793, 70_000, 3e9, 4.2e12];

export function setText(field: { bytes: Uint8Array; length: number }, value: string): void {
  for (let i = 0; i < value.length; i++) field.bytes[i] = value.charCodeAt(i);
  field.length = value.length;
}

export function connections(seed: number, count: number): ConnRecord[] {
  const random = new Random(seed);
  let clockUs = 1.7e15;
  const address = (six: boolean): Uint8Array =>
    six ? Buffer.from(random.pick(V6), 'hex') : Uint8Array.from(random.pick(V4));
  return Array.from({ length: count }, () => {
    const r = new ConnRecord();
    clockUs += Math.round(random.pick([0, 1e3, 4e5, 2e6, 2e6, 11e6, random.chance(0.1) ? 90e6 : 0]));
    const six = random.chance(0.15);
    // rows come in the order of ends: some began long before
    r.timestampUs = clockUs - (random.chance(0.1) ? random.below(30e6) : 0);
    r.ipVersion = six ? 6 : 4;
    r.origH.set(address(six));
    r.respH.set(address(six));
    r.proto = random.pick([0, 0, 0, 1, 1, ICMP, OTHER]);
    r.ipProto = [6, 17, 1, random.pick([47, 132, -1])][r.proto];
    r.origP = r.proto === ICMP ? random.pick([8, 0, 128, 3]) : 40_000 + random.below(20);
    r.respP =
      r.proto === ICMP ? random.below(3) : random.pick([22, 53, 443, 1023, 1024, 8080, 30_000 + random.below(60)]);
    r.duration = random.pick([-1, 0, 0.000002, 0.25, 1, 3.999, 4.097, 8000.5, random.next()]);
    r.origBytes = random.pick(SIZES);
    r.respBytes = random.pick(SIZES);
    r.missedBytes = random.pick([-1, 0, 0, 17]);
    r.origPkts = random.pick([-1, 0, 1, 2, 9, 5000]);
    r.respPkts = random.pick([-1, 0, 1, 2, 9, 5000]);
    r.origIpBytes = random.pick([-1, 0, 60, 1201, 9e9]);
    r.respIpBytes = random.pick([-1, 0, 60, 1201, 9e9]);
    r.connState = random.below(CONN_STATES.length + 1) - 1;
    r.localOrig = random.pick([-1, -1, 0, 1]);
    r.localResp = random.pick([-1, -1, 0, 1]);
    setText(r.history, random.pick(HISTORIES));
    setText(r.service, random.pick(SERVICES));
    return r.hash();
  });
}
