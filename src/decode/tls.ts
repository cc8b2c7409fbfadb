/**
 * Server name of a TLS ClientHello (RFC 8446 sections 4.1.2 and 5.1; RFC 6066 section 3) at the start of a TCP segment.
 *
 *   record      +-----------+-------------+------------+
 *               | type (22) | version (2) | length (2) |
 *   handshake   +----------+------------+--------------+
 *               | type (1) | length (3) |
 *   ClientHello +----------+--+-------------+----------------+-----------------+---------------+----------------+
 *               | version (2) | random (32) | session 1+(..) | ciphers 2+(..)  | compr. 1+(..) | extensions 2+… |
 *   extension   +----------+--+---------+--------------------+-----------------+---------------+----------------+
 *               | type (2) | length (2) | type 0: list length (2), name type 0 (1), name length (2), name |
 *               +----------+------------+----------------------------------------------------------------+
 *
 * A ClientHello that goes on in the next segment or record is read as far as this one holds it: segments are not put together.
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { DONE } from './layers.js';
import { appendNameByte } from './name-text.js';
import { u16 } from './numbers.js';

const RECORD_TYPE = 0;
const RECORD_VERSION = 1;
const RECORD_LENGTH = 3;
const HANDSHAKE_TYPE = 5;
const HANDSHAKE_LENGTH = 6;
const HELLO = 9;
const SESSION_ID = 2 + 32;

const TYPE_HANDSHAKE = 22;
const MAJOR_VERSION = 3;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const NAME_TYPE_HOST = 0;
/** Longest DNS name; a host name in this extension is one (RFC 6066 section 3). */
const MAX_HOST_NAME = 255;
/** No client sends half as many; bounds the loop. */
const MAX_EXTENSIONS = 128;
const NO_SEPARATOR = -1;

const LAYER = layerIndex('tls');

export function readTls(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + HELLO > c.end) return DONE; // too short to tell that it is TLS at all
  if (data[at + RECORD_TYPE] !== TYPE_HANDSHAKE || data[at + RECORD_VERSION] !== MAJOR_VERSION) return DONE;
  if (data[at + HANDSHAKE_TYPE] !== CLIENT_HELLO) return DONE;
  const recordEnd = at + HANDSHAKE_TYPE + u16(data, at + RECORD_LENGTH);
  const helloEnd = at + HELLO + ((data[at + HANDSHAKE_LENGTH] << 16) | u16(data, at + HANDSHAKE_LENGTH + 1));
  c.limit(recordEnd < helloEnd ? recordEnd : helloEnd);
  return readHello(c, into, at + HELLO, helloEnd);
}

function readHello(c: Cursor, into: PacketRecord, hello: number, helloEnd: number): number {
  const { data, end } = c;
  let i = hello + SESSION_ID;
  if (i + 1 > end) return cut(c, into, i + 1, helloEnd);
  i += 1 + data[i];
  if (i + 2 > end) return cut(c, into, i + 2, helloEnd);
  i += 2 + u16(data, i);
  if (i + 1 > end) return cut(c, into, i + 1, helloEnd);
  i += 1 + data[i];
  if (i === helloEnd) return DONE; // no extensions (RFC 5246 section 7.4.1.2)
  if (i + 2 > end) return cut(c, into, i + 2, helloEnd);
  const extensionsEnd = i + 2 + u16(data, i);
  if (extensionsEnd > helloEnd) return stopMalformed(c, into, LAYER, i);
  i += 2;
  for (let count = 0; i < extensionsEnd; count++) {
    if (count === MAX_EXTENSIONS) return stopMalformed(c, into, LAYER, i);
    if (i + 4 > end) return cut(c, into, i + 4, helloEnd);
    const extensionEnd = i + 4 + u16(data, i + 2);
    if (extensionEnd > extensionsEnd) return stopMalformed(c, into, LAYER, i);
    if (u16(data, i) === EXTENSION_SERVER_NAME) return readServerName(c, into, i + 4, extensionEnd, helloEnd);
    i = extensionEnd;
  }
  return DONE;
}

function readServerName(c: Cursor, into: PacketRecord, at: number, extensionEnd: number, helloEnd: number): number {
  const { data, end } = c;
  if (at + 5 > end) return cut(c, into, at + 5, helloEnd);
  const length = u16(data, at + 3);
  const nameEnd = at + 5 + length;
  if (data[at + 2] !== NAME_TYPE_HOST) return stopUnsupported(c, into, LAYER, at + 2);
  if (length === 0 || length > MAX_HOST_NAME || nameEnd > extensionEnd) return stopMalformed(c, into, LAYER, at + 3);
  if (nameEnd > end) return cut(c, into, nameEnd, helloEnd);
  for (let k = at + 5; k < nameEnd; k++) appendNameByte(into.tlsSni, data[k], NO_SEPARATOR);
  return DONE;
}

/**
 * The ClientHello needed bytes up to `neededEnd`: cut by the capture (truncated), going on in the next segment or record
 * (unsupported), or longer than it says itself (malformed).
 */
function cut(c: Cursor, into: PacketRecord, neededEnd: number, helloEnd: number): number {
  if (neededEnd > c.wireEnd && neededEnd <= helloEnd) return stopUnsupported(c, into, LAYER, c.end);
  return stopShort(c, into, LAYER, neededEnd);
}
