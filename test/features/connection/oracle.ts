/** The slow and obvious connection features: every value by its name, written from the definitions. */

import { Clock } from '../../../src/features/clock.ts';
import { CONN_STATES, type ConnRecord, PROTOCOLS } from '../../../src/zeek/record.ts';

const lg = (x: number) => Math.log1p(Math.max(0, x));
/** half powers of two */
const step = (x: number) => (x > 0 ? 1 + Math.floor(2 * Math.log2(1 + x)) : Math.sign(x));
const LETTERS = 'shadfrcgtwiq';
const FAILED = ['S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH'];
const JOINED = ['OTH', 'SHR', 'RSTRH'];
const POOLED_FROM = 1024;
const OWN_VALUE = 3;

/** What a record says, in words. */
interface Seen {
  readonly originator: string;
  readonly responder: string;
  readonly proto: string;
  readonly port: number;
  readonly service: string;
  readonly history: string;
  readonly state: string;
  readonly place: string;
  readonly origLocal: boolean;
  readonly respLocal: boolean;
  readonly unicast: boolean;
  /** a connection of TCP without the originator's SYN */
  readonly joined: boolean;
  /** TCP with that SYN */
  readonly syn: boolean;
}

const isPrivate = (bytes: number[]): boolean => {
  const [a = 0, b = 0] = bytes;
  if (bytes.length === 16) return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
};

function look(r: ConnRecord): Seen {
  const length = r.ipVersion === 4 ? 4 : 16;
  const from = [...r.origH.slice(0, length)];
  const to = [...r.respH.slice(0, length)];
  const unicast = length === 16 ? to[0] !== 255 : to[0] < 224 && to[3] !== 255;
  const origLocal = r.localOrig < 0 ? isPrivate(from) : r.localOrig === 1;
  const respLocal = !unicast || (r.localResp < 0 ? isPrivate(to) : r.localResp === 1);
  const history = r.history.toString();
  const state = CONN_STATES[r.connState] ?? 'unknown';
  const tcp = PROTOCOLS[r.proto] === 'tcp';
  const syn = history === '' ? !JOINED.includes(state) : history.includes('S');
  const attempt = /^[AFCIQr^]*$/.test(history);
  return {
    originator: from.join('.'),
    responder: to.join('.'),
    proto: PROTOCOLS[r.proto] as string,
    port: r.proto <= 1 ? r.respP : -1,
    service: r.service.toString(),
    history,
    state,
    place: `${origLocal} ${respLocal}`,
    origLocal,
    respLocal,
    unicast,
    joined: tcp && !syn && !(history === '' ? r.origBytes <= 0 && r.respBytes <= 0 && r.respPkts <= 0 : attempt),
    syn: tcp && syn,
  };
}

const network = (address: string): string => {
  const bytes = address.split('.').map(Number);
  return isPrivate(bytes) ? address : bytes.slice(0, bytes.length === 4 ? 3 : 6).join('.');
};

/** Counts of words by block of training. */
class Words {
  private readonly seen = new Map<string, number[]>();

  learn(word: string, block: number): void {
    const counts = this.seen.get(word) ?? [0, 0, 0, 0, 0];
    counts[block] = counts[block] + 1;
    this.seen.set(word, counts);
  }

  count(word: string, without: number): number {
    return (this.seen.get(word) ?? []).reduce((sum, n, block) => (block === without ? sum : sum + n), 0);
  }

  bits(word: string, without: number): number {
    const counts = [...this.seen.keys()].map((known) => this.count(known, without));
    const all = counts.reduce((a, b) => a + b, 0);
    const distinct = counts.filter((n) => n > 0).length;
    return Math.min(20, -Math.log2((this.count(word, without) + 1) / (all + distinct + 1)));
  }
}

/** Something that happened in a bucket of ten seconds. */
interface Event {
  readonly what: string;
  bucket: number;
}

/** Six buckets of ten seconds. */
class Windows {
  private readonly events = new Map<string, Event[]>();

  add(key: string, bucket: number, what = ''): void {
    this.events.set(key, [...this.last(key, bucket), { what, bucket }]);
  }

