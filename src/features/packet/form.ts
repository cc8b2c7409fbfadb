/**
 * What kind of input a packet is of, as bits (see forms.ts), from what the packet table holds.
 *
 * Whether both directions are captured is told flow by flow, so that no flood of packets can tell it: a flow settles it once
 * SETTLED packets of it have acknowledged something, for they say that the other side spoke, and again every AGAIN packets.
 * A SYN says nothing of the kind, and a RST answers anything.
 *
 * Whether all packets are captured, and each once, is told by how a flow begins: who answers a SYN sent a SYN with ACK before
 * anything else, and whoever answers that had sent a SYN. A SYN that comes again at once is the same one, captured twice; where the
 * flow has settled without that, its packets come once.
 */
import type { PacketRecord } from '../../table/record.js';
import { BEGINS, BOTH_SIDES, ONCE, PACKET_FORM, REPEATS, SETTLES, WHOLE_BEGINNING } from '../forms.js';
import { FLOWS, type Flows } from './flows.js';
import { NOT_IP, RST, type Scene, TCP, UDP } from './scene.js';

const SYN = 0x02;
const ACK = 0x10;
/** what a client sends at least when it opens, asks once and closes: ACK, question, ACK, FIN */
const SETTLED = 4;
/** more than one side may send without a word of the other: initial window of 10 segments (RFC 6928) */
const AGAIN = 16;
/** s; no TCP repeats a SYN so soon (RFC 6298, 2: after 1 s), and both sides of a router or a mirror show it within */
const COPY_SECONDS = 0.2;

/** Layout of a flow's state: packets that acknowledge, of the stretch that goes on; who sent some; whether it settled before. */
const COUNT = 63;
const OUT = 64;
const IN = 128;
const BEFORE = 256;
/** … how it began: with SYN, with SYN and ACK, of the initiator; whether there is nothing more to tell of that; packets come twice */
const OPENED = 512;
const ACCEPTED = 1024;
const ACCEPTED_OUT = 2048;
const TOLD = 4096;
const COPIED = 8192;
const BEGINNING = OPENED | ACCEPTED | ACCEPTED_OUT | TOLD | COPIED;

/** IP protocol numbers (IANA): IP in IP, IPv6 in IP, GRE, ESP, EtherIP, L2TP, MPLS in IP. */
const TUNNELS = new Uint8Array(256);
for (const protocol of [4, 41, 47, 50, 97, 115, 137]) TUNNELS[protocol] = 1;
/** UDP ports (IANA): VXLAN, Geneve, GTP-U. */
const TUNNEL_PORTS = new Set([4789, 6081, 2152]);
const PPPOE_SESSION = 0x8864;
const UNSUPPORTED = 3;

export class PacketForm {
  /** bytes that the longest packet of training kept */
  longest = 0;
  private readonly states = new Uint16Array(FLOWS);

  /** Learns from one record of training. */
  learn(record: PacketRecord): void {
    if (record.capLen > this.longest) this.longest = record.capLen;
  }

  /** The bits of a record that its flow has just taken in. */
  of(record: PacketRecord, scene: Scene, flows: Flows): number {
    let form = scene.protocol === TCP ? this.beginning(scene, flows) | this.settles(scene, flows) : 0;
    if (record.capLen < record.frameLen && record.capLen < this.longest) form |= PACKET_FORM.short;
    if (record.vlanId >= 0 || record.ethType === PPPOE_SESSION) form |= PACKET_FORM.tagged;
    if (isTunnel(record, scene)) form |= PACKET_FORM.tunnelled;
    if (scene.protocol === NOT_IP && record.stopReason === UNSUPPORTED) form |= PACKET_FORM.undecoded;
    else if (record.ethDst < 0) form |= record.ethSrc < 0 ? PACKET_FORM.noMacs : PACKET_FORM.noDestinationMac;
    return form;
  }

  /** What a flow tells while it begins: nothing where it is joined in its middle, or refused. */
  private beginning(scene: Scene, flows: Flows): number {
    const { states } = this;
    const { slot, fromInitiator } = flows;
    if (flows.starts) {
      // captures of several queues may have the answer first
      const late = (states[slot] & (ACCEPTED | TOLD)) === ACCEPTED;
      const accepted = ACCEPTED | (fromInitiator ? ACCEPTED_OUT : 0);
      states[slot] = scene.syn ? OPENED | (late ? TOLD : 0) : scene.synAck ? accepted : TOLD;
      return 0;
    }
    const state = states[slot];
    if (scene.syn && (state & OPENED) !== 0) {
      if (scene.seconds - flows.started >= COPY_SECONDS) return 0;
      states[slot] |= COPIED;
      return REPEATS;
    }
    if ((state & TOLD) !== 0) return 0;
    const other = (state & OPENED) !== 0 ? !fromInitiator : fromInitiator !== ((state & ACCEPTED_OUT) !== 0);
    if (!other) return 0;
    states[slot] |= TOLD;
    if ((scene.flags & RST) !== 0 || scene.probe) return 0;
    return BEGINS | ((state & OPENED) !== 0 && scene.synAck ? WHOLE_BEGINNING : 0);
  }

  private settles(scene: Scene, flows: Flows): number {
    const { states } = this;
    const { slot } = flows;
    if ((scene.flags & (SYN | RST | ACK)) !== ACK) return 0;
    const state = (states[slot] + 1) | (flows.fromInitiator ? OUT : IN);
    if ((state & COUNT) < needed(state)) {
      states[slot] = state;
      return 0;
    }
    states[slot] = BEFORE | (state & BEGINNING);
    const single = (state & (BEFORE | OPENED | COPIED)) === OPENED ? REPEATS | ONCE : 0;
    return single | ((state & (OUT | IN)) === (OUT | IN) ? SETTLES | BOTH_SIDES : SETTLES);
  }
}

/** Packets that settle it: fewer at the beginning than in the middle, and each may come twice where that is not known. */
function needed(state: number): number {
  const joined = (state & (OPENED | ACCEPTED)) === 0;
  const packets = joined || (state & BEFORE) !== 0 ? AGAIN : SETTLED;
  return joined || (state & COPIED) !== 0 ? 2 * packets : packets;
}

function isTunnel(record: PacketRecord, scene: Scene): boolean {
  if (record.ipProto >= 0 && TUNNELS[record.ipProto] === 1) return true;
  return scene.protocol === UDP && TUNNEL_PORTS.has(record.dstport);
}
