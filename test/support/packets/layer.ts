/** What a layer of a built packet is, and how layers become bytes. */

export interface Layer {
  /** EtherType, IP protocol number or PPP protocol by which an outer layer names this one */
  readonly etherType?: number;
  readonly protocol?: number;
  /** IP layers: the addresses that the checksum of the layer above covers */
  readonly source?: Uint8Array;
  readonly destination?: Uint8Array;
  /** This layer's bytes around `body`, the bytes of the layers above. */
  build(body: Uint8Array, context: { outer: readonly Layer[]; inner: Layer | undefined }): Uint8Array;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Characters up to U+00FF become the byte of their number. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((v) => [v >> 8, v & 255]));
}

export function u32(value: number): Uint8Array {
  return u16(Math.floor(value / 65536), value % 65536);
}

/** aa:bb:cc:dd:ee:ff */
export function mac(text: string): Uint8Array {
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
}

export function ipv4Address(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

/** With or without `::`, no dotted quad. */
export function ipv6Address(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const start = groups(head);
  const end = tail === undefined ? [] : groups(tail);
  return u16(...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end);
}

/** Internet checksum (RFC 1071) over all parts as one run of bytes. */
export function checksum(...parts: readonly Uint8Array[]): number {
  const data = concat(...parts);
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += ((data[i] ?? 0) << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Checksum with the pseudo header of the innermost IP layer around it (RFC 9293 section 3.1, RFC 8200 section 8.1). */
export function transportChecksum(outer: readonly Layer[], protocol: number, segment: Uint8Array): number {
  const ip = outer.findLast((layer) => layer.source !== undefined);
  if (ip?.source === undefined || ip.destination === undefined) return checksum(segment);
  return checksum(ip.source, ip.destination, u32(segment.length), u16(0, protocol), segment);
}

/** The bytes of the layers, outermost first. */
export function frame(...parts: readonly (Layer | Uint8Array | string)[]): Uint8Array {
  const layers = parts.map((part): Layer => {
    if (typeof part === 'string') return { build: (body) => concat(bytesOf(part), body) };
    if (part instanceof Uint8Array) return { build: (body) => concat(part, body) };
    return part;
  });
  return layers.reduceRight<Uint8Array>(
    (body, layer, i) => layer.build(body, { outer: layers.slice(0, i), inner: layers[i + 1] }),
    new Uint8Array(0),
  );
}
