/**
 * What is local: the monitored host's own addresses, those given, else private ranges (RFC 1918), unique local (RFC 4193)
 * and link-local addresses (RFC 3927, RFC 4291).
 */
import { type AddressRange, inRange, parseRange } from '../base/address-range.js';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { Endpoint } from './extractor.js';

export const PRIVATE_RANGES: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
];

/** of a range in `packed` */
export const RANGE_BYTES = 36;

export class LocalAddresses {
  private readonly ranges: readonly AddressRange[];
  /** frames without addresses of the network layer count as local unless MAC addresses are listed */
  private readonly anyMac: boolean;

  /** @param list addresses or CIDR ranges of IPv4 and IPv6, or MAC addresses; throws USAGE for anything else */
  constructor(readonly list: readonly string[]) {
    this.ranges = list.map(rangeOf);
    this.anyMac = !this.ranges.some((range) => range.family === 48);
  }

  /** Whether an end is one of the host's own. A group is nobody's own, whatever the ranges. */
  has({ family, bytes }: { readonly family: Endpoint['family']; readonly bytes: Uint8Array }): boolean {
    if (family === 48) {
      if (this.anyMac) return true;
    } else if (family === 0 || isGroup(family, bytes)) return false;
    for (let i = 0; i < this.ranges.length; i++) if (inRange(this.ranges[i], family, bytes)) return true;
    return false;
  }

  /** The ranges of IP addresses: for each its family (32 bits, little-endian), 16 bytes of address and 16 of mask. */
  packed(): Uint8Array {
    const ranges = this.ranges.filter(({ family }) => family !== 48);
    const bytes = new Uint8Array(RANGE_BYTES * ranges.length);
    for (const [i, range] of ranges.entries()) {
      const at = RANGE_BYTES * i;
      bytes[at] = range.family;
      bytes.set(range.bytes, at + 4);
      for (let bit = 0; bit < range.bits; bit++) bytes[at + 20 + (bit >> 3)] |= 0x80 >> (bit & 7);
    }
    return bytes;
  }
}

/** Addresses that only private networks use, whoever the host's own are. */
export const PRIVATE = new LocalAddresses(PRIVATE_RANGES);

/** In a private network; what has no IP address is no stranger's. */
export function isPrivate(end: Endpoint): boolean {
  return end.family === 0 || PRIVATE.has(end);
}

/** Multicast; of IPv4 also what follows it: reserved addresses and the limited broadcast. */
export function isGroup(family: 4 | 6, bytes: Uint8Array): boolean {
  return family === 6 ? bytes[0] === 0xff : bytes[0] >= 224;
}

/** Of IPv6: fe80::/10 (RFC 4291 section 2.4). */
export function isLinkLocal(family: number, bytes: Uint8Array, at = 0): boolean {
  return family === 6 && bytes[at] === 0xfe && (bytes[at + 1] & 0xc0) === 0x80;
}

function rangeOf(text: string): AddressRange {
  const range = parseRange(text);
  if (range) return range;
  throw new AnomalyError(
    'USAGE',
    `--local: an address or range such as 192.0.2.7 or fd00::/8 expected, not "${printable(text)}"`,
  );
}

/** What a saved list of ranges must be at least. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
