/**
 * Community ID v1, seed 0 (https://github.com/corelight/community-id-spec): the same short text for the two directions of
 * a flow in every tool that knows the scheme.
 *
 *     "1:" + base64(SHA-1(seed u16 | address | address | protocol u8 | 0 u8 | port u16 | port u16))
 *
 * with the smaller (address, port) first. Flows of TCP, UDP and SCTP only: other protocols are told apart by message types.
 */

export type Sha1 = (bytes: Uint8Array) => Uint8Array;

const TCP = 6;
const UDP = 17;
const SCTP = 132;

export interface FlowEnd {
  /** 4 or 16 bytes */
  readonly address: Uint8Array;
  readonly port: number;
}

/** Empty where protocol or addresses have none. `protocol`: IP protocol number. */
export function communityId(sha1: Sha1, protocol: number, a: FlowEnd, b: FlowEnd): string {
  if (protocol !== TCP && protocol !== UDP && protocol !== SCTP) return '';
  const size = a.address.length;
  if (size !== b.address.length || (size !== 4 && size !== 16) || a.port < 0 || b.port < 0) return '';
  const [first, second] = inOrder(a, b) ? [a, b] : [b, a];
  const bytes = new Uint8Array(8 + 2 * size);
  bytes.set(first.address, 2);
  bytes.set(second.address, 2 + size);
  const at = 2 + 2 * size;
  bytes[at] = protocol;
  bytes[at + 2] = first.port >> 8;
  bytes[at + 3] = first.port;
  bytes[at + 4] = second.port >> 8;
  bytes[at + 5] = second.port;
  return `1:${btoa(String.fromCharCode(...sha1(bytes)))}`;
}

function inOrder(a: FlowEnd, b: FlowEnd): boolean {
  for (let i = 0; i < a.address.length; i++) {
    if (a.address[i] !== b.address[i]) return a.address[i] < b.address[i];
  }
  return a.port <= b.port;
}