  private last(key: string, bucket: number): Event[] {
    return (this.events.get(key) ?? []).filter((event) => event.bucket > bucket - 6);
  }

  count(key: string, bucket: number): number {
    return this.last(key, bucket).length;
  }

  distinct(key: string, bucket: number): number {
    return new Set(this.last(key, bucket).map((event) => event.what)).size;
  }
}

export class Oracle {
  private startUs = Number.NaN;
  /** has tests of its own */
  private clock = new Clock(300e6);
  private clockUs = 0;
  private readonly windows = new Windows();
  /** by service: its last port, the starts of its connections and what lies between them */
  private readonly opened = new Map<string, { port: number; starts: number[]; intervals: number[] }>();

  /** @param words by the feature that their rarity is */
  constructor(private readonly words = new Map<string, Words>()) {}

  /** With what it has learned, and nothing seen yet. */
  restarted(): Oracle {
    const again = new Oracle(this.words);
    again.clock = new Clock(300e6, this.clock.usualUs);
    return again;
  }

  learn(record: ConnRecord, block: number): void {
    const seen = look(record);
    this.tick(record);
    const texts = this.texts(record, seen, -1);
    this.book('port_alone').learn(`${seen.proto} ${seen.port}`, block);
    for (const [name, text] of Object.entries(texts)) this.book(name).learn(text, block);
  }

  private tick(record: ConnRecord): void {
    this.clock.take(record.timestampUs + Math.round(Math.max(0, record.duration) * 1e6));
  }

  private book(name: string): Words {
    const book = this.words.get(name) ?? new Words();
    this.words.set(name, book);
    return book;
  }

  /** What each rarity is the rarity of. */
  private texts(r: ConnRecord, s: Seen, block: number): Record<string, string> {
    const alone = `${s.proto} ${s.port}`;
    let exact = `${s.port}`;
    if (s.proto === 'icmp') exact = `${256 * r.origP + r.respP}`;
    else if (s.proto === 'other') exact = `${r.ipProto}`;
    const rare = s.port >= POOLED_FROM && this.book('port_alone').count(alone, block) < OWN_VALUE;
    const port = rare ? 'rare' : exact;
    return {
      port: `${s.proto} ${port}`,
      service: `${s.proto} ${s.service}`,
      service_port: `${port} ${s.service}`,
      state: `${s.proto} ${s.service} ${s.state}`,
      port_state: `${s.proto} ${port} ${s.state}`,
      port_place: `${s.proto} ${port} ${s.place}`,
      history: `${s.proto} ${s.history}`,
      port_history: `${port} ${s.history}`,
      size_up: `${s.proto} ${port} ${step(r.origBytes)}`,
      size_down: `${s.proto} ${port} ${step(r.respBytes)}`,
      duration: `${s.proto} ${port} ${step(r.duration * 1000)}`,
      exact_port: `${s.proto} ${exact}`,
      originator: network(s.originator),
      responder: network(s.responder),
      responder_port: `${s.proto} ${port} ${s.responder}`,
    };
  }

  /** Every feature of the next record, by name. */
  transform(record: ConnRecord, block: number): Record<string, number> {
    const seen = look(record);
    this.tick(record);
    if (Number.isNaN(this.startUs)) this.startUs = this.clock.nowUs;
    this.clockUs = this.clock.nowUs;
    const rarities = Object.entries(this.texts(record, seen, block)).map(([name, text]): [string, number] => [
      `rarity_${name}`,
      this.book(name).bits(text, block),
    ]);
    return { ...this.shape(record, seen), ...this.activity(record, seen), ...Object.fromEntries(rarities) };
  }

