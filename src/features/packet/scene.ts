/** What the groups of features need of one record, worked out once: time, ends, kinds. Reused for every record. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { Endpoint } from '../extractor.js';
import type { LocalAddresses } from '../local.js';
import { tickOf } from '../slot-table.js';
import { BUCKET_SECONDS } from '../window.js';
import { DnsName } from './names.js';

export const TCP = 0;
export const UDP = 1;
export const ICMP = 2;
export const ICMPV6 = 3;
export const ARP = 4;
export const OTHER_IP = 5;
export const NOT_IP = 6;

export const UNICAST = 0;
export const MULTICAST = 1;
export const BROADCAST = 2;

const IP_PROTOCOLS = new Uint8Array(256).fill(OTHER_IP);
IP_PROTOCOLS[6] = TCP;
IP_PROTOCOLS[17] = UDP;
IP_PROTOCOLS[1] = ICMP;
IP_PROTOCOLS[58] = ICMPV6;

/** Cards with several queues and captures by several threads give packets out of order by less than this. */
export const DISORDER_SECONDS = 1;

export const FIN = 0x01;
const SYN = 0x02;
export const RST = 0x04;
const ACK = 0x10;
const URG = 0x20;

const ADDRESS_KEY = 1;
const key = new Key();

export class Scene {
  /** s since the first record, by the clock that never goes back */
  seconds = 0;
  /** the same in 1/16 s and in 10 s */
  tick = 0;
  bucket = 0;
  /** TCP … NOT_IP */
  protocol = NOT_IP;
  readonly source = new Endpoint();
  readonly destination = new Endpoint();
  sourcePort = -1;
  destinationPort = -1;
  cast: typeof UNICAST | typeof MULTICAST | typeof BROADCAST = UNICAST;
  /** for the direction a group or broadcast address counts as local */
  sourceLocal = false;
  destinationLocal = false;
  /** B */
  payload = 0;
  /** TCP flags, 8 bits, or 0 */
  flags = 0;
  fragment = false;
  /** the flag bits that tell an opening: SYN without ACK, SYN with ACK */
  syn = false;
  synAck = false;
  /**
   * Flags that no TCP sends: neither SYN nor RST, and no ACK, which every segment of a connection has (RFC 9293, 3.1;
   * NULL, FIN and Xmas scans), or a SYN with ACK that ends or resets the connection too, or is urgent.
   */
  probe = false;
  /** a segment of a connection without data that asks for nothing new: ACK, perhaps with FIN */
  bareAck = false;
  /** the answer to a segment of no connection: RST without ACK (RFC 9293, 3.5.2) */
  bareReset = false;
  /** of a DNS record: the name asked for */
  readonly name = new DnsName();
  private startUs = Number.NaN;

  /** The next record is at 0 s. */
  restart(): void {
    this.startUs = Number.NaN;
  }

  /** @param clockUs time of the record, never less than at the call before */
  set(record: PacketRecord, clockUs: number, local: LocalAddresses): void {
    if (Number.isNaN(this.startUs)) this.startUs = clockUs;
    this.seconds = (clockUs - this.startUs) / 1e6;
    this.tick = tickOf(this.seconds);
    this.bucket = Math.floor(this.seconds / BUCKET_SECONDS);
    this.setEnds(record, local);
    this.payload = record.payloadLen > 0 ? record.payloadLen : 0;
    this.flags = record.tcpFlags > 0 ? record.tcpFlags & 0xff : 0;
    this.syn = (this.flags & (SYN | ACK)) === SYN;
    this.synAck = (this.flags & (SYN | ACK)) === (SYN | ACK);
    const { flags } = this;
    const headed = record.tcpFlags >= 0;
    this.probe = headed && ((flags & (SYN | RST | ACK)) === 0 || (this.synAck && (flags & (FIN | RST | URG)) !== 0));
    this.bareAck = (flags & (SYN | RST | ACK)) === ACK && this.payload === 0;
    this.bareReset = (flags & (RST | ACK)) === RST;
    if (record.dnsResponse >= 0) this.name.read(record.dnsQryName.bytes, record.dnsQryName.length);
    this.fragment = record.ipFragOffset > 0 || (record.ipFlags > 0 && (record.ipFlags & 1) !== 0);
  }

  private setEnds(record: PacketRecord, local: LocalAddresses): void {
    const { source, destination } = this;
    this.sourcePort = record.srcport;
    this.destinationPort = record.dstport;
    if (record.ipVersion > 0) {
      const length = record.ipVersion === 4 ? 4 : 16;
      setAddress(source, record.ipSrc, length);
      setAddress(destination, record.ipDst, length);
      this.protocol = record.ipProto >= 0 && record.ipProto < 256 ? IP_PROTOCOLS[record.ipProto] : OTHER_IP;
    } else if (record.arpOpcode >= 0) {
      setAddress(source, record.arpSrc, 4);
      setAddress(destination, record.arpDst, 4);
      this.protocol = ARP;
    } else {
      setMac(source, record.ethSrc);
      setMac(destination, record.ethDst);
      this.protocol = NOT_IP;
    }
    this.cast = castOf(record, destination);
    source.local = local.has(source);
    destination.local = local.has(destination);
    this.sourceLocal = source.local;
    this.destinationLocal = this.cast !== UNICAST || destination.local;
  }
}

function setAddress(end: Endpoint, bytes: Uint8Array, length: number): void {
  end.family = length === 4 ? 4 : 6;
  for (let i = 0; i < length; i++) end.bytes[i] = bytes[i];
  const { low, high } = addressKey(bytes, 0, length);
  end.hashLow = low;
  end.hashHigh = high;
}

/** The key that endpoints of that address have; valid until the next call. */
export function addressKey(bytes: Uint8Array, from: number, length: number): Key {
  return key.start(ADDRESS_KEY).addBytes(bytes, from, length);
}

function setMac(end: Endpoint, mac: number): void {
  end.family = mac < 0 ? 0 : 48;
  const high = mac < 0 ? 0 : (mac / 4294967296) | 0;
  const low = mac < 0 ? 0 : mac | 0;
  end.bytes[0] = high >> 8;
  end.bytes[1] = high;
  end.bytes[2] = low >> 24;
  end.bytes[3] = low >> 16;
  end.bytes[4] = low >> 8;
  end.bytes[5] = low;
  key.start(ADDRESS_KEY).addBytes(end.bytes, 0, 6);
  end.hashLow = key.low;
  end.hashHigh = key.high;
}

/** By the MAC address; where there is none, by the IP address. */
function castOf(record: PacketRecord, destination: Endpoint): typeof UNICAST | typeof MULTICAST | typeof BROADCAST {
  if (record.ethDst >= 0) {
    if (record.ethDst === 0xffffffffffff) return BROADCAST;
    return ((record.ethDst / 0x10000000000) & 1) === 1 ? MULTICAST : UNICAST;
  }
  const first = destination.bytes[0];
  if (destination.family === 6) return first === 0xff ? MULTICAST : UNICAST;
  if (destination.family !== 4) return UNICAST;
  if (first >= 224 && first < 240) return MULTICAST;
  return first === 255 && destination.bytes[1] === 255 && destination.bytes[2] === 255 && destination.bytes[3] === 255
    ? BROADCAST
    : UNICAST;
}

/** Writes one end over another. */
export function copyEndpoint(from: Endpoint, to: Endpoint): void {
  to.family = from.family;
  for (let i = 0; i < 4; i++) to.words[i] = from.words[i];
  to.hashLow = from.hashLow;
  to.hashHigh = from.hashHigh;
  to.local = from.local;
}
