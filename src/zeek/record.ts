/**
 * The connection record: one row of a Zeek conn.log as a flat, reusable set of values. A reader fills it, everything
 * downstream only reads it. -1 means "not present" in every number, length 0 in every text.
 * Columns: https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html#type-Conn::Info
 */

import { Key } from '../base/hash.js';
import { TextField } from '../table/record.js';

/** Zeek's connection states; what is none of them is `unknown` (-1). */
export const CONN_STATES = [
  'S0',
  'S1',
  'SF',
  'REJ',
  'S2',
  'S3',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
  'OTH',
] as const;

/** One bit each, by index into CONN_STATES. */
export function stateSet(...names: (typeof CONN_STATES)[number][]): number {
  return names.reduce((set, name) => set | (1 << CONN_STATES.indexOf(name)), 0);
}

/** What stands in the `proto` column; another word is `other`. */
export const PROTOCOLS = ['tcp', 'udp', 'icmp', 'other'] as const;
export const TCP = 0;
export const UDP = 1;
export const ICMP = 2;
export const OTHER = 3;

/** Kinds of key (see Key.start) of a record's hashes: of the originator, the responder, the service and the history. */
export const HASH_KINDS = [1, 1, 1, 2] as const;

const key = new Key();

export class ConnRecord {
  /** µs since the epoch of the first packet, an exact integer; -1 before a row was read */
  timestampUs = -1;
  /** 4 or 6 */
  ipVersion = -1;
  /** 4 or 16 bytes used, by `ipVersion` */
  readonly origH = new Uint8Array(16);
  readonly respH = new Uint8Array(16);
  /** for ICMP: type */
  origP = -1;
  /** for ICMP: code */
  respP = -1;
  /** Zeek's name of the connection, its first bytes; for joining with other logs, never an input */
  readonly uid = new TextField(24);
  /** index into PROTOCOLS */
  proto: number = OTHER;
  /** IP protocol number, -1 where neither `proto` nor `ip_proto` tells it */
  ipProto = -1;
  /** names in alphabetical order, joined by commas */
  readonly service = new TextField(128);
  /** s */
  duration = -1;
  /** B of payload */
  origBytes = -1;
  respBytes = -1;
  /** index into CONN_STATES */
  connState = -1;
  /** 0 or 1 */
  localOrig = -1;
  localResp = -1;
  /** B */
  missedBytes = -1;
  readonly history = new TextField(64);
  origPkts = -1;
  /** B with IP headers */
  origIpBytes = -1;
  respPkts = -1;
  respIpBytes = -1;
  /** of labelled logs; for evaluation and choosing training rows, never an input */
  readonly label = new TextField(64);
  readonly detailedLabel = new TextField(128);
  /** two 32-bit halves each of the hashes of both addresses, the service and the history; see `hash` */
  origHashLow = 0;
  origHashHigh = 0;
  respHashLow = 0;
  respHashHigh = 0;
  serviceHashLow = 0;
  serviceHashHigh = 0;
  historyHashLow = 0;
  historyHashHigh = 0;

  /** Works out the hashes. Readers have done it; who fills a record by hand calls it when addresses and texts are in place. */
  hash(): this {
    const length = this.ipVersion === 4 ? 4 : 16;
    key.start(HASH_KINDS[0]).addBytes(this.origH, 0, length);
    this.origHashLow = key.low;
    this.origHashHigh = key.high;
    key.start(HASH_KINDS[1]).addBytes(this.respH, 0, length);
    this.respHashLow = key.low;
    this.respHashHigh = key.high;
    key.start(HASH_KINDS[2]).addBytes(this.service.bytes, 0, this.service.length);
    this.serviceHashLow = key.low;
    this.serviceHashHigh = key.high;
    key.start(HASH_KINDS[3]).addBytes(this.history.bytes, 0, this.history.length);
    this.historyHashLow = key.low;
    this.historyHashHigh = key.high;
    return this;
  }
}
