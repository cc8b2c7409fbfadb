/** IPv4, IPv6 and its extension headers. */

import { checksum, concat, ipv4Address, ipv6Address, type Layer, u8, u16, u32 } from './layer.ts';

/** Reserved for experiments (RFC 3692), where nothing that has a number follows. */
const EXPERIMENT = 253;

interface Ipv4Fields {
  src?: string;
  dst?: string;
  ttl?: number;
  dsfield?: number;
  /** 4 reserved, 2 DF, 1 MF */
  flags?: number;
  /** bytes, a multiple of 8 */
  fragOffset?: number;
  id?: number;
  protocol?: number;
  /** padded to a multiple of 4 */
  options?: Uint8Array;
  totalLength?: number;
  version?: number;
  /** bytes, as the header states it */
  headerLength?: number;
}

export function ipv4(fields: Ipv4Fields = {}): Layer {
  const source = ipv4Address(fields.src ?? '192.0.2.1');
  const destination = ipv4Address(fields.dst ?? '192.0.2.2');
  const given = fields.options ?? u8();
  const options = concat(given, new Uint8Array((4 - (given.length % 4)) % 4));
  return {
    etherType: 0x0800,
    protocol: 4,
    source,
    destination,
    build: (body, { inner }) => {
      const length = 20 + options.length;
      const before = concat(
        u8(((fields.version ?? 4) << 4) | ((fields.headerLength ?? length) / 4), fields.dsfield ?? 0),
        u16(
          fields.totalLength ?? length + body.length,
          fields.id ?? 1,
          ((fields.flags ?? 2) << 13) | ((fields.fragOffset ?? 0) / 8),
        ),
        u8(fields.ttl ?? 64, fields.protocol ?? inner?.protocol ?? EXPERIMENT),
      );
      const behind = concat(source, destination, options);
      return concat(before, u16(checksum(before, behind)), behind, body);
    },
  };
}

interface Ipv6Fields {
  src?: string;
  dst?: string;
  hopLimit?: number;
  trafficClass?: number;
  flowLabel?: number;
  next?: number;
  payloadLength?: number;
  version?: number;
}

export function ipv6(fields: Ipv6Fields = {}): Layer {
  const source = ipv6Address(fields.src ?? '2001:db8::1');
  const destination = ipv6Address(fields.dst ?? '2001:db8::2');
  return {
    etherType: 0x86dd,
    protocol: 41,
    source,
    destination,
    build: (body, { inner }) =>
      concat(
        u32((fields.version ?? 6) * 2 ** 28 + (fields.trafficClass ?? 0) * 2 ** 20 + (fields.flowLabel ?? 0)),
        u16(fields.payloadLength ?? body.length),
        u8(fields.next ?? inner?.protocol ?? EXPERIMENT, fields.hopLimit ?? 64),
        source,
        destination,
        body,
      ),
  };
}

/** Options headers: hop-by-hop and destination; `options` are padded with PadN or Pad1 to a multiple of 8. */
function optionsHeader(protocol: number, options: Uint8Array): Layer {
  const missing = (8 - ((2 + options.length) % 8)) % 8;
  const padding =
    missing === 1 ? u8(0) : missing === 0 ? u8() : concat(u8(1, missing - 2), new Uint8Array(missing - 2));
  const content = concat(options, padding);
  return {
    protocol,
    build: (body, { inner }) => concat(u8(inner?.protocol ?? EXPERIMENT, (2 + content.length) / 8 - 1), content, body),
  };
}

export const hopByHop = (options: Uint8Array = u8(5, 2, 0, 0)): Layer => optionsHeader(0, options);
export const destinationOptions = (options: Uint8Array = u8()): Layer => optionsHeader(60, options);

/** Routing header with nothing left to visit. */
export function routing(fields: { type?: number; segments?: readonly string[] } = {}): Layer {
  const addresses = (fields.segments ?? []).map(ipv6Address);
  return {
    protocol: 43,
    build: (body, { inner }) =>
      concat(u8(inner?.protocol ?? EXPERIMENT, addresses.length * 2, fields.type ?? 0, 0), u32(0), ...addresses, body),
  };
}

/** `next` where the body is not the start of the packet. */
export function fragment(fields: { offset?: number; more?: boolean; id?: number; next?: number } = {}): Layer {
  return {
    protocol: 44,
    build: (body, { inner }) =>
      concat(
        u8(fields.next ?? inner?.protocol ?? EXPERIMENT, 0),
        u16((fields.offset ?? 0) | (fields.more ? 1 : 0)),
        u32(fields.id ?? 1),
        body,
      ),
  };
}

/** AH with a 12-byte check value. */
export function authentication(): Layer {
  return {
    protocol: 51,
    build: (body, { inner }) =>
      concat(u8(inner?.protocol ?? EXPERIMENT, 4), u16(0), u32(1), u32(1), new Uint8Array(12), body),
  };
}
