/** Link layers and ARP. */

import { concat, ipv4Address, type Layer, mac, u8, u16, u32 } from './layer.ts';

const ROUTER = '02:00:00:00:00:01';
const HOST = '02:00:00:00:00:02';

/** Where no layer follows that has an EtherType, the one reserved for local experiments. */
const EXPERIMENT = 0x88b5;

/** `length` instead of `type` makes an 802.3 frame; 'auto' is the true one. */
export function ether(fields: { src?: string; dst?: string; type?: number; length?: number | 'auto' } = {}): Layer {
  return {
    build: (body, { inner }) => {
      const length = fields.length === 'auto' ? body.length : fields.length;
      const type = length ?? fields.type ?? inner?.etherType ?? EXPERIMENT;
      return concat(mac(fields.dst ?? HOST), mac(fields.src ?? ROUTER), u16(type), body);
    },
  };
}

/** `tpid` is the EtherType by which the layer before names this tag: 0x8100, 0x88a8, 0x9100. */
export function vlan(fields: { id?: number; priority?: number; type?: number; tpid?: number } = {}): Layer {
  return {
    etherType: fields.tpid ?? 0x8100,
    build: (body, { inner }) =>
      concat(
        u16(((fields.priority ?? 0) << 13) | (fields.id ?? 1), fields.type ?? inner?.etherType ?? EXPERIMENT),
        body,
      ),
  };
}

export function llc(fields: { dsap?: number; ssap?: number; control?: number } = {}): Layer {
  return { build: (body) => concat(u8(fields.dsap ?? 0x42, fields.ssap ?? 0x42, fields.control ?? 3), body) };
}

export function snap(fields: { oui?: number; type?: number } = {}): Layer {
  const oui = fields.oui ?? 0;
  return {
    build: (body, { inner }) =>
      concat(
        u8(0xaa, 0xaa, 3, oui >> 16, (oui >> 8) & 255, oui & 255),
        u16(fields.type ?? inner?.etherType ?? EXPERIMENT),
        body,
      ),
  };
}

export function sll(fields: { src?: string; type?: number; hardware?: number; addressLength?: number } = {}): Layer {
  return {
    build: (body, { inner }) =>
      concat(
        u16(0, fields.hardware ?? 1, fields.addressLength ?? 6),
        mac(fields.src ?? ROUTER),
        u16(0, fields.type ?? inner?.etherType ?? EXPERIMENT),
        body,
      ),
  };
}

export function sll2(fields: { src?: string; type?: number; hardware?: number; addressLength?: number } = {}): Layer {
  return {
    build: (body, { inner }) =>
      concat(
        u16(fields.type ?? inner?.etherType ?? EXPERIMENT, 0),
        u32(3),
        u16(fields.hardware ?? 1),
        u8(0, fields.addressLength ?? 6),
        mac(fields.src ?? ROUTER),
        u16(0),
        body,
      ),
  };
}

/** BSD loopback header: NULL in either byte order, LOOP is big-endian. */
export function loopback(fields: { family?: number; bigEndian?: boolean } = {}): Layer {
  return {
    build: (body, { inner }) => {
      const family = u32(fields.family ?? (inner?.etherType === 0x86dd ? 30 : 2));
      return concat(fields.bigEndian ? family : family.reverse(), body);
    },
  };
}

/** `framing`: the address and control bytes of HDLC; `compressed`: one byte of protocol; `cisco`: Cisco's HDLC. */
export function ppp(
  fields: { protocol?: number; framing?: boolean; compressed?: boolean; cisco?: boolean } = {},
): Layer {
  return {
    build: (body, { inner }) => {
      if (fields.cisco) return concat(u8(0x0f, 0), u16(inner?.etherType ?? EXPERIMENT), body);
      const protocol = fields.protocol ?? (inner?.etherType === 0x86dd ? 0x57 : 0x21);
      return concat(
        fields.framing === false ? u8() : u8(0xff, 3),
        fields.compressed ? u8(protocol) : u16(protocol),
        body,
      );
    },
  };
}

export function pppoe(fields: { session?: number; length?: number; version?: number; code?: number } = {}): Layer {
  return {
    etherType: 0x8864,
    build: (body) =>
      concat(
        u8(fields.version ?? 0x11, fields.code ?? 0),
        u16(fields.session ?? 1, fields.length ?? body.length),
        body,
      ),
  };
}

export function arp(
  fields: {
    opcode?: number;
    senderMac?: string;
    sender?: string;
    targetMac?: string;
    target?: string;
    protocol?: number;
  } = {},
): Layer {
  return {
    etherType: 0x0806,
    build: (body) =>
      concat(
        u16(1, fields.protocol ?? 0x0800),
        u8(6, 4),
        u16(fields.opcode ?? 1),
        mac(fields.senderMac ?? ROUTER),
        ipv4Address(fields.sender ?? '192.0.2.1'),
        mac(fields.targetMac ?? '00:00:00:00:00:00'),
        ipv4Address(fields.target ?? '192.0.2.2'),
        body,
      ),
  };
}
