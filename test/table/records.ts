/** Arbitrary packet records, and what their cells must be, written the slow and obvious way. */
import fc from 'fast-check';
import { formatIpv4, formatIpv6 } from '../../src/base/address.js';
import {
  answerBytes,
  DNS_ANSWERS_CAPACITY,
  PacketRecord,
  STOP_LAYERS,
  STOP_REASONS,
  type TextField,
} from '../../src/table/record.js';

const optional = (arb: fc.Arbitrary<number>): fc.Arbitrary<number> => fc.oneof(fc.constant(-1), arb);
const upTo = (max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max }),
    fc.constantFrom(...[0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, max].filter((n) => n <= max)),
  );
const byteArray = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: length, maxLength: length }).map((a) => Uint8Array.from(a)),
  );
const printableText = fc
  .oneof(
    fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)), maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(',', '"', 'a', '\\'), maxLength: 1024 }),
  )
  .filter((text) => text.length <= 1024);
const decimal = (max: number): fc.Arbitrary<number> => upTo(max * 1000).map((n) => n / 1000);

function setText(field: TextField, text: string): void {
  field.length = text.length;
  for (let i = 0; i < text.length; i++) field.bytes[i] = text.charCodeAt(i);
}

/** Records as a decoder or the table's reader may leave them. */
export const anyRecord: fc.Arbitrary<PacketRecord> = fc
  .record({
    timestampUs: fc.oneof(
      fc.integer({ min: 1.5e15, max: 2e15 }),
      fc.constantFrom(0, 1, -1, 999_999, 1_000_000, -1_000_001, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER),
    ),
    lengths: fc.tuple(upTo(0x7fffffff), upTo(262_144)),
    eth: fc.tuple(
      optional(upTo(2 ** 48 - 1)),
      optional(upTo(2 ** 48 - 1)),
      optional(upTo(0xffff)),
      optional(upTo(4095)),
    ),
    ipVersion: fc.constantFrom(-1, 4, 6),
    addresses: fc.tuple(byteArray(16), byteArray(16)),
    ip: fc.tuple(optional(upTo(255)), optional(upTo(255)), optional(upTo(255)), optional(upTo(7))),
    ipMore: fc.tuple(optional(upTo(0xffff)), optional(upTo(0xffffffff)), optional(upTo(1))),
    arp: fc.tuple(optional(upTo(0xffff)), byteArray(4), byteArray(4)),
    ports: fc.tuple(optional(upTo(0xffff)), optional(upTo(0xffff))),
    tcp: fc.tuple(optional(upTo(0xfff)), optional(upTo(0xffff)), fc.uint8Array({ maxLength: 40 })),
    payload: fc.tuple(optional(upTo(0xffffffff)), optional(decimal(8)), optional(decimal(1))),
    icmp: fc.tuple(optional(upTo(255)), optional(upTo(255))),
    dns: fc.tuple(printableText, optional(upTo(0xffff)), optional(upTo(1)), optional(upTo(0xffff))),
    addressType: fc.constantFrom(undefined, 1, 28),
    answers: fc.array(byteArray(16), { maxLength: DNS_ANSWERS_CAPACITY }),
    sni: printableText,
    stop: fc.tuple(upTo(STOP_REASONS.length - 1), upTo(STOP_LAYERS.length - 1)),
  })
  .map((v) => {
    const record = new PacketRecord();
    record.timestampUs = v.timestampUs;
    [record.frameLen, record.capLen] = v.lengths;
    [record.ethSrc, record.ethDst, record.ethType, record.vlanId] = v.eth;
    record.ipVersion = v.ipVersion;
    record.ipSrc.set(v.addresses[0]);
    record.ipDst.set(v.addresses[1]);
    [record.ipProto, record.ipTtl, record.ipDsfield, record.ipFlags] = v.ip;
    [record.ipFragOffset, record.ipLen, record.ipOptions] = v.ipMore;
    record.arpOpcode = v.arp[0];
    record.arpSrc.set(v.arp[1]);
    record.arpDst.set(v.arp[2]);
    [record.srcport, record.dstport] = v.ports;
    [record.tcpFlags, record.tcpWindow] = v.tcp;
    record.tcpOptionKinds.set(v.tcp[2]);
    record.tcpOptionCount = v.tcp[2].length;
    [record.payloadLen, record.payloadEntropy, record.payloadPrintable] = v.payload;
    [record.icmpType, record.icmpCode] = v.icmp;
    setText(record.dnsQryName, v.dns[0]);
    [, record.dnsQryType, record.dnsResponse, record.dnsRcode] = v.dns;
    if (v.addressType !== undefined) {
      record.dnsQryType = v.addressType;
      const length = answerBytes(v.addressType);
      for (const answer of v.answers) {
        record.dnsAnswers.set(answer.subarray(0, length), length * record.dnsAnswerCount++);
      }
    }
    setText(record.tlsSni, v.sni);
    [record.stopReason, record.stopLayer] = v.stop[0] === 0 ? [0, 0] : v.stop;
    return record;
  });

const int = (value: number): string => (value < 0 ? '' : String(value));
const hex = (value: number, digits: number): string =>
  value < 0 ? '' : `0x${value.toString(16).padStart(digits, '0')}`;
const mac = (value: number): string =>
  value < 0
    ? ''
    : value
        .toString(16)
        .padStart(12, '0')
        .replace(/..(?!$)/g, '$&:');

function seconds(us: number): string {
  const digits = String(Math.abs(us)).padStart(7, '0');
  return `${us < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** The cells of the record's row. */
export function cellsOf(r: PacketRecord): string[] {
  const ip = (bytes: Uint8Array): string =>
    r.ipVersion === 4 ? formatIpv4(bytes) : r.ipVersion === 6 ? formatIpv6(bytes) : '';
  return [
    seconds(r.timestampUs),
    int(r.frameLen),
    int(r.capLen),
    mac(r.ethSrc),
    mac(r.ethDst),
    hex(r.ethType, 4),
    int(r.vlanId),
    int(r.ipVersion),
    ip(r.ipSrc),
    ip(r.ipDst),
    int(r.ipProto),
    int(r.ipTtl),
    int(r.ipDsfield),
    hex(r.ipFlags, 2),
    int(r.ipFragOffset),
    int(r.ipLen),
    int(r.arpOpcode),
    r.arpOpcode < 0 ? '' : formatIpv4(r.arpSrc),
    r.arpOpcode < 0 ? '' : formatIpv4(r.arpDst),
    int(r.ipOptions),
    int(r.srcport),
    int(r.dstport),
    hex(r.tcpFlags, 4),
    int(r.tcpWindow),
    [...r.tcpOptionKinds.subarray(0, r.tcpOptionCount)].join('-'),
    int(r.payloadLen),
    int(r.payloadEntropy),
    int(r.payloadPrintable),
    int(r.icmpType),
    int(r.icmpCode),
    String(r.dnsQryName),
    int(r.dnsQryType),
    int(r.dnsResponse),
    int(r.dnsRcode),
    answersOf(r).join(' '),
    String(r.tlsSni),
    r.stopReason === 0 ? '' : `${STOP_REASONS[r.stopReason]}:${STOP_LAYERS[r.stopLayer]}`,
  ];
}

/** The addresses of a DNS answer. */
export function answersOf(r: PacketRecord): string[] {
  const length = answerBytes(r.dnsQryType);
  const format = length === 4 ? formatIpv4 : formatIpv6;
  return Array.from({ length: r.dnsAnswerCount }, (_, i) => format(r.dnsAnswers.slice(length * i, length * (i + 1))));
}
