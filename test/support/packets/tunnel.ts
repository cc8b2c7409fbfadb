/** Headers of tunnels: what they carry follows. Each names itself to UDP or IP as far as that is possible; ports are the caller's. */

import { concat, type Layer, u8, u16, u32 } from './layer.ts';

export function vxlan(fields: { vni?: number; flags?: number } = {}): Layer {
  return { build: (body) => concat(u8(fields.flags ?? 8, 0, 0, 0), u32((fields.vni ?? 7) * 256), body) };
}

/** `options` a multiple of four bytes. */
export function geneve(fields: { vni?: number; options?: Uint8Array; type?: number; version?: number } = {}): Layer {
  const options = fields.options ?? u8();
  return {
    build: (body, { inner }) =>
      concat(
        u8(((fields.version ?? 0) << 6) | (options.length / 4), 0),
        u16(fields.type ?? inner?.etherType ?? 0x6558),
        u32((fields.vni ?? 7) * 256),
        options,
        body,
      ),
  };
}

/** One label; `bottom` by itself, where another one follows it is not the last. */
export function mpls(fields: { label?: number; bottom?: boolean; ttl?: number } = {}): Layer {
  return {
    etherType: 0x8847,
    protocol: 137,
    build: (body, { inner }) => {
      const bottom = fields.bottom ?? inner?.etherType !== 0x8847;
      return concat(u32((fields.label ?? 100) * 4096 + (bottom ? 256 : 0) + (fields.ttl ?? 64)), body);
    },
  };
}

/** Of a pseudowire. */
export function controlWord(sequence = 0): Layer {
  return { build: (body) => concat(u16(0, sequence), body) };
}

/** Behind GRE with a sequence number and type 0x88be. */
export function erspan2(fields: { vlan?: number; session?: number; version?: number } = {}): Layer {
  return {
    build: (body) => concat(u16(((fields.version ?? 1) << 12) | (fields.vlan ?? 0), fields.session ?? 1), u32(0), body),
  };
}

/** Behind GRE with a sequence number and type 0x22eb; `more`: with the subheader of 8 bytes. */
export function erspan3(fields: { frameType?: number; more?: boolean; version?: number } = {}): Layer {
  return {
    build: (body) =>
      concat(
        u16((fields.version ?? 2) << 12, 1),
        u32(123_456),
        u16(0, ((fields.frameType ?? 0) << 10) | (fields.more ? 1 : 0)),
        fields.more ? new Uint8Array(8) : u8(),
        body,
      ),
  };
}
