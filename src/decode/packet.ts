/**
 * One packet's bytes -> one packet record. The only file that knows all protocols: it calls the reader of each layer until one
 * says that nothing follows. Nothing here or below allocates, throws, or reads outside the packet's captured bytes.
 */

import { MAX_TUNNELS, type PacketRecord } from '../table/record.js';
import { readArp } from './arp.js';
import { Cursor, layerIndex, stopMalformed, stopUnsupported } from './cursor.js';
import { readDns, readDnsOverTcp } from './dns.js';
import { readEthernet } from './ethernet.js';
import { readGeneve } from './geneve.js';
import { readGre } from './gre.js';
import { readIcmp } from './icmp.js';
import { readIcmpv6 } from './icmpv6.js';
import { readIpv4InIp, readIpv6InIp } from './ip-in-ip.js';
import { readIpv4 } from './ipv4.js';
import { readIpv6 } from './ipv6.js';
import * as layers from './layers.js';
import { layerOfLinkType } from './link-types.js';
import { readLlc } from './llc.js';
import { readMpls } from './mpls.js';
import { readNflog } from './nflog.js';
import { readEnc, readNull } from './null.js';
import { readPflog } from './pflog.js';
import { readPktap } from './pktap.js';
import { readPpp } from './ppp.js';
import { readPppoe } from './pppoe.js';
import { readRadiotap } from './radiotap.js';
import { readRaw } from './raw.js';
import { readSctp } from './sctp.js';
import { readSll } from './sll.js';
import { readSll2 } from './sll2.js';
import { readTcp } from './tcp.js';
import { readTls } from './tls.js';
import { readUdp } from './udp.js';
import { readVlan } from './vlan.js';
import { readVxlan } from './vxlan.js';
import { readWlan } from './wlan.js';
import { readAvsOrPrism, readPpi } from './wlan-captures.js';

export { isSupportedLinkType, linkTypeName } from './link-types.js';

const LINK = layerIndex('link');
const cursor = new Cursor();
const MOST_INNER_LAYERS = layers.MAX_LAYERS * (1 + MAX_TUNNELS);

/**
 * Clears `into` and fills everything but `timestampUs` from the packet at `data[offset..offset + capLen)`.
 *
 * @param capLen bytes captured; what exceeds `data` or `wireLen` is not looked at
 * @param wireLen bytes on the wire
 * @param linkType LINKTYPE_ number; one that is not decoded stops with `unsupported:link`
 * @param inner describes the innermost packet of tunnels (VXLAN, Geneve, GRE, ERSPAN, IP in IP, MPLS) instead of the outermost one
 */
export function decodePacket(
  data: Uint8Array,
  offset: number,
  capLen: number,
  wireLen: number,
  linkType: number,
  into: PacketRecord,
  inner = false,
): void {
  into.clear();
  into.frameLen = wireLen;
  into.capLen = capLen;
  const c = cursor;
  c.data = data;
  c.start = c.at = offset;
  c.wireEnd = offset + wireLen;
  c.end = Math.min(offset + capLen, c.wireEnd, data.length);
  c.inner = inner;
  c.tunnels = 0;
  const most = inner ? MOST_INNER_LAYERS : layers.MAX_LAYERS;
  let layer = layerOfLinkType(linkType);
  if (layer === layers.DONE) {
    stopUnsupported(c, into, LINK, offset);
    return;
  }
  for (let count = 0; layer !== layers.DONE; count++) {
    if (count === most) {
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
    case layers.VXLAN:
      return readVxlan(c, into);
    case layers.GENEVE:
      return readGeneve(c, into);
    case layers.MPLS:
      return readMpls(c, into);
    case layers.IPV4_IN_IP:
      return readIpv4InIp(c, into);
    case layers.IPV6_IN_IP:
      return readIpv6InIp(c, into);
    case layers.NFLOG:
      return readNflog(c, into);
    case layers.RADIOTAP:
      return readRadiotap(c, into);
    case layers.WLAN:
      return readWlan(c, into);
    case layers.AVS_OR_PRISM:
      return readAvsOrPrism(c, into);
    case layers.PPI:
      return readPpi(c, into);
    case layers.ENC:
      return readEnc(c, into);
    case layers.PFLOG:
      return readPflog(c, into);
    case layers.PKTAP:
      return readPktap(c, into);
    default:
      return layers.DONE;
  }
}
