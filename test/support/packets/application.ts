/** DNS messages and TLS ClientHellos. */

import { bytesOf, concat, type Layer, u8, u16 } from './layer.ts';

/** A name as labels on the wire; dots separate labels, each given as text or bytes. */
function dnsName(name: string | readonly Uint8Array[]): Uint8Array {
  const labels = typeof name === 'string' ? name.split('.').filter(Boolean).map(bytesOf) : name;
  return concat(...labels.map((label) => concat(u8(label.length), label)), u8(0));
}

export interface DnsFields {
  id?: number;
  response?: boolean;
  rcode?: number;
  opcode?: number;
  /** text, labels, or nothing for a message without a question */
  name?: string | readonly Uint8Array[];
  /** the name's bytes as they are, for compression pointers and nonsense */
  rawName?: Uint8Array;
  type?: number;
  /** as the header states it */
  questions?: number;
  /** resource records of the answer section; their name is the question's where none is given */
  answers?: readonly { readonly type: number; readonly data: Uint8Array; readonly rawName?: Uint8Array }[];
}

export function dns(fields: DnsFields = {}): Layer {
  return {
    build: (body) => {
      const name = fields.rawName ?? (fields.name === undefined ? undefined : dnsName(fields.name));
      const flags = (fields.response ? 0x8180 : 0x0100) | ((fields.opcode ?? 0) << 11) | (fields.rcode ?? 0);
      const question = name === undefined ? u8() : concat(name, u16(fields.type ?? 1, 1));
      return concat(
        u16(fields.id ?? 1, flags, fields.questions ?? (name === undefined ? 0 : 1), fields.answers?.length ?? 0, 0, 0),
        question,
        ...(fields.answers ?? []).map(({ type, data, rawName = u16(0xc00c) }) =>
          concat(rawName, u16(type, 1, 0, 60, data.length), data),
        ),
        body,
      );
    },
  };
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return concat(u16(type, content.length), content);
}

interface ClientHelloFields {
  /** left out: no server name extension */
  serverName?: string;
  /** before the server name: an unassigned extension of this many bytes */
  padding?: number;
  sessionIdLength?: number;
  /** no extensions at all */
  bare?: boolean;
}

/** TLS 1.2 record with a ClientHello. */
export function clientHello(fields: ClientHelloFields = {}): Layer {
  const name = fields.serverName === undefined ? undefined : bytesOf(fields.serverName);
  const extensions = concat(
    fields.padding === undefined ? u8() : extension(21, new Uint8Array(fields.padding)),
    name === undefined ? u8() : extension(0, concat(u16(name.length + 3), u8(0), u16(name.length), name)),
    extension(43, u8(2, 3, 4)),
  );
  const sessionId = new Uint8Array(fields.sessionIdLength ?? 32).fill(7);
  const hello = concat(
    u16(0x0303),
    new Uint8Array(32).fill(9),
    u8(sessionId.length),
    sessionId,
    u16(4, 0x1301, 0x1302),
    u8(1, 0),
    fields.bare ? u8() : concat(u16(extensions.length), extensions),
  );
  const handshake = concat(u8(1, 0), u16(hello.length), hello);
  return { build: (body) => concat(u8(22), u16(0x0301, handshake.length), handshake, body) };
}
