/** Reads, big-endian unless their name says otherwise; the caller has checked the bounds. */

export function u16(data: Uint8Array, at: number): number {
  return (data[at] << 8) | data[at + 1];
}

/** unsigned 32 bits */
export function u32(data: Uint8Array, at: number): number {
  return ((data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3]) >>> 0;
}

export function u16Little(data: Uint8Array, at: number): number {
  return data[at] | (data[at + 1] << 8);
}

/** unsigned 32 bits */
export function u32Little(data: Uint8Array, at: number): number {
  return (data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)) >>> 0;
}

/** A MAC address as a 48-bit number. */
export function mac(data: Uint8Array, at: number): number {
  return u16(data, at) * 0x100000000 + u32(data, at + 2);
}

/** Copies a short run of bytes; for 4 or 16 bytes a loop is faster than `set(subarray())`, which allocates. */
export function copyBytes(data: Uint8Array, at: number, into: Uint8Array, count: number): void {
  for (let i = 0; i < count; i++) into[i] = data[at + i];
}
