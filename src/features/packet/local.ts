/**
 * The monitored host's own addresses: those given, else private ranges (RFC 1918), unique local (RFC 4193) and
 * link-local addresses (RFC 3927, RFC 4291).
 */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Endpoint } from '../extractor.js';

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

interface Range {
  readonly family: 4 | 6 | 48;
  readonly bytes: Uint8Array;
  readonly bits: number;
}

export class LocalAddresses {
  private readonly ranges: readonly Range[];
  /** frames without addresses of the network layer count as local unless MAC addresses are listed */
  private readonly anyMac: boolean;

  /** @param list addresses or CIDR ranges of IPv4 and IPv6, or MAC addresses; throws USAGE for anything else */
  constructor(readonly list: readonly string[]) {
    this.ranges = list.map(parseRange);
    this.anyMac = !this.ranges.some((range) => range.family === 48);
  }

  has(end: Endpoint): boolean {
    if (end.family === 48) {
      if (this.anyMac) return true;
    } else if (end.family === 0) return false;
    for (let i = 0; i < this.ranges.length; i++) {
      const range = this.ranges[i];
      if (range.family === end.family && matches(range, end.bytes)) return true;
    }
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

/** Addresses that only private networks use. */
export function isPrivate(end: Endpoint): boolean {
  const a = end.bytes[0];
  const b = end.bytes[1];
  if (end.family === 4) {
    return a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) || (a === 169 && b === 254);
  }
  if (end.family === 6) return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  return true;
}

function matches(range: Range, bytes: Uint8Array): boolean {
  const whole = range.bits >> 3;
  for (let i = 0; i < whole; i++) if (range.bytes[i] !== bytes[i]) return false;
  const rest = range.bits & 7;
  return rest === 0 || (range.bytes[whole] ^ bytes[whole]) >> (8 - rest) === 0;
}

function parseRange(text: string): Range {
  const [address = '', suffix, ...more] = text.trim().split('/');
  const bytes = parseMac(address) ?? parseIpv4(address) ?? parseIpv6(address);
  const bits = suffix === undefined ? (bytes?.length ?? 0) * 8 : /^\d{1,3}$/.test(suffix) ? Number(suffix) : -1;
  if (!bytes || more.length > 0 || bits < 0 || bits > bytes.length * 8) {
    throw new AnomalyError(
      'USAGE',
      `--local: an address or range such as 192.0.2.7 or fd00::/8 expected, not "${printable(text)}"`,
    );
  }
  return { family: bytes.length === 4 ? 4 : bytes.length === 16 ? 6 : 48, bytes, bits };
}

function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** RFC 4291 section 2.2, with "::" and a dotted quad at the end. */
function parseIpv6(text: string): Uint8Array | undefined {
  let plain = text;
  const quad = /^(.*:)(\d[\d.]*\.\d+)$/.exec(text);
  if (quad) {
    const four = parseIpv4(quad[2]);
    if (!four) return undefined;
    plain = `${quad[1]}${hex(four[0], four[1])}:${hex(four[2], four[3])}`;
  }
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = groups.flat();
  if (given.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - given.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = halves.length === 1 ? given : [...groups[0], ...Array<string>(missing).fill('0'), ...groups[1]];
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}

function hex(high: number, low: number): string {
  return ((high << 8) | low).toString(16);
}
