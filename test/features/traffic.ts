/** Synthetic traffic: a small world in which everything the features look at happens, by a seeded generator. */

import { PacketRecord } from '../../src/table/record.ts';

/** xorshift32: the same sequence for the same seed everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  }

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) / 4294967296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  chance(p: number): boolean {
    return this.next() < p;
  }
}

const NAMES = [
  'www.site1.example',
  'a.b.site2.example',
  'WWW.Site1.Example',
  'x1y2z3.t.tunnel.test',
  'q9w8e7.t.tunnel.test',
  'one.two.three.deep.test',
  'four.five.three.deep.test',
  'local',
  '.',
  '\\001\\.odd\\255.site3.example',
  '1.0.0.10.in-addr.arpa',
];
const PORTS = [22, 53, 80, 443, 123, 1883, 6379, 9000, 33000, 40001, 40002, 51000, 52000];
const MACS = [0x525400a20001, 0x525400a20021, 0x525400a20022, 0x525400a20066, 0x525400a20099];

function ipv4(record: PacketRecord, into: Uint8Array, random: Random): void {
  record.ipVersion = 4;
  into.set(random.chance(0.5) ? [10, 20, 0, random.below(4)] : [203, 0, random.below(2), random.below(4)]);
}

function ipv6(record: PacketRecord, into: Uint8Array, random: Random): void {
  record.ipVersion = 6;
  into.fill(0);
  into.set(random.chance(0.5) ? [0xfe, 0x80] : [0x20, 0x01, 0x0d, 0xb8]);
  into[15] = 1 + random.below(4);
}

function link(record: PacketRecord, random: Random): void {
  record.ethSrc = random.pick(MACS);
  record.ethDst = random.chance(0.05) ? 0xffffffffffff : random.chance(0.05) ? 0x3333000000fb : random.pick(MACS);
}

function transport(record: PacketRecord, random: Random): void {
  record.srcport = random.pick(PORTS);
  record.dstport = random.pick(PORTS);
  record.payloadLen = random.chance(0.4) ? random.below(1400) : 0;
  if (record.payloadLen === 0) return;
  record.payloadEntropy = random.below(8000) / 1000;
  record.payloadPrintable = random.below(1001) / 1000;
}

function tcp(record: PacketRecord, random: Random): void {
  record.ipProto = 6;
  transport(record, random);
  record.tcpFlags = random.pick([0x02, 0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x29, 0xc2]);
  record.tcpWindow = random.below(65536);
  if ((record.tcpFlags & 2) === 0) return;
  record.tcpOptionKinds.set([2, 4, 8, 1, 3]);
  record.tcpOptionCount = random.below(6);
}

function udp(record: PacketRecord, random: Random): void {
  record.ipProto = 17;
  transport(record, random);
  if (random.chance(0.4)) return;
  if (random.chance(0.5)) record.dstport = 53;
  else record.srcport = 53;
  record.dnsResponse = random.below(2);
  record.dnsRcode = random.pick([0, 0, 3]);
  const name = random.pick(NAMES);
  for (let i = 0; i < name.length; i++) record.dnsQryName.bytes[i] = name.charCodeAt(i);
  record.dnsQryName.length = name.length;
}

function ip(record: PacketRecord, random: Random): void {
  const address = random.chance(0.8) ? ipv4 : ipv6;
  address(record, record.ipSrc, random);
  // nobody talks to himself
  do address(record, record.ipDst, random);
  while (record.ipDst.every((byte, i) => byte === record.ipSrc[i] || i >= (record.ipVersion === 4 ? 4 : 16)));
  record.ipTtl = random.pick([64, 64, 64, 128, 255, 63, 1]);
  record.ipDsfield = random.pick([0, 0, 0x10, 0xb8]);
  if (record.ipVersion === 4) {
    record.ipFlags = random.pick([0, 2, 2, 1]);
    record.ipFragOffset = random.chance(0.03) ? 1480 : 0;
  }
  record.ipOptions = random.chance(0.05) ? 1 : 0;
  const kind = random.next();
  if (kind < 0.5) tcp(record, random);
  else if (kind < 0.8) udp(record, random);
  else if (kind < 0.96) {
    record.ipProto = record.ipVersion === 4 ? 1 : 58;
    record.icmpType =
      record.ipVersion === 4 ? random.pick([0, 3, 8, 13, 11]) : random.pick([1, 128, 129, 134, 135, 136]);
    record.icmpCode = random.below(2);
    record.payloadLen = random.below(100);
  } else record.ipProto = random.pick([2, 47, 132]);
}

/** `count` records in time order, gaps mostly short, some of seconds and minutes; a few go back in time. */
export function traffic(seed: number, count: number): PacketRecord[] {
  const random = new Random(seed);
  const records: PacketRecord[] = [];
  let now = 1_700_000_003_123_456;
  for (let i = 0; i < count; i++) {
    const record = new PacketRecord();
    const pause = random.next();
    now += random.below(pause < 0.9 ? 40_000 : pause < 0.995 ? 3_000_000 : 150_000_000);
    record.timestampUs = now - (random.chance(0.01) ? 500 : 0);
    record.frameLen = 42 + random.below(1473);
    record.capLen = Math.min(record.frameLen, 200);
    link(record, random);
    const kind = random.next();
    if (kind < 0.9) ip(record, random);
    else if (kind < 0.98) {
      record.ethType = 0x0806;
      record.arpOpcode = 1 + random.below(2);
      record.arpSrc.set([10, 20, 0, random.below(4)]);
      record.arpDst.set([10, 20, 0, random.below(4)]);
    } else record.ethType = random.pick([0x88cc, 0x893a]);
    records.push(record);
  }
  return records;
}
