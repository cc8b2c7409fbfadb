/** Rows of flow tables while they wait for their answer and their turn. */

import { ConnBatch } from '../conn-batch.js';
import * as AT from '../layout.js';
import { ICMP, TCP, UDP } from '../record.js';
import { NO_FLAGS, ONE_WAY } from './row.js';
import { ACK, ANSWER_ONLY, DONE, JOINED, SYN, stateOfFlags, UNANSWERED } from './words.js';

/** Ports below this are services' (IANA: system ports). */
const SERVICES = 1024;
/** Types of ICMP and ICMPv6 that ask: echo, time stamp, router and neighbour solicitation; an answer has the next number or, of echo, 0. */
const ANSWER: Readonly<Record<number, number>> = { 8: 0, 13: 14, 15: 16, 17: 18, 128: 129, 133: 134, 135: 136 };

export class HeldRows extends ConnBatch {
  private int(row: number, place: number): number {
    return this.ints[row * AT.INTS + place] as number;
  }

  /** Whether a row is what one side sent, and its answer may come yet. */
  waits(row: number): boolean {
    return this.int(row, AT.CONN_STATE) >= ONE_WAY;
  }

  /** The same for both directions of one conversation. */
  bucket(row: number): number {
    const hosts = AT.HASHES;
    const icmp = this.int(row, AT.PROTO) === ICMP;
    const ports = icmp ? 0 : this.int(row, AT.ORIG_P) + this.int(row, AT.RESP_P);
    const sum = this.int(row, hosts) + this.int(row, hosts + 2) + Math.imul(ports, 0x9e3779b1);
    return (sum ^ (sum >>> 15)) >>> 0;
  }

  /** Whether `row` of these goes the other way than `other` of `rows`, between the same ends. */
  answers(row: number, rows: HeldRows, other: number): boolean {
    for (let k = 0; k < 2; k++) {
      if (this.int(row, AT.HASHES + k) !== rows.int(other, AT.HASHES + 2 + k)) return false;
      if (this.int(row, AT.HASHES + 2 + k) !== rows.int(other, AT.HASHES + k)) return false;
    }
    if (this.int(row, AT.IP_PROTO) !== rows.int(other, AT.IP_PROTO)) return false;
    const [mine, theirs] = [this.int(row, AT.ORIG_P), rows.int(other, AT.ORIG_P)];
    if (this.int(row, AT.PROTO) === ICMP) return ANSWER[mine] === theirs || ANSWER[theirs] === mine;
    return mine === rows.int(other, AT.RESP_P) && this.int(row, AT.RESP_P) === theirs;
  }

  /** Row `row` takes in its other half, `other` of `rows`. Who began is who is first or, at the same time, who calls the lower port. */
  join(row: number, rows: HeldRows, other: number): void {
    const asks = this.begins(row, rows, other);
    const [src, dst] = [this.flags(row), rows.flags(other)];
    const startUs = Math.min(this.timestampUs(row), rows.timestampUs(other));
    const endUs = Math.max(this.endUs(row), rows.endUs(other));
    if (!asks) {
      this.copyTo(row, rows, other);
    } else {
      this.respond(row, rows.sent(other));
    }
    const real = row * AT.REALS;
    this.reals[real + AT.TIME] = startUs;
    this.reals[real + AT.DURATION] = (endUs - startUs) / 1e6;
    this.ints[row * AT.INTS + AT.CONN_STATE] = joinedState(this.int(row, AT.PROTO), asks ? src : dst, asks ? dst : src);
  }

  /** Nothing came back, or what came was the answer to something that was not seen. */
  alone(row: number): void {
    if (!this.waits(row)) return;
    const int = row * AT.INTS;
    const proto = this.int(row, AT.PROTO);
    const flags = this.flags(row);
    if (this.isAnswer(row, proto, flags)) {
      const sent = this.sent(row);
      this.turn(row);
      this.respond(row, sent);
      for (const place of [AT.ORIG_BYTES, AT.ORIG_PKTS, AT.ORIG_IP_BYTES]) this.reals[row * AT.REALS + place] = 0;
      this.ints[int + AT.CONN_STATE] = proto === TCP ? JOINED : ANSWER_ONLY;
      return;
    }
    this.respond(row, [0, 0, 0]);
    const state = proto === ICMP ? JOINED : proto !== TCP || flags < 0 ? UNANSWERED : stateOfFlags(flags, -1);
    this.ints[int + AT.CONN_STATE] = state;
  }

