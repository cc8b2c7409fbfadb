/** Link types (LINKTYPE_ numbers, tcpdump.org/linktypes): the one table of names and of the layer each starts with. */

import { DONE, ETHERNET, IPV4, IPV6, NULL, PPP, RAW, SLL, SLL2 } from './layers.js';

interface LinkType {
  readonly name: string;
  /** first layer; DONE: known by name, not decoded */
  readonly layer: number;
}

const LINK_TYPES: Readonly<Record<number, LinkType>> = {
  0: { name: 'NULL', layer: NULL },
  1: { name: 'ETHERNET', layer: ETHERNET },
  3: { name: 'AX25', layer: DONE },
  6: { name: 'IEEE802_5', layer: DONE },
  7: { name: 'ARCNET_BSD', layer: DONE },
  8: { name: 'SLIP', layer: DONE },
  9: { name: 'PPP', layer: PPP },
  10: { name: 'FDDI', layer: DONE },
  12: { name: 'RAW', layer: RAW }, // DLT_RAW of most systems, seen in files although LINKTYPE_RAW is 101
  14: { name: 'RAW', layer: RAW }, // DLT_RAW of OpenBSD
  50: { name: 'PPP_HDLC', layer: PPP },
  51: { name: 'PPP_ETHER', layer: DONE },
  100: { name: 'ATM_RFC1483', layer: DONE },
  101: { name: 'RAW', layer: RAW },
  104: { name: 'C_HDLC', layer: DONE },
  105: { name: 'IEEE802_11', layer: DONE },
  107: { name: 'FRELAY', layer: DONE },
  108: { name: 'LOOP', layer: NULL }, // the same header in network order, which readNull tells by its value
  113: { name: 'LINUX_SLL', layer: SLL },
  114: { name: 'LTALK', layer: DONE },
  117: { name: 'PFLOG', layer: DONE },
  119: { name: 'IEEE802_11_PRISM', layer: DONE },
  122: { name: 'IP_OVER_FC', layer: DONE },
  127: { name: 'IEEE802_11_RADIOTAP', layer: DONE },
  129: { name: 'ARCNET_LINUX', layer: DONE },
  138: { name: 'APPLE_IP_OVER_IEEE1394', layer: DONE },
  163: { name: 'IEEE802_11_AVS', layer: DONE },
  165: { name: 'BACNET_MS_TP', layer: DONE },
  187: { name: 'BLUETOOTH_HCI_H4', layer: DONE },
  189: { name: 'USB_LINUX', layer: DONE },
  192: { name: 'PPI', layer: DONE },
  195: { name: 'IEEE802_15_4_WITHFCS', layer: DONE },
  201: { name: 'BLUETOOTH_HCI_H4_WITH_PHDR', layer: DONE },
  220: { name: 'USB_LINUX_MMAPPED', layer: DONE },
  227: { name: 'CAN_SOCKETCAN', layer: DONE },
  228: { name: 'IPV4', layer: IPV4 },
  229: { name: 'IPV6', layer: IPV6 },
  230: { name: 'IEEE802_15_4_NOFCS', layer: DONE },
  239: { name: 'NFLOG', layer: DONE },
  242: { name: 'IPOIB', layer: DONE },
  249: { name: 'USBPCAP', layer: DONE },
  253: { name: 'NETLINK', layer: DONE },
  258: { name: 'PKTAP', layer: DONE },
  276: { name: 'LINUX_SLL2', layer: SLL2 },
};

/** Name of a link type as tcpdump.org lists it; `LINKTYPE_n` for numbers without one here. */
export function linkTypeName(linkType: number): string {
  return LINK_TYPES[linkType]?.name ?? `LINKTYPE_${linkType}`;
}

export function isSupportedLinkType(linkType: number): boolean {
  return layerOfLinkType(linkType) !== DONE;
}

const MAX_LINK_TYPE = 276;
const LAYERS = Uint8Array.from({ length: MAX_LINK_TYPE + 1 }, (_, n) => LINK_TYPES[n]?.layer ?? DONE);

/** The layer a packet of this link type starts with, DONE where it is not decoded. */
export function layerOfLinkType(linkType: number): number {
  return linkType >= 0 && linkType <= MAX_LINK_TYPE ? LAYERS[linkType] : DONE;
}
