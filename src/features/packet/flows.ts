/**
 * Flows: who began them and how they went so far. A TCP connection is one flow for as long as it lives, however long it is
 * silent; a SYN begins the next one where the last was closed, had more than three packets, or was joined in its middle.
 * Other flows end after two minutes of silence, and who began is remembered. Bounded; the state of a flow pushed out
 * begins anew.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Endpoint } from '../extractor.js';
import { SlotTable } from '../slot-table.js';
import { isAnswer, seemsAnswer } from './roles.js';
import { FIN, ICMP, ICMPV6, RST, type Scene, TCP } from './scene.js';

export const FLOWS = 65_536;
/** More than the 64 s that Linux waits at most between two SYNs of one attempt. */
const SILENCE_SECONDS = 120;
/**
 * A living connection may be silent for so long: RFC 1122, 4.2.3.6, asks for two hours at least before the first
 * keep-alive, and Linux then gives it up after nine probes 75 s apart.
 */
export const KEEP_ALIVE_SECONDS = 2 * 3600 + 9 * 75;
const HANDSHAKE_PACKETS = 3;
const FLOW_KEY = 2;

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
/** its beginning was seen */
const BEGUN = 32;
/** it had more packets than a handshake */
const GROWN = 64;
/** joined in its middle with nothing but a bare ACK, not answered so far; and the sender is the end that `sorted` puts first */
const SOUGHT = 128;
const SEEKER_FIRST = 256;
/** what stays when its counts begin anew */
const IDENTITY = CLOSED | INITIATOR_FIRST | BEGUN | GROWN | SOUGHT | SEEKER_FIRST;

export class Flows {
  /** of the record last given to `follow` */
  slot = 0;
  /** the first record that is known of the flow */
  starts = false;
  /** the counts of the flow begin anew: it starts, or goes on after a silence, or was followed for long enough */
  anew = false;
  /** the flow is opened by this record: its first, and its beginning */
  opens = false;
  /** the beginning of the flow was seen; else who is the initiator is a guess */
  begun = false;
  /** the record tells that nothing was there: the initiator's bare ACK was a probe */
  refused = false;
  fromInitiator = true;
  initiator: Endpoint;
  responder: Endpoint;
  initiatorPort = -1;
  servicePort = -1;
  /** s; a flow's counts begin anew when they are older, since in training they never were; 0: not known */
  longest = 0;
  private readonly table = new SlotTable(FLOWS, KEEP_ALIVE_SECONDS);
  /** per flow, see the layout above */
  private readonly states = new Float64Array(FLOWS * STATE);
  private readonly key = new Key();

  constructor(scene: Scene) {
    this.initiator = scene.source;
    this.responder = scene.destination;
  }

  /** Finds or opens the record's flow, counts the record in it and sets the fields above. */
  follow(record: PacketRecord, scene: Scene): void {
    const { key, states } = this;
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
    this.slot = this.table.claim(key.low, key.high, scene.tick);
    const at = this.slot * STATE;
    const fresh = this.table.fresh;
    const silent = !fresh && seconds - states[at + LAST] > SILENCE_SECONDS;
    // fragments without a header are of no connection that could be told from another
    const connected = scene.protocol === TCP && sourcePort >= 0;
    this.starts = fresh || (connected ? this.isBeginning(scene, at, silent) : silent);
    const remembered = !fresh && !connected && (states[at + BITS] & BEGUN) !== 0;
    if (this.starts && !remembered) {
      const guessed = connected ? !scene.syn && !scene.probe : !directed && seemsAnswer(scene);
      const reversed = directed ? answer : guessed && seemsAnswer(scene);
      states[at + BITS] = (sourceFirst !== reversed ? INITIATOR_FIRST : 0) | (guessed ? 0 : BEGUN);
      if (guessed && scene.bareAck) states[at + BITS] |= SOUGHT | (sourceFirst ? SEEKER_FIRST : 0);
    }
    this.refused = !this.starts && this.settles(at, scene, sourceFirst);
    const old = this.longest > 0 && seconds - states[at + STARTED] > this.longest;
    this.anew = this.starts || silent || old;
    if (this.anew) this.recount(at, seconds);
    this.begun = (states[at + BITS] & BEGUN) !== 0;
    this.fromInitiator = ((states[at + BITS] & INITIATOR_FIRST) !== 0) === sourceFirst;
    this.opens = this.starts && this.begun && (!remembered || directed || this.fromInitiator);
    this.initiator = this.fromInitiator ? source : destination;
    this.responder = this.fromInitiator ? destination : source;
    this.initiatorPort = this.fromInitiator ? sourcePort : destinationPort;
    this.servicePort = this.fromInitiator ? destinationPort : sourcePort;
    this.count(at, record.frameLen, scene);
  }

  /** Whether a TCP record begins another connection in a flow that is known. */
  private isBeginning(scene: Scene, at: number, silent: boolean): boolean {
    const bits = this.states[at + BITS];
    if (scene.syn) return silent || (bits & BEGUN) === 0 || (bits & (CLOSED | GROWN)) !== 0;
    return scene.probe && !scene.synAck && (silent || (bits & CLOSED) !== 0);
  }

  /** What came after a bare ACK; true when it is a reset: whoever sent the ACK asked. */
  private settles(at: number, scene: Scene, sourceFirst: boolean): boolean {
    const { states } = this;
    const bits = states[at + BITS];
    if ((bits & SOUGHT) === 0) return false;
    const seekerFirst = (bits & SEEKER_FIRST) !== 0;
    if (sourceFirst === seekerFirst && scene.bareAck) return false;
    states[at + BITS] &= ~SOUGHT;
    if (sourceFirst === seekerFirst || !scene.bareReset) return false;
    states[at + BITS] = (states[at + BITS] & ~INITIATOR_FIRST) | (seekerFirst ? INITIATOR_FIRST : 0);
    return true;
  }

  /** The flow's counts begin anew. */
  private recount(at: number, seconds: number): void {
    const { states } = this;
    const bits = states[at + BITS] & IDENTITY;
    states.fill(0, at, at + STATE);
    states[at + STARTED] = seconds;
    states[at + BITS] = bits;
  }

  private count(at: number, bytes: number, scene: Scene): void {
    const { states } = this;
    states[at + LAST] = scene.seconds;
    if (++states[at + PACKETS] > HANDSHAKE_PACKETS) states[at + BITS] |= GROWN;
    if (this.fromInitiator) {
      states[at + BYTES_OUT] += bytes;
      states[at + UNANSWERED]++;
    } else {
      states[at + BYTES_IN] += bytes;
      states[at + BITS] |= ANSWERED;
    }
    if (scene.payload > 0) this.countTurn(at);
    if (scene.protocol !== TCP) return;
    if ((scene.flags & (FIN | RST)) !== 0) states[at + BITS] |= CLOSED;
    // neither what is closed nor an attempt, however often it is repeated or answered, takes the place of what lives
    if (scene.syn || scene.synAck || (states[at + BITS] & CLOSED) !== 0) this.table.discount();
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
