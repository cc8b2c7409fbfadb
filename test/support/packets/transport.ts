/** TCP, UDP, ICMP, ICMPv6, SCTP and GRE. */

import { checksum, concat, type Layer, transportChecksum, u8, u16, u32 } from './layer.ts';

export const FIN = 0x001;
export const SYN = 0x002;
export const PSH = 0x008;
export const ACK = 0x010;

/** Option bytes: kinds 0 and 1 are one byte, others get their length. */
export function tcpOption(kind: number, ...data: readonly number[]): Uint8Array {
  return kind < 2 ? u8(kind) : u8(kind, 2 + data.length, ...data);
}

interface TcpFields {
  src?: number;
  dst?: number;
  seq?: number;
  ack?: number;
  /** 12 bits */
  flags?: number;
  window?: number;
  /** padded with kind 0 to a multiple of 4 */
  options?: Uint8Array;
  /** bytes, as the header states it */
  headerLength?: number;
}

export function tcp(fields: TcpFields = {}): Layer {
  const given = fields.options ?? u8();
  const options = concat(given, new Uint8Array((4 - (given.length % 4)) % 4));
  return {
    protocol: 6,
    build: (body, { outer }) => {
      const before = concat(
        u16(fields.src ?? 40000, fields.dst ?? 80),
        u32(fields.seq ?? 1),
        u32(fields.ack ?? 0),
        u16((((fields.headerLength ?? 20 + options.length) / 4) << 12) | (fields.flags ?? ACK), fields.window ?? 64240),
      );
      const behind = concat(u16(0), options, body);
      const sum = transportChecksum(outer, 6, concat(before, u16(0), behind));
      return concat(before, u16(sum), behind);
    },
  };
}

export function udp(fields: { src?: number; dst?: number; length?: number } = {}): Layer {
  return {
    protocol: 17,
    build: (body, { outer }) => {
      const before = u16(fields.src ?? 40000, fields.dst ?? 9999, fields.length ?? 8 + body.length);
      const sum = transportChecksum(outer, 17, concat(before, u16(0), body)) || 0xffff;
      return concat(before, u16(sum), body);
    },
  };
}

interface IcmpFields {
  type?: number;
  code?: number;
  /** the four bytes behind the checksum */
  rest?: number;
}

export function icmp(fields: IcmpFields = {}): Layer {
  return {
    protocol: 1,
    build: (body) => {
      const before = u8(fields.type ?? 8, fields.code ?? 0);
      const behind = concat(u32(fields.rest ?? 0x00010001), body);
      return concat(before, u16(checksum(before, behind)), behind);
    },
  };
}

export function icmpv6(fields: IcmpFields = {}): Layer {
  return {
    protocol: 58,
    build: (body, { outer }) => {
      const before = u8(fields.type ?? 128, fields.code ?? 0);
      const behind = concat(u32(fields.rest ?? 0x00010001), body);
      return concat(before, u16(transportChecksum(outer, 58, concat(before, u16(0), behind))), behind);
    },
  };
}

/** Common header and one chunk of type COOKIE ACK; the checksum is left 0. */
export function sctp(fields: { src?: number; dst?: number } = {}): Layer {
  return {
    protocol: 132,
    build: (body) => concat(u16(fields.src ?? 36412, fields.dst ?? 36412), u32(1), u32(0), u8(11, 0, 0, 4), body),
  };
}

export function gre(
  fields: { checksum?: boolean; key?: number; sequence?: number; version?: number; type?: number } = {},
): Layer {
  return {
    protocol: 47,
    build: (body, { inner }) => {
      const flags =
        (fields.checksum ? 0x8000 : 0) |
        (fields.key === undefined ? 0 : 0x2000) |
        (fields.sequence === undefined ? 0 : 0x1000) |
        (fields.version ?? 0);
      return concat(
        u16(flags, fields.type ?? inner?.etherType ?? 0x88b5),
        fields.checksum ? u32(0) : u8(),
        fields.key === undefined ? u8() : u32(fields.key),
        fields.sequence === undefined ? u8() : u32(fields.sequence),
        body,
      );
    },
  };
}
