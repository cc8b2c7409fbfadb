/** What nfdump prints for people: `-o line`, `long`, `extended`, `biline`, `bilong`; columns set off by blanks. */

import { FLOW_TABLES } from '../../source/flow-tables/formats.js';
import type { ConnBatch } from '../conn-batch.js';
import { BAD_ROW, type LineKind, type LineParser, NO_ROW, ROW } from '../tsv.js';
import { Notes } from './notes.js';
import { F, FlowRow } from './row.js';

const latin = new TextDecoder('latin1');
const encoder = new TextEncoder();
/** date, time, duration, protocol, source, arrow, destination, packets, bytes at least */
const LEAST = 9;
const FLAGS = /^[UAPRSFECX.]{6,8}$|^0x[\da-f]+$/i;
const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

export class NfdumpParser implements LineParser {
  fault = '';
  readonly layout = undefined;
  private readonly notes = new Notes();
  private readonly row = new FlowRow(FLOW_TABLES['nfdump-text'], (field) => field);
  private readonly out = new Uint8Array(512);
  private at = 0;

  warnings(name: string): string[] {
    return this.notes.lines(name, 'rows that are no connections', this.row.times);
  }

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    this.fault = '';
    // header and last lines begin with a word; rows with a date
    const first = text[from] as number;
    if (from === to || first < 48 || first > 57) return NO_ROW;
    const words = withUnits(
      latin
        .decode(text.subarray(from, Math.min(to, from + 512)))
        .trim()
        .split(/\s+/),
    );
    if (words.length < LEAST) return this.bad(`${words.length} of at least ${LEAST} columns`);
    const [date, time, duration, protocol, src, arrow, dst, ...rest] = words as [string, ...string[]];
    this.row.clear();
    this.at = 0;
    this.put(F.start, `${date} ${time}`);
    this.put(F.duration, duration as string);
    this.put(F.protocol, protocol as string);
    if (!this.ends(src as string, dst as string, /^icmp/i.test(protocol as string))) return BAD_ROW;
    const both = arrow === '<->';
    if (!both && arrow !== '->') return this.bad('no arrow between its hosts');
    if (FLAGS.test(rest[0] as string)) {
      this.put(F.flags, rest[0] as string);
      rest.splice(0, 2); // type of service
    }
    if (both) {
      const [dstPackets, srcPackets, dstBytes, srcBytes] = rest;
      this.put(F.dstPackets, dstPackets ?? '');
      this.put(F.srcPackets, srcPackets ?? '');
      this.put(F.dstBytes, dstBytes ?? '');
      this.put(F.srcBytes, srcBytes ?? '');
    } else {
      this.put(F.srcPackets, rest[0] ?? '');
      this.put(F.srcBytes, rest[1] ?? '');
    }
    const outcome = this.row.make(this.out, into, !both || rest[0] === '0');
    if (outcome === 'row') return ROW;
    if (outcome === 'bad') return this.bad(this.row.fault);
    this.notes.pass((protocol as string).toLowerCase().slice(0, 16));
    return NO_ROW;
  }

  private bad(fault: string): typeof BAD_ROW {
    this.fault = fault;
    return BAD_ROW;
  }

  private put(field: number, word: string): void {
    const { written } = encoder.encodeInto(word, this.out.subarray(this.at));
    this.row.put(field, this.at, this.at + written);
    this.at += written;
  }

  /** Hosts and ports: `10.0.0.1:80`, `2001:db8::1.443`; of ICMP `10.0.0.1:8.0`, `ff02::1.134.0`, type and code of the destination. */
  private ends(src: string, dst: string, icmp: boolean): boolean {
    const [from, to] = [split(src), split(dst)];
    if (from[0].includes('..') || to[0].includes('..')) {
      this.bad('an address is cut short; print it whole with nfdump -6');
      return false;
    }
    this.put(F.src, from[0]);
    this.put(F.dst, to[0]);
    if (icmp) {
      const [type, code] = (to[1] ?? '').split('.');
      this.put(F.icmp, type ?? '');
      this.put(F.icmpCode, code ?? '');
    } else {
      this.put(F.sport, from[1] ?? '');
      this.put(F.dport, to[1] ?? '');
    }
    return true;
  }
}

/** `1.2 M` is one number. */
function withUnits(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const [k, word] of words.entries()) {
    const unit = k > 0 && word.length === 1 ? UNITS[word] : undefined;
    if (unit === undefined) joined.push(word);
    else joined[joined.length - 1] = String(Math.round(Number(joined.at(-1)) * unit));
  }
  return joined;
}

function split(end: string): [address: string, port: string | undefined] {
  const colon = end.indexOf(':');
  if (colon === end.lastIndexOf(':')) return colon < 0 ? [end, undefined] : [end.slice(0, colon), end.slice(colon + 1)];
  const cut = end.indexOf('.', end.lastIndexOf(':'));
  return cut < 0 || end[cut + 1] === '.' ? [end, undefined] : [end.slice(0, cut), end.slice(cut + 1)];
}
