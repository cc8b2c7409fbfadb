/**
 * Flows: who opened them and how they went so far. A flow ends after two minutes of silence, or with a new SYN once it
 * was closed or had more than three packets. Bounded; the state of a flow pushed out begins anew.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Endpoint } from '../extractor.js';
import { SlotTable } from '../slot-table.js';
import { isAnswer } from './roles.js';
import { ICMP, ICMPV6, RST, type Scene, TCP } from './scene.js';

export const FLOWS = 65_536;
const SILENCE_SECONDS = 120;
const HANDSHAKE_PACKETS = 3;
const FLOW_KEY = 2;
const FIN = 0x01;

/** Layout of a flow's state, one cache line: times [s], counts, bytes, and bits. */
const STATE = 8;
const STARTED = 0;
const LAST = 1;
const PACKETS = 2;
const BYTES_OUT = 3;
const BYTES_IN = 4;
const UNANSWERED = 5;
const BITS = 6;
const TURNS = 7;
const ANSWERED = 1;
const CLOSED = 2;
/** the initiator is the end that `sorted` puts first */
const INITIATOR_FIRST = 4;
/** who sent the payload last */
const SPOKEN_OUT = 8;
const SPOKEN_IN = 16;

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
  /** per flow, see the layout above */
  private readonly states = new Float64Array(FLOWS * STATE);
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
    const { states } = this;
    const at = slot * STATE;
    this.opens =
      this.table.fresh ||
      seconds - states[at + LAST] > SILENCE_SECONDS ||
      (scene.syn && ((states[at + BITS] & CLOSED) !== 0 || states[at + PACKETS] > HANDSHAKE_PACKETS));
    if (this.opens) {
      const reversed = directed ? answer : isAnswer(record, scene);
      states.fill(0, at, at + STATE);
      states[at + STARTED] = seconds;
      states[at + BITS] = sourceFirst !== reversed ? INITIATOR_FIRST : 0;
    }
    this.fromInitiator = ((states[at + BITS] & INITIATOR_FIRST) !== 0) === sourceFirst;
    this.initiator = this.fromInitiator ? source : destination;
    this.responder = this.fromInitiator ? destination : source;
    this.initiatorPort = this.fromInitiator ? sourcePort : destinationPort;
    this.servicePort = this.fromInitiator ? destinationPort : sourcePort;
    this.count(at, record.frameLen, scene);
  }

  private count(at: number, bytes: number, scene: Scene): void {
    const { states } = this;
    states[at + LAST] = scene.seconds;
    states[at + PACKETS]++;
    if (this.fromInitiator) {
      states[at + BYTES_OUT] += bytes;
      states[at + UNANSWERED]++;
    } else {
      states[at + BYTES_IN] += bytes;
      states[at + BITS] |= ANSWERED;
    }
    if (scene.payload > 0) this.countTurn(at);
    if (scene.protocol === TCP && (scene.flags & (FIN | RST)) !== 0) states[at + BITS] |= CLOSED;
  }

  private countTurn(at: number): void {
    const { states } = this;
    const speaker = this.fromInitiator ? SPOKEN_OUT : SPOKEN_IN;
    if ((states[at + BITS] & speaker) !== 0) return;
    states[at + TURNS]++;
    states[at + BITS] = (states[at + BITS] & ~(SPOKEN_OUT | SPOKEN_IN)) | speaker;
  }

  /** s, on the scene's clock */
  get started(): number {
    return this.states[this.slot * STATE + STARTED];
  }

  get packets(): number {
    return this.states[this.slot * STATE + PACKETS];
  }

  /** B, by the initiator */
  get sent(): number {
    return this.states[this.slot * STATE + BYTES_OUT];
  }

  /** B, by the responder */
  get received(): number {
    return this.states[this.slot * STATE + BYTES_IN];
  }

  get answered(): boolean {
    return (this.states[this.slot * STATE + BITS] & ANSWERED) !== 0;
  }

  /** packets of the initiator */
  get unanswered(): number {
    return this.states[this.slot * STATE + UNANSWERED];
  }

  get turns(): number {
    return this.states[this.slot * STATE + TURNS];
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
