/** What captures put before the packet itself: firewall logs, radio, loopback of IPsec, and 802.11. */

import { concat, type Layer, mac, u8, u16, u32 } from './layer.ts';

const little16 = (value: number): Uint8Array => u8(value & 255, value >> 8);
const little32 = (value: number): Uint8Array => u32(value).reverse();
const familyOf = (inner: Layer | undefined): number => (inner?.etherType === 0x86dd ? 10 : 2);

/** `attributes`: type and value of those before the packet. */
export function nflog(
  fields: {
    family?: number;
    bigEndian?: boolean;
    attributes?: readonly (readonly [number, Uint8Array])[];
    payload?: boolean;
  } = {},
): Layer {
  const short = fields.bigEndian ? (value: number) => u16(value) : little16;
  const attribute = (type: number, value: Uint8Array): Uint8Array =>
    concat(short(4 + value.length), short(type), value, new Uint8Array((4 - (value.length % 4)) % 4));
  return {
    build: (body, { inner }) =>
      concat(
        u8(fields.family ?? familyOf(inner), 0, 0, 5),
        ...(
          fields.attributes ??
          ([
            [1, u8(8, 0, 1, 0)],
            [10, u8(0x69, 0)],
          ] as const)
        ).map(([type, value]) => attribute(type, value)),
        fields.payload === false ? u8() : attribute(9, body),
      ),
  };
}

/** `flags`: 0x10 a frame check sequence follows, 0x20 the body is padded. `timer` and `antennas` make the header longer. */
export function radiotap(fields: { flags?: number; timer?: boolean; antennas?: number; version?: number } = {}): Layer {
  const words = 1 + (fields.antennas ?? 0);
  const present = (fields.timer ? 1 : 0) | (fields.flags === undefined ? 0 : 2);
  const masks = Array.from({ length: words }, (_, i) =>
    little32((i === 0 ? present : 0) + (i < words - 1 ? 0x80000000 : 0)),
  );
  const start = 4 + 4 * words;
  const timer = fields.timer ? new Uint8Array(((8 - (start % 8)) % 8) + 8) : u8();
  const values = concat(timer, fields.flags === undefined ? u8() : u8(fields.flags));
  const fcs = new Uint8Array(((fields.flags ?? 0) & 0x10) === 0 ? 0 : 4).fill(0xee);
  return {
    build: (body) => concat(u8(fields.version ?? 0, 0), little16(start + values.length), ...masks, values, body, fcs),
  };
}

/** A Prism header has 144 bytes. */
export function prism(): Layer {
  return { build: (body) => concat(little32(0x44), little32(144), new Uint8Array(136), body) };
}

export function avs(): Layer {
  return { build: (body) => concat(u32(0x80211001), u32(64), new Uint8Array(56), body) };
}

export function ppi(linkType = 105): Layer {
  return { build: (body) => concat(u8(0, 0), little16(8), little32(linkType), body) };
}

interface WlanFields {
  type?: number;
  subtype?: number;
  /** 1 to the distribution system, 2 from it, 4 more fragments, 0x40 encrypted, 0x80 with HT control */
  flags?: number;
  addresses?: readonly string[];
  fragment?: number;
  /** of QoS control: 0x80 an aggregate */
  qos?: number;
  /** bytes behind the header */
  padding?: number;
}

export const STATION = '02:00:00:00:00:0a';
export const ACCESS_POINT = '02:00:00:00:00:0b';
export const SERVER = '02:00:00:00:00:0c';

export function wlan(fields: WlanFields = {}): Layer {
  const { type = 2, subtype = 0, flags = 1, addresses = [ACCESS_POINT, STATION, SERVER] } = fields;
  const [first = SERVER, second = SERVER, third = SERVER, fourth = STATION] = addresses;
  return {
    build: (body) =>
      concat(
        u8((subtype << 4) | (type << 2), flags, 0, 0),
        mac(first),
        mac(second),
        mac(third),
        little16((1 << 4) | (fields.fragment ?? 0)),
        (flags & 3) === 3 ? mac(fourth) : u8(),
        (subtype & 8) === 0 ? u8() : u8(fields.qos ?? 0, 0),
        (subtype & 8) !== 0 && (flags & 0x80) !== 0 ? new Uint8Array(4) : u8(),
        new Uint8Array(fields.padding ?? 0),
        body,
      ),
  };
}

/** A frame of an aggregate. */
export function aggregated(): Layer {
  return { build: (body) => concat(mac(SERVER), mac(STATION), u16(body.length), body) };
}

export function enc(fields: { family?: number } = {}): Layer {
  return {
    build: (body, { inner }) =>
      concat(little32(fields.family ?? (inner?.etherType === 0x86dd ? 24 : 2)), u32(1), little32(1), body),
  };
}

/** `length` as the header states it; OpenBSD's is 61 and padded to 64. */
export function pflog(fields: { family?: number; length?: number } = {}): Layer {
  const length = fields.length ?? 61;
  return {
    build: (body, { inner }) =>
      concat(
        u8(length, fields.family ?? (inner?.etherType === 0x86dd ? 24 : 2), 0, 0),
        new Uint8Array(Math.ceil(length / 4) * 4 - 4),
        body,
      ),
  };
}

export function pktap(fields: { linkType?: number; length?: number } = {}): Layer {
  const length = fields.length ?? 108;
  return {
    build: (body) =>
      concat(little32(length), little32(1), little32(fields.linkType ?? 1), new Uint8Array(length - 12), body),
  };
}
