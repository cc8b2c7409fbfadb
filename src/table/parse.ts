/** A row of the packet table, version 2, as a packet record. */

import { CellCursor } from './cell.js';
import { CellError } from './cell-reader.js';
import { COLUMNS, ENCAP_COLUMN, HEADER, INNER_HEADER, TABLE_VERSION } from './columns.js';
import { answerBytes, encapOf, type PacketRecord, STOP_LAYERS, STOP_REASONS } from './record.js';
import { respelledNothing } from './respelled.js';

const MAX_LENGTH = 0x7fffffff;
const MAX_IP_LENGTH = 0xffffffff + 40;

const STOPS: ReadonlyMap<string, readonly [reason: number, layer: number]> = new Map(
  STOP_REASONS.flatMap((reason, r) =>
    STOP_LAYERS.map((layer, l) => [`${reason}:${layer}`, [r, l]] as const).filter(() => reason !== ''),
  ),
);

const FIRST_COLUMN = COLUMNS[0].name;
/** What stands after the first column's name where that is no comma. */
const OTHER_SEPARATOR = new RegExp(`^"?${FIRST_COLUMN.replace('.', '\\.')}"?([^\\w",.\\r])`);
const SEPARATORS: Readonly<Record<string, string>> = {
  '\t': 'tabs',
  ';': 'semicolons',
  '|': 'vertical bars',
  ' ': 'spaces',
};

