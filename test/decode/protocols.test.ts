/** What single protocols do where packets are unusual. The usual ones are fixtures. */

import { describe, expect, test } from 'vitest';
import { isSupportedLinkType, linkTypeName } from '../../src/decode/packet.ts';
import { cellsOf, decode, stopOf } from '../support/decoding.ts';
import * as p from '../support/packets.ts';

const { ether, frame, ipv4, ipv6, tcp, udp } = p;
const dnsQuery = (fields: p.DnsFields, ...behind: Uint8Array[]) =>
  decode(frame(ether(), ipv4(), udp({ dst: 53 }), p.dns(fields), ...behind));
const segment = (bytes: Uint8Array, wireLen?: number) => {
  const data = frame(ether(), ipv4(), tcp({ dst: 443 }), bytes);
  return decode(data, wireLen === undefined ? {} : { wireLen });
};

describe('link types', () => {
  test('have the names of tcpdump.org, and a number where none is known', () => {
    expect([0, 1, 113, 276, 127, 9999].map(linkTypeName)).toEqual([
      'NULL',
      'ETHERNET',
      'LINUX_SLL',
      'LINUX_SLL2',
      'IEEE802_11_RADIOTAP',
      'LINKTYPE_9999',
    ]);
  });

  test('that are not decoded stop with unsupported:link and still have their lengths', () => {
    for (const linkType of [8, 187, 189, 9999, -1]) {
      const record = decode(new Uint8Array(60), { linkType, wireLen: 100 });
      expect(isSupportedLinkType(linkType)).toBe(false);
      expect([record.frameLen, record.capLen, stopOf(record)]).toEqual([100, 60, 'unsupported:link']);
    }
    for (const linkType of [
      0, 1, 9, 12, 14, 50, 101, 108, 113, 228, 229, 239, 258, 276, 51, 100, 104, 105, 109, 117, 119, 127, 163, 192,
    ]) {
      expect(isSupportedLinkType(linkType)).toBe(true);
    }
  });

  test('end where VLAN tags are piled up', () => {
    const tags = Array.from({ length: 40 }, (_, i) => p.vlan({ id: i }));
    const record = decode(frame(ether(), ...tags, ipv4(), udp()));
    expect([record.vlanId, stopOf(record)]).toEqual([0, 'malformed:link']);
  });
});

describe('the IP decoder', () => {
  test('describes the outermost header of a tunnel, and what it carries as payload', () => {
    const inside = frame(ipv4({ src: '10.0.0.1' }), tcp({ src: 22 }));
    expect(cellsOf(decode(frame(ether(), ipv4(), ipv4({ src: '10.0.0.1' }), tcp({ src: 22 }))))).toMatchObject({
      'ip.src': '192.0.2.1',
      'ip.proto': '4',
      'payload.len': String(inside.length),
      stop: 'unsupported:ip',
    });
  });

  test('takes the frame for its length where segmentation offload left it 0', () => {
    const record = decode(frame(ether(), ipv4({ totalLength: 0 }), tcp(), new Uint8Array(3000)));
    expect([record.ipLen, record.payloadLen]).toEqual([3040, 3000]);
  });

  test('takes an IPv6 length of 0 for offload in frames beyond 64 KiB only', () => {
    const packet = (size: number) => frame(ether(), ipv6({ payloadLength: 0 }), tcp(), new Uint8Array(size));
    expect(decode(packet(80_000))).toMatchObject({ ipLen: 80_060, payloadLen: 80_000 });
    expect(stopOf(decode(packet(500)))).toBe('malformed:tcp');
  });

  test('reads the length of a jumbogram from its option', () => {
    const jumbo = p.hopByHop(Uint8Array.of(0xc2, 4, 0, 1, 0x38, 0x9c)); // 80 028 bytes behind the header
    const data = frame(ether(), ipv6({ payloadLength: 0 }), jumbo, tcp(), new Uint8Array(80_000));
    expect(decode(data)).toMatchObject({ ipLen: 80_068, payloadLen: 80_000, ipOptions: 1, ipProto: 6 });
  });

  test('ends a chain of extension headers that only goes on', () => {
    const chain = Array.from({ length: 30 }, () => p.destinationOptions());
    expect(stopOf(decode(frame(ether(), ipv6(), ...chain, udp())))).toBe('malformed:ipv6');
  });

  test('leaves the bytes behind the IP length to the link layer', () => {
    const record = decode(p.concat(frame(ether(), ipv4(), udp(), 'x'), new Uint8Array(17).fill(255)));
    expect([record.payloadLen, record.payloadEntropy, record.payloadPrintable]).toEqual([1, 0, 1]);
  });
});

