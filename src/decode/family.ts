/** Address families, by which captures of loopback and of IPsec name what they hold: a number of the machine that captured. */

import { DONE, IPV4, IPV6 } from './layers.js';
import { u32, u32Little } from './numbers.js';

/** The layer of an address family, DONE where it is another than IP. */
export function layerOfFamily(family: number): number {
  switch (family) {
    case 2: // AF_INET everywhere
      return IPV4;
    case 10: // AF_INET6 of Linux
    case 24: // of NetBSD, OpenBSD, BSD/OS
    case 28: // of FreeBSD
    case 30: // of macOS
      return IPV6;
    default:
      return DONE;
  }
}

/** Four bytes in the byte order of that machine, which the value tells: families are small numbers. */
export function familyAt(data: Uint8Array, at: number): number {
  const big = u32(data, at);
  return big <= 0xffff ? big : u32Little(data, at);
}
