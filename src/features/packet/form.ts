/**
 * What kind of input a packet is of, as bits (see forms.ts), from what the packet table holds.
 *
 * Whether both directions are captured is told flow by flow, so that no flood of packets can tell it: a flow settles it once
 * SETTLED packets of it have acknowledged something, for they say that the other side spoke, and again every AGAIN packets.
 * A SYN says nothing of the kind, and a RST answers anything.
 */
import type { PacketRecord } from '../../table/record.js';
import { BOTH_SIDES, PACKET_FORM, SETTLES } from '../forms.js';
import { FLOWS, type Flows } from './flows.js';
import { NOT_IP, RST, type Scene, TCP, UDP } from './scene.js';

const SYN = 0x02;
const ACK = 0x10;
/** what a client sends at least when it opens, asks once and closes: ACK, question, ACK, FIN */
const SETTLED = 4;
/** more than one side may send without a word of the other: initial window of 10 segments (RFC 6928) */
const AGAIN = 16;

/** Layout of a flow's state: packets that acknowledge, of the stretch that goes on; who sent some; whether it settled before. */
const COUNT = 31;
const OUT = 32;
const IN = 64;
const BEFORE = 128;

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
  private readonly states = new Uint8Array(FLOWS);

  /** Learns from one record of training. */
  learn(record: PacketRecord): void {
    if (record.capLen > this.longest) this.longest = record.capLen;
  }

  /** The bits of a record that its flow has just taken in. */
  of(record: PacketRecord, scene: Scene, flows: Flows): number {
    let form = scene.protocol === TCP ? this.settles(scene, flows) : 0;
    if (record.capLen < record.frameLen && record.capLen < this.longest) form |= PACKET_FORM.short;
    if (record.vlanId >= 0 || record.ethType === PPPOE_SESSION) form |= PACKET_FORM.tagged;
    if (isTunnel(record, scene)) form |= PACKET_FORM.tunnelled;
    if (scene.protocol === NOT_IP && record.stopReason === UNSUPPORTED) form |= PACKET_FORM.undecoded;
    else if (record.ethDst < 0) form |= record.ethSrc < 0 ? PACKET_FORM.noMacs : PACKET_FORM.noDestinationMac;
    return form;
  }

  private settles(scene: Scene, flows: Flows): number {
    const { states } = this;
    const { slot } = flows;
    if (flows.opens) states[slot] = 0;
    if ((scene.flags & (SYN | RST | ACK)) !== ACK) return 0;
    const state = (states[slot] + 1) | (flows.fromInitiator ? OUT : IN);
    if ((state & COUNT) < ((state & BEFORE) === 0 ? SETTLED : AGAIN)) {
      states[slot] = state;
      return 0;
    }
    states[slot] = BEFORE;
    return (state & (OUT | IN)) === (OUT | IN) ? SETTLES | BOTH_SIDES : SETTLES;
  }
}

function isTunnel(record: PacketRecord, scene: Scene): boolean {
  if (record.ipProto >= 0 && TUNNELS[record.ipProto] === 1) return true;
  return scene.protocol === UDP && TUNNEL_PORTS.has(record.dstport);
}