describe('the DNS decoder', () => {
  test('follows the compression pointers of names, forward and backward', () => {
    // "a" and a pointer to the "b" that stands behind type and class
    const record = dnsQuery({ rawName: Uint8Array.of(1, 97, 0xc0, 20), type: 16 }, Uint8Array.of(1, 98, 0));
    expect([record.dnsQryName.toString(), record.dnsQryType, stopOf(record)]).toEqual(['a.b', 16, '']);
  });

  test.each([
    ['a pointer to itself', [0xc0, 12]],
    ['two pointers in a circle', [0xc0, 14, 0xc0, 12]],
    ['a label and a circle', [1, 97, 0xc0, 12]],
    ['a pointer behind the message', [0xff, 0xff]],
    ['a reserved label type', [0x80, 1, 0]],
    ['a name of more than 255 bytes', Array.from({ length: 5 }, () => [63, ...new Array<number>(63).fill(97)]).flat()],
  ])('calls %s malformed, and gives no name', (_, bytes) => {
    const record = dnsQuery({ rawName: Uint8Array.from(bytes) });
    expect([record.dnsQryName.length, record.dnsQryType, stopOf(record)]).toEqual([0, -1, 'malformed:dns']);
  });

  test('reads TCP only where the segment holds the whole message', () => {
    const message = frame(p.dns({ name: 'zone.example', type: 252 }));
    const over = (length: number) =>
      decode(frame(ether(), ipv4(), tcp({ dst: 53 }), Uint8Array.of(0, length), message));
    expect(over(message.length).dnsQryName.toString()).toBe('zone.example');
    expect(over(message.length + 1).dnsQryName.length).toBe(0);
    expect(over(4).dnsResponse).toBe(-1);
  });

  test('does not look at other ports', () => {
    const record = decode(frame(ether(), ipv4(), udp({ dst: 54 }), p.dns({ name: 'x.example' })));
    expect([record.dnsQryName.length, record.dnsResponse]).toEqual([0, -1]);
  });

  test('takes an empty datagram to port 53 for no message', () => {
    expect(stopOf(decode(frame(ether(), ipv4(), udp({ dst: 53 }))))).toBe('');
  });
});

describe('the TLS decoder', () => {
  const hello = frame(p.clientHello({ serverName: 'www.example.net', padding: 300 }));

  test('does not put together a ClientHello that goes on in the next segment', () => {
    const record = segment(hello.subarray(0, 200));
    expect([record.tlsSni.length, stopOf(record)]).toEqual([0, 'unsupported:tls']);
  });

  test('calls a ClientHello that the capture cut truncated', () => {
    const record = segment(hello.subarray(0, 200), 54 + hello.length);
    // the IP header of this packet says the short length: only the frame was longer
    expect(stopOf(record)).toBe('unsupported:tls');
    const whole = frame(ether(), ipv4(), tcp({ dst: 443 }), hello);
    expect(stopOf(decode(whole, { capLen: 254, wireLen: whole.length }))).toBe('truncated:tls');
  });

  test('stops at a server name that is no host name, too long or longer than its extension', () => {
    const nameAt = (bytes: Uint8Array) =>
      bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 3)) === 'www');
    const damaged = (at: number, value: number) => {
      const bytes = hello.slice();
      bytes[nameAt(hello) + at] = value;
      return stopOf(segment(bytes));
    };
    expect(damaged(-3, 1)).toBe('unsupported:tls');
    expect(damaged(-2, 1)).toBe('malformed:tls');
    expect(damaged(-1, 200)).toBe('malformed:tls');
    expect(damaged(-1, 0)).toBe('malformed:tls');
    expect(stopOf(segment(frame(p.clientHello({ serverName: 'x'.repeat(256) }))))).toBe('malformed:tls');
  });

  test('takes other records, and bytes that only begin alike, for no ClientHello', () => {
    for (const bytes of [
      Uint8Array.of(22),
      Uint8Array.of(22, 3, 1, 0, 4, 2, 0, 0, 0, 0),
      p.bytesOf('\u0016not tls at all'),
    ]) {
      expect(stopOf(segment(bytes))).toBe('');
    }
  });

  test('escapes names against terminals and spreadsheets', () => {
    const record = segment(frame(p.clientHello({ serverName: '=1+1, "\u001b[31m' })));
    expect(record.tlsSni.toString()).toBe('\\0611+1\\044\\032\\034\\027[31m');
  });
});

describe('the transport decoders', () => {
  test('say at which offset in the frame they stopped', () => {
    const record = decode(frame(ether(), ipv4(), udp({ length: 3 })), { offset: 0 });
    expect([stopOf(record), record.stopOffset]).toEqual(['malformed:udp', 38]);
  });

  test('keep the option kinds before a TCP option with an impossible length', () => {
    const record = decode(frame(ether(), ipv4(), tcp({ options: Uint8Array.of(1, 3, 99, 0) }), 'data'));
    expect(cellsOf(record)).toMatchObject({ 'tcp.option_kinds': '1', 'payload.len': '4', stop: 'malformed:tcp' });
  });

  test('do not decode GRE of an unknown version', () => {
    expect(stopOf(decode(frame(ether(), ipv4(), p.gre({ version: 3 }), 'x')))).toBe('unsupported:gre');
  });
});
