/** A packet record as a row of the packet table, version 1: bytes into a buffer of the caller. */

import { putIpv4, putIpv6 } from './address.js';
import { HEADER } from './columns.js';
import { putDecimal, putHex, putKinds, putMac, putText, putTime, putUint } from './put.js';
import { NAME_CAPACITY, type PacketRecord, STOP_LAYERS, STOP_REASONS } from './record.js';

/** No row is longer: two names, every byte of them a doubled quote, and less than 1024 bytes of everything else. */
export const MAX_ROW_BYTES = 2 * (2 * NAME_CAPACITY + 2) + 1024;

const COMMA = 44;
const LF = 10;
const ascii = new TextEncoder();

/** The header line with its line end. */
export const HEADER_LINE: Uint8Array = ascii.encode(`${HEADER}\n`);

const STOPS: readonly (readonly Uint8Array[])[] = STOP_REASONS.map((reason) =>
  STOP_LAYERS.map((layer) => ascii.encode(reason === '' ? '' : `${reason}:${layer}`)),
);

/** A cell that may be absent (-1), and the comma after it. */
function putOptional(buffer: Uint8Array, at: number, value: number): number {
  const end = value < 0 ? at : putUint(buffer, at, value);
  buffer[end] = COMMA;
  return end + 1;
}

function putOptionalHex(buffer: Uint8Array, at: number, value: number, digits: number): number {
  const end = value < 0 ? at : putHex(buffer, at, value, digits);
  buffer[end] = COMMA;
  return end + 1;
}

function putCommas(buffer: Uint8Array, at: number, count: number): number {
  for (let i = 0; i < count; i++) buffer[at + i] = COMMA;
  return at + count;
}

/**
 * Writes the row of `record` with its line end at `buffer[at]`; `MAX_ROW_BYTES` must be free there.
 * @returns the offset after it
 */
export function encodeRecord(record: PacketRecord, buffer: Uint8Array, at: number): number {
  let end = putTime(buffer, at, record.timestampUs);
  buffer[end++] = COMMA;
  end = putOptional(buffer, end, record.frameLen);
  end = putOptional(buffer, end, record.capLen);
  if (record.ethSrc >= 0) end = putMac(buffer, end, record.ethSrc);
  buffer[end++] = COMMA;
  if (record.ethDst >= 0) end = putMac(buffer, end, record.ethDst);
  buffer[end++] = COMMA;
  end = putOptionalHex(buffer, end, record.ethType, 4);
  end = putOptional(buffer, end, record.vlanId);
  end = putOptional(buffer, end, record.ipVersion);
  if (record.ipVersion === 4) {
    end = putIpv4(buffer, end, record.ipSrc);
    buffer[end++] = COMMA;
    end = putIpv4(buffer, end, record.ipDst);
    buffer[end++] = COMMA;
  } else if (record.ipVersion === 6) {
    end = putIpv6(buffer, end, record.ipSrc);
    buffer[end++] = COMMA;
    end = putIpv6(buffer, end, record.ipDst);
    buffer[end++] = COMMA;
  } else {
    end = putCommas(buffer, end, 2);
  }
  end = putOptional(buffer, end, record.ipProto);
  end = putOptional(buffer, end, record.ipTtl);
  end = putOptional(buffer, end, record.ipDsfield);
  end = putOptionalHex(buffer, end, record.ipFlags, 2);
  end = putOptional(buffer, end, record.ipFragOffset);
  end = putOptional(buffer, end, record.ipLen);
  if (record.arpOpcode >= 0) {
    end = putOptional(buffer, end, record.arpOpcode);
    end = putIpv4(buffer, end, record.arpSrc);
    buffer[end++] = COMMA;
    end = putIpv4(buffer, end, record.arpDst);
    buffer[end++] = COMMA;
  } else {
    end = putCommas(buffer, end, 3);
  }
  end = putOptional(buffer, end, record.ipOptions);
  end = putOptional(buffer, end, record.srcport);
  end = putOptional(buffer, end, record.dstport);
  end = putOptionalHex(buffer, end, record.tcpFlags, 4);
  end = putOptional(buffer, end, record.tcpWindow);
  end = putKinds(buffer, end, record.tcpOptionKinds, record.tcpOptionCount);
  buffer[end++] = COMMA;
  end = putOptional(buffer, end, record.payloadLen);
  if (record.payloadEntropy >= 0) end = putDecimal(buffer, end, record.payloadEntropy);
  buffer[end++] = COMMA;
  if (record.payloadPrintable >= 0) end = putDecimal(buffer, end, record.payloadPrintable);
  buffer[end++] = COMMA;
  end = putOptional(buffer, end, record.icmpType);
  end = putOptional(buffer, end, record.icmpCode);
  end = putText(buffer, end, record.dnsQryName.bytes, record.dnsQryName.length);
  buffer[end++] = COMMA;
  end = putOptional(buffer, end, record.dnsQryType);
  end = putOptional(buffer, end, record.dnsResponse);
  end = putOptional(buffer, end, record.dnsRcode);
  end = putText(buffer, end, record.tlsSni.bytes, record.tlsSni.length);
  buffer[end++] = COMMA;
  if (record.stopReason !== 0) {
    const stop = (STOPS[record.stopReason] as readonly Uint8Array[])[record.stopLayer] as Uint8Array;
    buffer.set(stop, end);
    end += stop.length;
  }
  buffer[end++] = LF;
  return end;
}