  /** From a service's port to one that is none, and no SYN. */
  private isAnswer(row: number, proto: number, flags: number): boolean {
    if (proto !== TCP && proto !== UDP) return false;
    const from = this.int(row, AT.ORIG_P);
    if (from < 0 || from >= SERVICES || this.int(row, AT.RESP_P) < SERVICES) return false;
    return flags < 0 ? proto !== TCP : (flags & (SYN | ACK)) !== SYN;
  }

  private flags(row: number): number {
    const told = this.int(row, AT.CONN_STATE);
    return told === NO_FLAGS ? -1 : told - ONE_WAY;
  }

  private begins(row: number, rows: HeldRows, other: number): boolean {
    const port = this.int(row, AT.ORIG_P);
    if (this.int(row, AT.PROTO) === ICMP) return ANSWER[port] === rows.int(other, AT.ORIG_P);
    const later = rows.timestampUs(other) - this.timestampUs(row);
    if (later !== 0) return later > 0;
    const [mine, theirs] = [this.flags(row) & SYN, rows.flags(other) & SYN];
    return mine === theirs ? port >= this.int(row, AT.RESP_P) : mine !== 0;
  }

  /** Payload, packets and bytes of a row's originator. */
  private sent(row: number): [number, number, number] {
    const { reals } = this;
    const real = row * AT.REALS;
    return [
      reals[real + AT.ORIG_BYTES] as number,
      reals[real + AT.ORIG_PKTS] as number,
      reals[real + AT.ORIG_IP_BYTES] as number,
    ];
  }

  private respond(row: number, [payload, packets, bytes]: readonly [number, number, number]): void {
    const { reals } = this;
    const real = row * AT.REALS;
    reals[real + AT.RESP_BYTES] = payload;
    reals[real + AT.RESP_PKTS] = packets;
    reals[real + AT.RESP_IP_BYTES] = bytes;
  }

  /** Row `row` becomes `other` of `rows`, answered by what it was. */
  private copyTo(row: number, rows: HeldRows, other: number): void {
    const sent = this.sent(row);
    this.reals.set(rows.reals.subarray(other * AT.REALS, (other + 1) * AT.REALS), row * AT.REALS);
    this.ints.set(rows.ints.subarray(other * AT.INTS, other * AT.INTS + AT.LENGTHS), row * AT.INTS);
    const [from, to] = [other * AT.INTS, row * AT.INTS];
    this.ints.set(rows.ints.subarray(from + AT.HASHES, from + AT.INTS), to + AT.HASHES);
    const address = other * AT.ADDRESS_BYTES;
    this.addresses.set(rows.addresses.subarray(address, address + AT.ADDRESS_BYTES), row * AT.ADDRESS_BYTES);
    this.respond(row, sent);
  }

  /** Originator and responder change places. */
  private turn(row: number): void {
    const { ints, addresses } = this;
    const int = row * AT.INTS;
    const swap = (a: number, b: number): void => {
      [ints[int + a], ints[int + b]] = [ints[int + b] as number, ints[int + a] as number];
    };
    swap(AT.ORIG_P, AT.RESP_P);
    swap(AT.HASHES, AT.HASHES + 2);
    swap(AT.HASHES + 1, AT.HASHES + 3);
    const at = row * AT.ADDRESS_BYTES;
    const orig = addresses.slice(at + AT.ORIG_H, at + AT.ORIG_H + 16);
    addresses.copyWithin(at + AT.ORIG_H, at + AT.RESP_H, at + AT.RESP_H + 16);
    addresses.set(orig, at + AT.RESP_H);
  }
}

/** @param src flags of who began, -1 where nobody told; dst the same of who answered */
function joinedState(proto: number, src: number, dst: number): number {
  if (proto === ICMP) return JOINED;
  if (proto !== TCP) return DONE;
  return src < 0 || dst < 0 ? -1 : stateOfFlags(src, dst);
}
