/** What of TLS is in the clear: the greetings. */

import { Bytes, noise } from './bytes.js';

/** A record of TLS (RFC 8446 section 5.1). */
function record(type: number, body: Uint8Array): Uint8Array {
  return new Bytes().u8(type, 3, 3).u16(body.length).add(body).done();
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return record(22, new Bytes().u8(type, 0).u16(body.length).add(body).done());
}

/** (RFC 8446 section 4.1.2), with the name of the server (RFC 6066 section 3) */
export function clientHello(name: string, seed: number): Uint8Array {
  const host = new Bytes().u8(0).u16(name.length).text(name).done();
  const extensions = new Bytes();
  const extension = (type: number, body: Uint8Array) => extensions.u16(type, body.length).add(body);
  extension(0, new Bytes().u16(host.length).add(host).done());
  extension(10, new Bytes().u16(4, 0x1d, 0x17).done());
  extension(13, new Bytes().u16(6, 0x0403, 0x0804, 0x0401).done());
  extension(43, new Bytes().u8(2).u16(0x0304).done());
  extension(51, new Bytes().u16(36, 0x1d, 32).add(noise(seed, 32)).done());
  const body = new Bytes()
    .u16(0x0303)
    .add(noise(seed + 1, 32))
    .u8(32)
    .add(noise(seed + 2, 32));
  body.u16(6, 0x1301, 0x1302, 0x1303).u8(1, 0).u16(extensions.length).add(extensions.done());
  return handshake(1, body.done());
}

export function serverHello(seed: number): Uint8Array {
  const body = new Bytes()
    .u16(0x0303)
    .add(noise(seed + 3, 32))
    .u8(32)
    .add(noise(seed + 2, 32))
    .u16(0x1301)
    .u8(0);
  // supported version and key share
  body.u16(46, 43, 2, 0x0304, 51, 36, 0x1d, 32).add(noise(seed + 4, 32));
  return handshake(2, body.done());
}
