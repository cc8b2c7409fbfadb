/**
 * Flows: who opened them and how they went so far. A flow ends after two minutes of silence, or with a new SYN once it
 * was closed or had more than three packets. Bounded; the state of a flow pushed out begins anew.
 */

import type { PacketRecord } from '../../table/record.js';
import { Key } from '../hash.js';
import { lg, lgCount } from '../numeric.js';
import { SlotTable } from '../slot-table.js';
import type { Endpoint, FeatureColumn } from '../types.js';
import { isAnswer } from './roles.js';
import { ICMP, ICMPV6, RST, type Scene, TCP } from './scene.js';

export const FLOWS = 65_536;
const SILENCE_SECONDS = 120;
const HANDSHAKE_PACKETS = 3;
const FLOW_KEY = 2;
const FIN = 0x01;

export const FLOW_COLUMNS: readonly FeatureColumn[] = [
  { name: 'flow_age', unit: 'ln s', doc: 'time since the flow began', group: 'flow', binary: false },
  { name: 'flow_packets', unit: 'ln packets', doc: 'packets of the flow so far', group: 'flow', binary: false },
  {
    name: 'flow_bytes_out',
    unit: 'ln B',
    doc: 'bytes from initiator to responder so far',
    group: 'flow',
    binary: false,
  },
  {
    name: 'flow_bytes_in',
    unit: 'ln B',
    doc: 'bytes from responder to initiator so far',
    group: 'flow',
    binary: false,
  },
  { name: 'flow_out_share', unit: 'share', doc: "initiator's part of the flow's bytes", group: 'flow', binary: false },
  {
    name: 'flow_unanswered',
    unit: 'ln packets',
    doc: "initiator's packets while nothing came back",
    group: 'flow',
    binary: false,
  },
];

export class Flows {
  /** of the record last given to `follow` */
  slot = 0;
  opens = false;
  fromInitiator = true;
  initiator: Endpoint;
  responder: Endpoint;
  initiatorPort = -1;
  servicePort = -1;
  private readonly table = new SlotTable(FLOWS);
  private readonly started = new Float64Array(FLOWS);
  private readonly last = new Float64Array(FLOWS);
  private readonly packets = new Float64Array(FLOWS);
  private readonly bytesOut = new Float64Array(FLOWS);
  private readonly bytesIn = new Float64Array(FLOWS);
  private readonly unanswered = new Float64Array(FLOWS);
  private readonly answered = new Uint8Array(FLOWS);
  private readonly closed = new Uint8Array(FLOWS);
  /** the initiator is the end that `sorted` puts first */
  private readonly initiatorFirst = new Uint8Array(FLOWS);
  private readonly key = new Key();

  constructor(scene: Scene) {
    this.initiator = scene.source;
    this.responder = scene.destination;
  }

  /** Finds or opens the record's flow, counts the record in it and sets the fields above. */
  follow(record: PacketRecord, scene: Scene): void {
    const { key } = this;
    const { source, destination, sourcePort, destinationPort, seconds } = scene;
    // every ICMP message tells its own role, so its two directions of asking are two flows
    const directed = scene.protocol === ICMP || scene.protocol === ICMPV6;
    const answer = directed && isAnswer(record, scene);
    const sourceFirst = directed ? !answer : sorted(source, sourcePort, destination, destinationPort);
    const first = sourceFirst ? source : destination;
    const second = sourceFirst ? destination : source;
    key
      .start(FLOW_KEY)
      .add(scene.protocol * 256 + (record.ipProto & 255))
      .addPair(first.hashLow, first.hashHigh)
      .addPair(second.hashLow, second.hashHigh)
      .add(sourceFirst ? sourcePort : destinationPort)
      .add(sourceFirst ? destinationPort : sourcePort);
    const slot = this.table.claim(key.low, key.high, scene.tick);
    this.slot = slot;
    this.opens =
      this.table.fresh ||
      seconds - this.last[slot] > SILENCE_SECONDS ||
      (scene.syn && (this.closed[slot] === 1 || this.packets[slot] > HANDSHAKE_PACKETS));
    if (this.opens) {
      this.open(slot, seconds);
      const reversed = directed ? answer : isAnswer(record, scene);
      this.initiatorFirst[slot] = sourceFirst !== reversed ? 1 : 0;
    }
    this.fromInitiator = (this.initiatorFirst[slot] === 1) === sourceFirst;
    this.initiator = this.fromInitiator ? source : destination;
    this.responder = this.fromInitiator ? destination : source;
    this.initiatorPort = this.fromInitiator ? sourcePort : destinationPort;
    this.servicePort = this.fromInitiator ? destinationPort : sourcePort;
    this.count(slot, record.frameLen, seconds);
    if (scene.protocol === TCP && (scene.flags & (FIN | RST)) !== 0) this.closed[slot] = 1;
  }

  private open(slot: number, seconds: number): void {
    this.started[slot] = seconds;
    this.packets[slot] = this.bytesOut[slot] = this.bytesIn[slot] = this.unanswered[slot] = 0;
    this.answered[slot] = this.closed[slot] = 0;
  }

  private count(slot: number, bytes: number, seconds: number): void {
    this.last[slot] = seconds;
    this.packets[slot]++;
    if (this.fromInitiator) {
      this.bytesOut[slot] += bytes;
      this.unanswered[slot]++;
    } else {
      this.bytesIn[slot] += bytes;
      this.answered[slot] = 1;
    }
  }

  write(scene: Scene, out: Float32Array, at: number): number {
    const { slot } = this;
    const sent = this.bytesOut[slot];
    const received = this.bytesIn[slot];
    out[at] = lg(scene.seconds - this.started[slot]);
    out[at + 1] = lgCount(this.packets[slot]);
    out[at + 2] = lg(sent);
    out[at + 3] = lg(received);
    out[at + 4] = sent + received > 0 ? sent / (sent + received) : 0.5;
    out[at + 5] = this.answered[slot] === 1 ? 0 : lgCount(this.unanswered[slot]);
    return at + 6;
  }

  clear(): void {
    this.table.clear();
  }
}

/** A fixed order of the two ends of a flow, the same for both directions. */
function sorted(a: Endpoint, aPort: number, b: Endpoint, bPort: number): boolean {
  if (a.hashLow !== b.hashLow) return a.hashLow < b.hashLow;
  if (a.hashHigh !== b.hashHigh) return a.hashHigh < b.hashHigh;
  return aPort <= bPort;
}
