/**
 * What parties do on a network, in the abstract: conversations, and messages to a whole segment. Packets and rows of a conn.log are
 * both derived from it, so that an attack is described once.
 */

import { addressText } from '../base/address.js';

/** How a host's packets look on this network. */
export interface Look {
  /** -1: the records hold none */
  readonly mac: number;
  /** as it arrives where the records are taken */
  readonly ttl: number;
  /** of a SYN or SYN-ACK, and of what follows, as in the header */
  readonly synWindow: number;
  readonly window: number;
  /** kinds of the TCP options of a SYN or SYN-ACK, and of what follows, with padding */
  readonly synOptions: readonly number[];
  readonly options: readonly number[];
}

export interface Host {
  /** 4 or 16 bytes */
  readonly address: Uint8Array;
  readonly text: string;
  readonly look: Look;
}

/** What the bytes of an exchange are. */
export type Content =
  | { readonly as: 'cipher' | 'text' }
  | { readonly as: 'bytes'; readonly bytes: Uint8Array }
  /** `header`, then printable text; with `sealed` records of TLS */
  | { readonly as: 'headed'; readonly header: Uint8Array; readonly rest: 'cipher' | 'text' }
  | { readonly as: 'records' };

/** One party says something, to the end, after a pause. */
export interface Exchange {
  /** µs since the exchange before it ended, or the conversation was open */
  readonly gapUs: number;
  readonly fromClient: boolean;
  /** of payload */
  readonly bytes: number;
  readonly content: Content;
}

export type Outcome =
  /** accepted, or answered */
  | 'established'
  /** a RST, or an ICMP message that the port is unreachable */
  | 'refused'
  | 'silent'
  /** accepted, and broken off by the client before it was open: a SYN scan's open port */
  | 'half-open';

export interface Conversation {
  readonly type: 'conversation';
  /** µs since the epoch */
  readonly startUs: number;
  readonly client: Host;
  readonly server: Host;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** of ICMP: the identifier */
  readonly clientPort: number;
  readonly serverPort: number;
  readonly outcome: Outcome;
  /** what Zeek calls the service; empty: it knows none */
  readonly service: string;
  /** µs from one end to the other and back */
  readonly rttUs: number;
  /** bytes a second at most */
  readonly rate: number;
  readonly exchanges: Iterable<Exchange>;
  /** how it ends; `left`: it does not, as far as can be seen */
  readonly end: 'fin' | 'rst' | 'left';
}

/** A frame to a whole segment, or one of its kind, which no conn.log holds. */
export interface Announcement {
  readonly type: 'announcement';
  readonly startUs: number;
  readonly from: Host;
  readonly toMac: number;
  readonly etherType: number;
  /** what follows the link layer, whole */
  readonly bytes: Uint8Array;
}

export type Act = Conversation | Announcement;

/** How the records of a network were taken. */
export interface Link {
  /** LINKTYPE_ number: 1 Ethernet, 113 and 276 Linux cooked, 101 raw IP, 0 BSD loopback */
  readonly type: 0 | 1 | 101 | 113 | 276;
  /** bytes kept of a packet */
  readonly snapLen: number;
  /** bytes of the tunnels around each packet, where the records are of what these carry */
  readonly around: number;
}

/** Lengths of headers without options (RFC 791, 8200, 9293, 768, 792). */
export const IPV4_BYTES = 20;
export const IPV6_BYTES = 40;
export const TCP_BYTES = 20;
export const UDP_BYTES = 8;
export const ICMP_BYTES = 8;
/** the usual limit of Ethernet (RFC 894) */
export const MTU = 1500;

/** An address as people write it. @param address 4 or 16 bytes */
export function textOf(address: Uint8Array): string {
  return addressText(familyOf(address), address);
}

export function familyOf({ length }: Uint8Array): 4 | 6 {
  return length === 4 ? 4 : 6;
}

export function ipHeaderBytes({ address }: Host): number {
  return familyOf(address) === 4 ? IPV4_BYTES : IPV6_BYTES;
}

/** bytes of each kind of TCP option, by IANA's registry; what is not here is written as two NOPs */
const OPTION_BYTES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 4, 3: 3, 4: 2, 8: 10 };

/** Kinds that can be written without knowing more than the kind, padded to whole words. */
export function writableOptions(kinds: readonly number[]): number[] {
  const known = kinds.filter((kind) => OPTION_BYTES[kind] !== undefined);
  while (optionBytes(known) % 4 !== 0) known.push(1);
  return known;
}

export function optionBytes(kinds: readonly number[]): number {
  return kinds.reduce((sum, kind) => sum + (OPTION_BYTES[kind] ?? 0), 0);
}

/** Bytes of payload of a full segment. */
export function segmentBytes(sender: Host): number {
  return MTU - ipHeaderBytes(sender) - TCP_BYTES - optionBytes(sender.look.options);
}
