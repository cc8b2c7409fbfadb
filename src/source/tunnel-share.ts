/** Whether most of what an input holds is inside of tunnels, so that who reads it hears of --inner. */

import { formatIpv4, formatIpv6 } from '../base/address.js';
import type { PacketRecord } from '../table/record.js';
import type { SourceFacts } from './packet-source.js';

/** One record of so many is looked at: a hint needs no more. */
const EVERY = 16;
/** So many were looked at before a live capture, which may never end, is told. */
const ENOUGH = 256;
/** Receivers told apart. */
const MOST_RECEIVERS = 64;

const UDP = 17;
const ETHERTYPE_MPLS = 0x8847;

/** What a record's packet is as a tunnel, by what is told of its outside; '' where it is none that --inner looks into. */
function tunnelOf({ ipProto, dstport, ipVersion, ethType }: PacketRecord): string {
  switch (ipProto) {
    case UDP:
      return dstport === 4789 || dstport === 8472 ? 'VXLAN' : dstport === 6081 ? 'Geneve' : '';
    case 47:
      return 'GRE';
    case 4:
    case 41:
      return 'IP in IP';
    case 137:
      return 'MPLS';
    default:
      return ipVersion < 0 && ethType === ETHERTYPE_MPLS ? 'MPLS' : '';
  }
}

export class TunnelShare {
  private records = 0;
  private looked = 0;
  private tunnelled = 0;
  private told = false;
  private readonly receivers = new Map<string, number>();

  /** Takes in a record of the outermost headers. */
  look(record: PacketRecord): void {
    if (this.records++ % EVERY !== 0) return;
    this.looked++;
    const tunnel = tunnelOf(record);
    if (tunnel === '') return;
    this.tunnelled++;
    const what = tunnel + receiverOf(record);
    const known = this.receivers.get(what);
    if (known !== undefined || this.receivers.size < MOST_RECEIVERS) this.receivers.set(what, (known ?? 0) + 1);
  }

  /** Adds one line to the warnings of an input, once, where most packets are in tunnels. */
  tell({ name, warnings }: Pick<SourceFacts, 'name' | 'warnings'>, ended: boolean): void {
    if (this.told || 2 * this.tunnelled <= this.looked || (!ended && this.looked < ENOUGH)) return;
    this.told = true;
    const [most] = [...this.receivers].sort((a, b) => b[1] - a[1])[0] ?? [''];
    warnings.push(`${name}: most packets are ${most}: with --inner (sniff, train, detect) their contents are judged`);
  }
}

function receiverOf({ ipVersion, ipDst }: PacketRecord): string {
  if (ipVersion < 0) return '';
  return ` to ${ipVersion === 4 ? formatIpv4(ipDst.subarray(0, 4)) : formatIpv6(ipDst)}`;
}
