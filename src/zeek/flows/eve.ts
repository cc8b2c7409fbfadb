/** Suricata's eve.json: its flow events, or its netflow events where there are no others; of the rest it is counted what they are. */

import { printable } from '../../base/text.js';
import { FLOW_TABLES } from '../../source/flow-tables/formats.js';
import type { ConnBatch } from '../conn-batch.js';
import { BAD_ROW, type LineKind, type LineParser, NO_ROW, ROW } from '../tsv.js';
import { Notes } from './notes.js';
import { F, FlowRow } from './row.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const TYPE = /"event_type"\s*:\s*"([^"\\]{1,40})"/;
/** Suricata's word for an application that it looked for and did not find */
const NO_APPLICATION = new Set(['failed', 'unknown']);
const SCRATCH = 1024;

type Cells = Readonly<Record<string, unknown>>;

const cellsOf = (value: unknown): Cells => (typeof value === 'object' && value !== null ? (value as Cells) : {});

export class EveParser implements LineParser {
  fault = '';
  readonly layout = undefined;
  private kind: 'flow' | 'netflow' | undefined;
  private readonly notes = new Notes();
  private readonly row = new FlowRow(FLOW_TABLES.eve, (field) => field);
  private readonly out = new Uint8Array(SCRATCH);
  private at = 0;

  /** @param netflow whether netflow events are read where they come first */
  constructor(private readonly netflow = true) {}

  warnings(name: string): string[] {
    return this.notes.lines(name, `events that are no ${this.kind ?? 'flow'}`, this.row.times);
  }

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    this.fault = '';
    let start = from;
    while (start < to && (text[start] as number) <= 32) start++;
    if (start === to) return NO_ROW;
    const line = decoder.decode(text.subarray(start, to));
    const type = TYPE.exec(line)?.[1];
    if (type !== undefined && !this.wanted(type) && line.endsWith('}')) {
      this.notes.pass(printable(type));
      return NO_ROW;
    }
    let event: Cells;
    try {
      event = cellsOf(JSON.parse(line));
    } catch {
      return this.bad('no whole JSON object');
    }
    const told = event.event_type;
    if (typeof told !== 'string') return this.bad('no event_type');
    if (!this.wanted(told)) {
      this.notes.pass(printable(told.slice(0, 40)));
      return NO_ROW;
    }
    this.kind ??= told as 'flow' | 'netflow';
    const outcome = this.fill(event).make(this.out, into, told === 'netflow');
    if (outcome === 'row') return ROW;
    if (outcome === 'bad') return this.bad(this.row.fault);
    this.notes.pass(`${told} without IP`);
    return NO_ROW;
  }

  /** Both kinds tell of the same traffic: the first that comes is read. */
  private wanted(type: string): boolean {
    if (this.kind !== undefined) return type === this.kind;
    return type === 'flow' || (this.netflow && type === 'netflow');
  }

  private bad(fault: string): typeof BAD_ROW {
    this.fault = fault;
    return BAD_ROW;
  }

  private fill(event: Cells): FlowRow {
    const { row } = this;
    row.clear();
    this.at = 0;
    const tcp = cellsOf(event.tcp);
    const { app_proto: application } = event;
    this.put(F.src, event.src_ip);
    this.put(F.sport, event.src_port);
    this.put(F.dst, event.dest_ip);
    this.put(F.dport, event.dest_port);
    this.put(F.protocol, event.proto);
    this.put(F.icmp, event.icmp_type);
    this.put(F.icmpCode, event.icmp_code);
    this.put(F.id, event.flow_id);
    if (typeof application === 'string' && !NO_APPLICATION.has(application)) this.put(F.service, application);
    if (this.kind === 'netflow') {
      const flow = cellsOf(event.netflow);
      this.span(flow);
      this.put(F.srcPackets, flow.pkts);
      this.put(F.srcBytes, flow.bytes);
      this.put(F.flags, tcp.tcp_flags);
      return row;
    }
    const flow = cellsOf(event.flow);
    this.span(flow);
    this.put(F.srcPackets, flow.pkts_toserver);
    this.put(F.dstPackets, flow.pkts_toclient);
    this.put(F.srcBytes, flow.bytes_toserver);
    this.put(F.dstBytes, flow.bytes_toclient);
    this.put(F.srcFlags, tcp.tcp_flags_ts);
    this.put(F.dstFlags, tcp.tcp_flags_tc);
    return row;
  }

  private span(flow: Cells): void {
    this.put(F.start, flow.start);
    this.put(F.end, flow.end);
  }

  private put(field: number, value: unknown): void {
    if (typeof value !== 'string' && typeof value !== 'number') return;
    const { written } = encoder.encodeInto(String(value), this.out.subarray(this.at));
    this.row.put(field, this.at, this.at + written);
    this.at += written;
  }
}