  private shape(r: ConnRecord, s: Seen): Record<string, number> {
    const up = Math.max(0, r.origBytes);
    const down = Math.max(0, r.respBytes);
    const values: Record<string, number> = {
      duration: lg(r.duration * 1000),
      no_duration: Number(r.duration < 0),
      orig_packets: lg(r.origPkts),
      resp_packets: lg(r.respPkts),
      orig_bytes: lg(up),
      resp_bytes: lg(down),
      orig_packet_size: r.origPkts > 0 ? lg(r.origIpBytes / r.origPkts) : 0,
      resp_packet_size: r.respPkts > 0 ? lg(r.respIpBytes / r.respPkts) : 0,
      orig_share: up / (up + down + 200),
      service_known: Number(s.service !== ''),
      orig_local: Number(s.origLocal),
      resp_local: Number(s.respLocal),
      unicast: Number(s.unicast),
      ipv6: Number(r.ipVersion === 6),
      missed: Number(r.missedBytes > 0),
      history_flip: Number(s.history.includes('^')),
    };
    for (const name of PROTOCOLS) values[`proto_${name}`] = Number(s.proto === name);
    for (const name of [...CONN_STATES, 'unknown']) values[`state_${name}`] = Number(s.state === name);
    for (const letter of LETTERS) {
      values[`history_orig_${letter}`] = lg(s.history.split(letter.toUpperCase()).length - 1);
      values[`history_resp_${letter}`] = lg(s.history.split(letter).length - 1);
    }
    return values;
  }

  private activity(r: ConnRecord, s: Seen): Record<string, number> {
    const { windows } = this;
    const bucket = Math.floor((this.clockUs - this.startUs) / 1e7);
    const { originator: who } = s;
    const pair = `${who} ${s.responder}`;
    const service = `${pair} ${s.proto} ${s.port}`;
    const attempt = s.unicast && s.proto !== 'icmp';
    windows.add(`connections ${who}`, bucket);
    windows.add(`responders ${who}`, bucket, pair);
    windows.add(`services ${who}`, bucket, service);
    windows.add(`ports ${pair}`, bucket, service);
    windows.add(`service ${service}`, bucket);
    if (attempt && FAILED.includes(s.state)) windows.add(`failed ${who}`, bucket);
    if (attempt && s.state === 'REJ') windows.add(`rejected ${who}`, bucket);
    if (s.proto === 'icmp' && [8, 128].includes(r.origP)) windows.add(`echoes ${who}`, bucket);
    const connections = windows.count(`connections ${who}`, bucket);
    const failed = windows.count(`failed ${who}`, bucket);

    const opened = this.opened.get(service) ?? { port: -1, starts: [] as number[], intervals: [] as number[] };
    this.opened.set(service, opened);
    const { intervals } = opened;
    const began = (r.timestampUs - this.clock.offsetUs) / 1e6;
    const goesOn = s.joined || (['tcp', 'udp'].includes(s.proto) && !s.syn && r.origP === opened.port);
    const late = !goesOn && opened.starts.length > 1 && began < Math.max(...opened.starts);
    if (!goesOn) opened.port = r.origP;
    if (!goesOn && !late) {
      if (opened.starts.length > 0) intervals.push(Math.abs(began - Math.max(...opened.starts)));
      opened.starts.push(began);
    }
    let mean = intervals[0] ?? 0;
    let variance = 0;
    for (const interval of intervals.slice(1)) {
      variance = (7 / 8) * (variance + (interval - mean) ** 2 / 8);
      mean += (interval - mean) / 8;
    }
    return {
      orig_connections: lg(connections),
      orig_responders: lg(windows.distinct(`responders ${who}`, bucket)),
      orig_services: lg(windows.distinct(`services ${who}`, bucket)),
      pair_ports: lg(windows.distinct(`ports ${pair}`, bucket)),
      orig_failed: lg(failed),
      orig_failed_share: failed / (connections + 5),
      orig_rejected: lg(windows.count(`rejected ${who}`, bucket)),
      orig_echoes: lg(windows.count(`echoes ${who}`, bucket)),
      service_connections: lg(windows.count(`service ${service}`, bucket)),
      interval: lg(goesOn ? 0 : late ? mean : (intervals.at(-1) ?? 0)),
      interval_variation: intervals.length < 3 ? 10 : Math.min(10, Math.sqrt(variance) / (mean + 0.001)),
    };
  }
}
