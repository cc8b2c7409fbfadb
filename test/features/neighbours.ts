/** Packets of a small segment, for tests of who is who: hosts by their MAC addresses, as records. */
import { PacketRecord } from '../../src/table/record.ts';

export interface Word {
  /** s */
  at: number;
  mac: number;
  ip: string;
  to?: string;
  toMac?: number;
  /** default: an ARP reply (IPv4) or a neighbour advertisement (IPv6), unless `data` */
  data?: boolean;
  ask?: boolean;
  dhcp?: boolean;
  vlan?: number;
}

const BROADCAST = 0xffffffffffff;

function put(text: string, into: Uint8Array): void {
  if (!text.includes(':')) {
    into.set(text.split('.').map(Number));
    return;
  }
  const [head, tail = ''] = text.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(head), words(tail)];
  [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last].forEach((word, i) => {
    into[2 * i] = word >> 8;
    into[2 * i + 1] = word & 255;
  });
}

export function packet(word: Word): PacketRecord {
  const {
    at,
    mac,
    ip,
    to = ip.includes(':') ? 'fe80::99' : '10.20.0.99',
    toMac = 0x99,
    data,
    ask,
    dhcp,
    vlan = -1,
  } = word;
  const record = new PacketRecord();
  record.timestampUs = 1_700_000_000e6 + Math.round(at * 1e6);
  record.frameLen = record.capLen = 60;
  record.ethSrc = mac;
  record.vlanId = vlan;
  record.ethDst = ask || dhcp ? BROADCAST : toMac;
  if (!data && !dhcp && !ip.includes(':')) {
    record.ethType = 0x0806;
    record.arpOpcode = ask ? 1 : 2;
    put(ip, record.arpSrc);
    put(to, record.arpDst);
    return record;
  }
  record.ipVersion = ip.includes(':') ? 6 : 4;
  put(ip, record.ipSrc);
  put(to, record.ipDst);
  record.ipTtl = 255;
  record.ipProto = 17;
  record.payloadLen = 20;
  if (dhcp) [record.srcport, record.dstport] = [68, 67];
  else if (data) [record.srcport, record.dstport] = [40_000, 53];
  else [record.ipProto, record.icmpType, record.icmpCode] = [58, 136, 0];
  return record;
}
