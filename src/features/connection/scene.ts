/** What the groups of features need of one connection, worked out once. Reused for every record. */

import { CONN_STATES, type ConnRecord, ICMP, TCP, UDP } from '../../zeek/record.js';
import type { LocalAddresses } from '../packet/local.js';
import { TICKS_PER_SECOND } from '../slot-table.js';
import { type Endpoint, INBOUND, INTERNAL, OUTBOUND, TRANSIT } from '../types.js';
import { BUCKET_SECONDS } from '../window.js';

const state = (name: (typeof CONN_STATES)[number]): number => CONN_STATES.indexOf(name);
/** attempts that came to nothing: no answer, refused, or reset before they were established */
const FAILED = new Uint8Array(CONN_STATES.length);
for (const name of ['S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH'] as const) FAILED[state(name)] = 1;
const UNANSWERED = new Uint8Array(CONN_STATES.length);
for (const name of ['S0', 'RSTOS0', 'SH'] as const) UNANSWERED[state(name)] = 1;
const REJECTED = state('REJ');

export class ConnScene {
  /** µs; a log is written in the order of connections' ends, this clock never goes back */
  timestampUs = 0;
  /** the same since the first record, in 1/16 s and in 10 s */
  tick = 0;
  bucket = 0;
  /** index into PROTOCOLS of the connection record */
  protocol = 0;
  /** -1 where the protocol has none */
  servicePort = -1;
  /** to one host, not to a group or to all */
  unicast = true;
  origLocal = false;
  respLocal = false;
  direction: typeof OUTBOUND | typeof INBOUND | typeof INTERNAL | typeof TRANSIT = TRANSIT;
  /** an attempt at one host that came to nothing */
  failed = false;
  unanswered = false;
  rejected = false;
  private startUs = Number.NaN;

  constructor(
    readonly initiator: Endpoint,
    readonly responder: Endpoint,
  ) {}

  /** Forgets the clock: the next record is at 0 s. */
  restart(): void {
    this.startUs = Number.NaN;
    this.timestampUs = 0;
  }

  set(record: ConnRecord, local: LocalAddresses): void {
    if (Number.isNaN(this.startUs)) this.startUs = record.timestampUs;
    if (record.timestampUs > this.timestampUs) this.timestampUs = record.timestampUs;
    const seconds = (this.timestampUs - this.startUs) / 1e6;
    this.tick = Math.floor(seconds * TICKS_PER_SECOND) | 0;
    this.bucket = Math.floor(seconds / BUCKET_SECONDS);
    const length = record.ipVersion === 4 ? 4 : 16;
    setAddress(this.initiator, record.origH, length, record.origHashLow, record.origHashHigh);
    setAddress(this.responder, record.respH, length, record.respHashLow, record.respHashHigh);
    this.protocol = record.proto;
    this.servicePort = record.proto === TCP || record.proto === UDP ? record.respP : -1;
    this.unicast = isUnicast(this.responder);
    // what the sensor was told about its networks counts more than a guess by address ranges
    this.origLocal = record.localOrig < 0 ? local.has(this.initiator) : record.localOrig === 1;
    this.respLocal = !this.unicast || (record.localResp < 0 ? local.has(this.responder) : record.localResp === 1);
    if (this.origLocal) this.direction = this.respLocal ? INTERNAL : OUTBOUND;
    else this.direction = this.respLocal ? INBOUND : TRANSIT;
    const known = record.connState >= 0 && this.unicast && record.proto !== ICMP;
    this.failed = known && FAILED[record.connState] === 1;
    this.unanswered = known && UNANSWERED[record.connState] === 1;
    this.rejected = known && record.connState === REJECTED;
  }
}

function setAddress(end: Endpoint, bytes: Uint8Array, length: 4 | 16, hashLow: number, hashHigh: number): void {
  end.family = length === 4 ? 4 : 6;
  for (let i = 0; i < length; i++) end.bytes[i] = bytes[i];
  end.hashLow = hashLow;
  end.hashHigh = hashHigh;
}

/** Neither multicast nor the limited broadcast, nor what is by convention a network's broadcast address. */
function isUnicast({ family, bytes }: Endpoint): boolean {
  if (family === 6) return bytes[0] !== 0xff;
  return bytes[0] < 224 && bytes[3] !== 255;
}
