/**
 * One packet's bytes -> one packet record. The only file that knows all protocols: it calls the reader of each layer until one
 * says that nothing follows. Nothing here or below allocates, throws, or reads outside the packet's captured bytes.
 */

import type { PacketRecord } from '../table/record.js';
import { readArp } from './arp.js';
import { Cursor, layerIndex, stopMalformed, stopUnsupported } from './cursor.js';
import { readDns, readDnsOverTcp } from './dns.js';
import { readEthernet } from './ethernet.js';
import { readGre } from './gre.js';
import { readIcmp } from './icmp.js';
import { readIcmpv6 } from './icmpv6.js';
import { readIpv4 } from './ipv4.js';
import { readIpv6 } from './ipv6.js';
import * as layers from './layers.js';
import { layerOfLinkType } from './link-types.js';
import { readLlc } from './llc.js';
import { readNull } from './null.js';
import { readPpp } from './ppp.js';
import { readPppoe } from './pppoe.js';
import { readRaw } from './raw.js';
import { readSctp } from './sctp.js';
import { readSll } from './sll.js';
import { readSll2 } from './sll2.js';
import { readTcp } from './tcp.js';
import { readTls } from './tls.js';
import { readUdp } from './udp.js';
import { readVlan } from './vlan.js';

export { isSupportedLinkType, linkTypeName } from './link-types.js';

const LINK = layerIndex('link');
const cursor = new Cursor();

/**
 * Clears `into` and fills everything but `timestampUs` from the packet at `data[offset..offset + capLen)`.
 *
 * @param capLen bytes captured; what exceeds `data` or `wireLen` is not looked at
 * @param wireLen bytes on the wire
 * @param linkType LINKTYPE_ number; one that is not decoded stops with `unsupported:link`
 */
export function decodePacket(
  data: Uint8Array,
  offset: number,
  capLen: number,
  wireLen: number,
  linkType: number,
  into: PacketRecord,
): void {
  into.clear();
  into.frameLen = wireLen;
  into.capLen = capLen;
  const c = cursor;
  c.data = data;
  c.start = c.at = offset;
  c.wireEnd = offset + wireLen;
  c.end = Math.min(offset + capLen, c.wireEnd, data.length);
  let layer = layerOfLinkType(linkType);
  if (layer === layers.DONE) {
    stopUnsupported(c, into, LINK, offset);
    return;
  }
  for (let count = 0; layer !== layers.DONE; count++) {
    if (count === layers.MAX_LAYERS) {
      stopMalformed(c, into, LINK, c.at);
      return;
    }
    layer = readLayer(layer, c, into);
  }
}

function readLayer(layer: number, c: Cursor, into: PacketRecord): number {
  switch (layer) {
    case layers.ETHERNET:
      return readEthernet(c, into);
    case layers.VLAN:
      return readVlan(c, into);
    case layers.ARP:
      return readArp(c, into);
    case layers.IPV4:
      return readIpv4(c, into);
    case layers.IPV6:
      return readIpv6(c, into);
    case layers.TCP:
      return readTcp(c, into);
    case layers.UDP:
      return readUdp(c, into);
    case layers.ICMP:
      return readIcmp(c, into);
    case layers.ICMPV6:
      return readIcmpv6(c, into);
    case layers.DNS:
      return readDns(c, into);
    case layers.DNS_OVER_TCP:
      return readDnsOverTcp(c, into);
    case layers.TLS:
      return readTls(c, into);
    case layers.SCTP:
      return readSctp(c, into);
    case layers.GRE:
      return readGre(c, into);
    case layers.LLC:
      return readLlc(c, into);
    case layers.SLL:
      return readSll(c, into);
    case layers.SLL2:
      return readSll2(c, into);
    case layers.NULL:
      return readNull(c, into);
    case layers.RAW:
      return readRaw(c, into);
    case layers.PPP:
      return readPpp(c, into);
    case layers.PPPOE:
      return readPppoe(c, into);
    default:
      return layers.DONE;
  }
}
