/** Ranges of addresses as people write them, for the host's own addresses and for the allow-list. */
import ipaddr from 'ipaddr.js';

export interface AddressRange {
  readonly family: 4 | 6 | 48;
  /** 4, 16 or 6 */
  readonly bytes: Uint8Array;
  /** of the prefix */
  readonly bits: number;
}

/** An address or CIDR range of IPv4 or IPv6, or a MAC address or its beginning; undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', suffix, ...more] = text.trim().split('/');
  const bytes = bytesOf(address);
  const bits = suffix === undefined ? (bytes?.length ?? 0) * 8 : /^\d{1,3}$/.test(suffix) ? Number(suffix) : -1;
  if (!bytes || more.length > 0 || bits < 0 || bits > bytes.length * 8) return undefined;
  return { family: familyOf(bytes), bytes, bits };
}

/** Whether it is an IPv4, an IPv6 or a MAC address; undefined for anything else. */
export function addressFamily(text: string): AddressRange['family'] | undefined {
  const bytes = bytesOf(text);
  return bytes && familyOf(bytes);
}

function familyOf({ length }: Uint8Array): AddressRange['family'] {
  return length === 4 ? 4 : length === 16 ? 6 : 48;
}

function bytesOf(address: string): Uint8Array | undefined {
  if (/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(address)) {
    return Uint8Array.from(address.split(':'), (part) => Number.parseInt(part, 16));
  }
  // of IPv4 four decimal parts alone: "10.1" and "010.0.0.1" mean something else to some readers
  const known = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return known ? Uint8Array.from(ipaddr.parse(address).toByteArray()) : undefined;
}

/** Whether the first bits of `bytes`, an address of that family, are those of the range. */
export function inRange(range: AddressRange, family: number, bytes: Uint8Array): boolean {
  if (range.family !== family) return false;
  const whole = range.bits >> 3;
  for (let i = 0; i < whole; i++) if (range.bytes[i] !== bytes[i]) return false;
  const rest = range.bits & 7;
  return rest === 0 || (range.bytes[whole] ^ bytes[whole]) >> (8 - rest) === 0;
}