/** Whether a line is, or is meant to be, a header line. */
export function isHeader(line: string): boolean {
  return line
    .replace(/^\ufeff/, '')
    .replace(/^"/, '')
    .startsWith(FIRST_COLUMN);
}

/** Whether a header line is that of a table of inner packets. */
export function isInnerHeader(line: string): boolean {
  return new RegExp(`,"?${ENCAP_COLUMN.name}"?\\r?$`).test(line);
}

/** What is wrong with a header line, or undefined where it is this version's (cells may be quoted, a byte order mark may lead). */
export function headerFault(line: string): string | undefined {
  const text = line.replace(/^\ufeff/, '').replace(/\r$/, '');
  const separator = OTHER_SEPARATOR.exec(text)?.[1];
  if (separator !== undefined) {
    const what = SEPARATORS[separator] ?? `"${separator}"`;
    return `cells are separated by ${what}, where the packet table has commas; write it with commas, or give the capture itself`;
  }
  const names = text.split(',').map((name) => name.replace(/^"(.*)"$/, '$1'));
  if (names.join(',') === HEADER || names.join(',') === INNER_HEADER) return undefined;
  const missing = COLUMNS.find((column) => !names.includes(column.name));
  if (missing)
    return `column ${missing.name} is missing; version ${TABLE_VERSION} of the packet table has it; sniff the capture again`;
  const unknown = names.find((name) => name !== ENCAP_COLUMN.name && !COLUMNS.some((column) => column.name === name));
  if (unknown !== undefined) return `column "${unknown}" is not of version ${TABLE_VERSION} of the packet table`;
  return `columns stand in another order than in version ${TABLE_VERSION} of the packet table`;
}

/** Reads rows into records. One object serves any number of rows. */
export class RowParser {
  /** the rows have the column of inner packets */
  inner = false;
  private readonly cells = new CellCursor();

  /**
   * Overwrites `into` with the row `bytes[start..end)`; `bytes[end]` must be its line feed.
   * @throws CellError, whose message names the column
   */
  parse(bytes: Uint8Array, start: number, end: number, into: PacketRecord): void {
    this.cells.begin(bytes, start, end);
    try {
      this.read(into);
    } catch (error) {
      throw this.located(error);
    }
  }

  /** The first cell of a row only: µs since the epoch into `into[at]`. */
  readTime(bytes: Uint8Array, start: number, end: number, into: Float64Array, at: number): void {
    this.cells.begin(bytes, start, end);
    try {
      this.cells.time();
      into[at] = this.cells.real[0];
    } catch (error) {
      throw this.located(error);
    }
  }

  /** Place in TIME_UNITS of what the time was given in that was read last. */
  get timeUnit(): number {
    return this.cells.timeUnit;
  }

  private located(error: unknown): unknown {
    if (!(error instanceof CellError)) return error;
    const { column: index } = this.cells;
    const column = COLUMNS[index] ?? (this.inner && index === COLUMNS.length ? ENCAP_COLUMN : undefined);
    return column ? new CellError(`${column.name}: ${error.message}`) : new CellError('more cells than columns');
  }

  private read(into: PacketRecord): void {
    const { cells } = this;
    const { real } = cells;
    cells.time();
    into.timestampUs = real[0];
    into.frameLen = this.needed(cells.uint(MAX_LENGTH));
    into.capLen = this.needed(cells.uint(MAX_LENGTH));
    cells.mac();
    into.ethSrc = real[0];
    cells.mac();
    into.ethDst = real[0];
    into.ethType = cells.hex(0xffff);
    into.vlanId = cells.uint(4095);
    const version = cells.uint(6);
    if (version !== -1 && version !== 4 && version !== 6) {
      cells.column--;
      cells.fail('neither 4 nor 6');
    }
    into.ipVersion = version;
    if (version < 0) {
      cells.nothing('an address without ip.version');
      cells.nothing('an address without ip.version');
    } else {
      cells.ip(version, into.ipSrc);
      cells.ip(version, into.ipDst);
    }
    into.ipProto = cells.uint(255);
    into.ipTtl = cells.uint(255);
    into.ipDsfield = cells.uint(255);
    into.ipFlags = cells.hex(7);
    into.ipFragOffset = cells.uint(0xffff);
    into.ipLen = cells.uint(MAX_IP_LENGTH);
    into.arpOpcode = cells.uint(0xffff);
    if (into.arpOpcode < 0) {
      cells.nothing('an address without arp.opcode');
      cells.nothing('an address without arp.opcode');
    } else {
      cells.ip(4, into.arpSrc);
      cells.ip(4, into.arpDst);
    }
    into.ipOptions = cells.uint(1);
    into.srcport = cells.uint(0xffff);
    into.dstport = cells.uint(0xffff);
    into.tcpFlags = cells.hex(0xfff);
    into.tcpWindow = cells.uint(0xffff);
    into.tcpOptionCount = cells.kinds(into.tcpOptionKinds);
    into.payloadLen = cells.uint(MAX_IP_LENGTH);
    cells.decimal(8);
    into.payloadEntropy = real[0];
    cells.decimal(1);
    into.payloadPrintable = real[0];
    into.icmpType = cells.uint(255);
    into.icmpCode = cells.uint(255);
    cells.text(into.dnsQryName);
    into.dnsQryType = cells.uint(0xffff);
    into.dnsResponse = cells.uint(1);
    into.dnsRcode = cells.uint(0xffff);
    this.readAnswers(into);
    cells.text(into.tlsSni);
    this.readStop(into);
    into.encap = this.inner ? this.readEncap() : 0;
    if (!cells.done) cells.fail('more cells than columns');
  }

  private readAnswers(into: PacketRecord): void {
    const length = answerBytes(into.dnsQryType);
    into.dnsAnswerCount = 0;
    if (length !== 0) into.dnsAnswerCount = this.cells.ips(length, into.dnsAnswers);
    else this.cells.nothing('addresses without a question of type A or AAAA');
  }

  private readStop(into: PacketRecord): void {
    const { cells } = this;
    into.stopReason = into.stopLayer = into.stopOffset = 0;
    if (cells.empty()) return;
    const word = cells.word();
    const stop = STOPS.get(word);
    if (respelledNothing(word) === '') return;
    if (stop) {
      [into.stopReason, into.stopLayer] = stop;
    } else {
      cells.column--;
      cells.fail('no reason:layer');
    }
  }

  private readEncap(): number {
    const { cells } = this;
    if (cells.done) cells.fail('missing');
    if (cells.empty()) return 0;
    const encap = encapOf(cells.word());
    if (encap !== undefined) return encap;
    cells.column--;
    return cells.fail('no tunnels joined by -');
  }

  private needed(value: number): number {
    if (value >= 0) return value;
    this.cells.column--;
    return this.cells.fail('empty');
  }
}
