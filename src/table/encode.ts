/** A packet record as a row of the packet table, version 2: bytes into a buffer of the caller. */

import { putIpv6 } from './address.js';
import { HEADER, INNER_HEADER } from './columns.js';
import {
  OVERRUN_BYTES,
  putCell,
  putCommas,
  putDecimal,
  putHex2,
  putHex4,
  putIpv4,
  putKinds,
  putMac,
  putText,
  putTime,
} from './put.js';
import { answerBytes, encapText, NAME_CAPACITY, type PacketRecord, STOP_LAYERS, STOP_REASONS } from './record.js';

/** Room for any row: two names, every byte of them a doubled quote, and less than 1024 bytes of everything else. */
export const MAX_ROW_BYTES = 2 * (2 * NAME_CAPACITY + 2) + 1024 + OVERRUN_BYTES;

const LF = 10;
const MINUS = 45;
const SPACE = 32;
const COMMA = 44;
const HALF_MAC = 0x1000000;
const ascii = new TextEncoder();

/** The header line with its line end. */
export const HEADER_LINE: Uint8Array = ascii.encode(`${HEADER}\n`);
export const INNER_HEADER_LINE: Uint8Array = ascii.encode(`${INNER_HEADER}\n`);

const STOPS: readonly (readonly Uint8Array[])[] = STOP_REASONS.map((reason) =>
  STOP_LAYERS.map((layer) => ascii.encode(reason === '' ? '' : `${reason}:${layer}`)),
);

/** The view of the buffer last written to: a row must not cost one. */
let lastBuffer: Uint8Array = new Uint8Array(0);
let lastView = new DataView(lastBuffer.buffer);

/**
 * Writes the row of `record` with its line end at `buffer[at]`; `MAX_ROW_BYTES` must be free there, and are touched.
 * @param inner with the column of tables that describe inner packets
 * @returns the offset after it
 */
export function encodeRecord(record: PacketRecord, buffer: Uint8Array, at: number, inner = false): number {
  if (buffer !== lastBuffer) {
    lastBuffer = buffer;
    lastView = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  const view = lastView;
  const us = record.timestampUs;
  const sign = us < 0 ? 1 : 0;
  if (sign === 1) buffer[at] = MINUS;
  const seconds = Math.floor(Math.abs(us) / 1e6);
  let end = putTime(view, at + sign, seconds, (Math.abs(us) - seconds * 1e6) | 0);
  end = putCell(view, end, record.frameLen);
  end = putCell(view, end, record.capLen);
  const srcHigh = Math.floor(record.ethSrc / HALF_MAC) | 0;
  end = putMac(view, end, srcHigh, (record.ethSrc - srcHigh * HALF_MAC) | 0);
  const dstHigh = Math.floor(record.ethDst / HALF_MAC) | 0;
  end = putMac(view, end, dstHigh, (record.ethDst - dstHigh * HALF_MAC) | 0);
  end = putHex4(view, end, record.ethType);
  end = putCell(view, end, record.vlanId);
  end = putIp(view, end, record);
  if (record.arpOpcode >= 0) {
    end = putCell(view, end, record.arpOpcode);
    end = putIpv4(view, end, record.arpSrc);
    end = putIpv4(view, end, record.arpDst);
  } else {
    end = putCommas(view, end, 3);
  }
  end = putCell(view, end, record.ipOptions);
  end = putCell(view, end, record.srcport);
  end = putCell(view, end, record.dstport);
  end = putHex4(view, end, record.tcpFlags);
  end = putCell(view, end, record.tcpWindow);
  end = putKinds(view, end, record.tcpOptionKinds, record.tcpOptionCount);
  end = putCell(view, end, record.payloadLen);
  end = putDecimal(view, end, Math.round(record.payloadEntropy * 1000) | 0);
  end = putDecimal(view, end, Math.round(record.payloadPrintable * 1000) | 0);
  end = putCell(view, end, record.icmpType);
  end = putCell(view, end, record.icmpCode);
  end = putText(view, end, record.dnsQryName.bytes, record.dnsQryName.length);
  end = putCell(view, end, record.dnsQryType);
  end = putCell(view, end, record.dnsResponse);
  end = putCell(view, end, record.dnsRcode);
  end = putAnswers(view, end, record);
  end = putText(view, end, record.tlsSni.bytes, record.tlsSni.length);
  if (record.stopReason !== 0) {
    const stop = STOPS[record.stopReason][record.stopLayer];
    buffer.set(stop, end);
    end += stop.length;
  }
  if (inner) end = putEncap(buffer, end, record.encap);
  buffer[end] = LF;
  return end + 1;
}

/** By stack of tunnels: its cell, with the comma before it. Few occur. */
const encapCells = new Map<number, Uint8Array>();

function putEncap(buffer: Uint8Array, at: number, encap: number): number {
  let cell = encapCells.get(encap);
  if (!cell) {
    cell = ascii.encode(`,${encapText(encap)}`);
    encapCells.set(encap, cell);
  }
  buffer.set(cell, at);
  return at + cell.length;
}

function putAnswers(view: DataView, at: number, record: PacketRecord): number {
  const { dnsAnswers, dnsAnswerCount } = record;
  const length = answerBytes(record.dnsQryType);
  if (length === 0 || dnsAnswerCount === 0) return putCommas(view, at, 1);
  let end = at;
  for (let from = 0; from < length * dnsAnswerCount; from += length) {
    end = length === 4 ? putIpv4(view, end, dnsAnswers, from) : putIpv6(view, end, dnsAnswers, from);
    view.setUint8(end - 1, SPACE);
  }
  view.setUint8(end - 1, COMMA);
  return end;
}

/** The cells of the IP header, which are ten commas for most that is not IP. */
function putIp(view: DataView, at: number, record: PacketRecord): number {
  let end = putCell(view, at, record.ipVersion);
  if (record.ipVersion === 4) {
    end = putIpv4(view, end, record.ipSrc);
    end = putIpv4(view, end, record.ipDst);
  } else if (record.ipVersion === 6) {
    end = putIpv6(view, end, record.ipSrc);
    end = putIpv6(view, end, record.ipDst);
  } else {
    end = putCommas(view, end, 2);
  }
  end = putCell(view, end, record.ipProto);
  end = putCell(view, end, record.ipTtl);
  end = putCell(view, end, record.ipDsfield);
  end = putHex2(view, end, record.ipFlags);
  end = putCell(view, end, record.ipFragOffset);
  return putCell(view, end, record.ipLen);
}
