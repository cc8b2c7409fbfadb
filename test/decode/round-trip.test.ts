/** decode(build(x)) = x, for generated packets. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, formatIpv6 } from '../../src/base/address.js';
import { cellsOf, decode } from '../support/decoding.ts';
import * as p from '../support/packets.ts';

const SEED = 20_240_501;
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, property), { seed: SEED, numRuns: 300 });

const octet = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const ipv4Address = fc.tuple(octet, octet, octet, octet).map((bytes) => bytes.join('.'));
/** all groups stated and not 0, so that the text has one form only */
const ipv6Address = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
const macAddress = fc
  .array(octet, { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
const payload = fc.uint8Array({ maxLength: 300 });
/** kinds with data of 0 to 4 bytes; 0 would end them and 1 has none */
const options = fc.array(
  fc.oneof(
    fc.constant([1]),
    fc
      .tuple(fc.integer({ min: 2, max: 254 }), fc.array(octet, { maxLength: 4 }))
      .map(([kind, data]) => [kind, ...data]),
  ),
  { maxLength: 6 },
);
const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`;

describe('decoding what was built', () => {
  test('gives back Ethernet, VLAN, IPv4 and TCP', () => {
    const fields = fc.record({
      mac: fc.tuple(macAddress, macAddress),
      vlan: fc.option(fc.integer({ min: 0, max: 4095 })),
      ip: fc.record({
        src: ipv4Address,
        dst: ipv4Address,
        ttl: octet,
        dsfield: octet,
        flags: fc.constantFrom(0, 2, 4, 6),
        id: u16,
      }),
      tcp: fc.record({ src: u16, dst: u16, flags: fc.integer({ min: 0, max: 0xfff }), window: u16, seq: u16 }),
      options,
      payload,
    });
    check(fields, ({ mac, vlan, ip, tcp, options, payload }) => {
      const optionBytes = p.concat(...options.map(([kind, ...data]) => p.tcpOption(kind, ...data)));
      const padding = (4 - (optionBytes.length % 4)) % 4;
      const data = p.frame(
        p.ether({ src: mac[0], dst: mac[1] }),
        ...(vlan === null ? [] : [p.vlan({ id: vlan })]),
        p.ipv4(ip),
        p.tcp({ ...tcp, options: optionBytes }),
        payload,
      );
      const cells = cellsOf(decode(data));
      expect(cells).toMatchObject({
        'eth.src': mac[0],
        'eth.dst': mac[1],
        'eth.type': vlan === null ? '0x0800' : '0x8100',
        'ip.version': '4',
        'ip.src': ip.src,
        'ip.dst': ip.dst,
        'ip.ttl': String(ip.ttl),
        'ip.dsfield': String(ip.dsfield),
        'ip.flags': hex(ip.flags, 2),
        'ip.frag_offset': '0',
        'ip.options': '0',
        'ip.proto': '6',
        'ip.len': String(40 + optionBytes.length + padding + payload.length),
        srcport: String(tcp.src),
        dstport: String(tcp.dst),
        'tcp.flags': hex(tcp.flags, 4),
        'tcp.window_size_value': String(tcp.window),
        'payload.len': String(payload.length),
      });
      expect(cells['vlan.id']).toBe(vlan === null ? undefined : String(vlan));
      const kinds = [...options.map(([kind]) => kind), ...new Array<number>(padding).fill(0)];
      expect(cells['tcp.option_kinds'] ?? '').toBe(kinds.join('-'));
    });
  });

  test('gives back IPv6 with any chain of extension headers, and UDP', () => {
    const extension = fc.constantFrom(
      p.hopByHop(),
      p.destinationOptions(),
      p.routing({ segments: ['2001:db8::9'] }),
      p.authentication(),
      p.fragment(),
    );
    const fields = fc.record({
      ip: fc.record({ src: ipv6Address, dst: ipv6Address, hopLimit: octet, trafficClass: octet, flowLabel: u16 }),
      extensions: fc.array(extension, { maxLength: 8 }),
      udp: fc.record({ src: fc.integer({ min: 6000, max: 65535 }), dst: fc.integer({ min: 6000, max: 65535 }) }),
      payload,
    });
    check(fields, ({ ip, extensions, udp, payload }) => {
      const cells = cellsOf(decode(p.frame(p.ether(), p.ipv6(ip), ...extensions, p.udp(udp), payload)));
      expect(cells).toMatchObject({
        'ip.version': '6',
        'ip.src': ip.src,
        'ip.dst': ip.dst,
        'ip.ttl': String(ip.hopLimit),
        'ip.dsfield': String(ip.trafficClass),
        'ip.proto': '17',
        'ip.options': extensions.length > 0 ? '1' : '0',
        srcport: String(udp.src),
        dstport: String(udp.dst),
        'payload.len': String(payload.length),
      });
      expect(cells.stop).toBeUndefined();
    });
  });

  test('gives back DNS names, with every byte a label can hold', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 30 });
    const fields = fc.record({
      labels: fc.array(label, { minLength: 1, maxLength: 7 }),
      type: u16,
      response: fc.boolean(),
      rcode: fc.integer({ min: 0, max: 15 }),
    });
    check(fields, ({ labels, type, response, rcode }) => {
      const message = p.dns({ name: labels, type, response, rcode });
      const cells = cellsOf(decode(p.frame(p.ether(), p.ipv4(), p.udp({ dst: 53 }), message)));
      expect(cells['dns.qry.type']).toBe(String(type));
      expect(cells['dns.flags.response']).toBe(response ? '1' : '0');
      expect(cells['dns.flags.rcode']).toBe(response ? String(rcode) : undefined);
      const name = cells['dns.qry.name'] ?? '';
      expect(name).toMatch(/^[!#-+\--~]+$/);
      expect(name).not.toMatch(/^[=+\-@]/);
      const back = name
        .split('.')
        .map((text) =>
          p.bytesOf(text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number(digits)))),
        );
      expect(back).toEqual(labels);
    });
  });

  test('gives back the addresses that answer a question of type A or AAAA, eight of them', () => {
    const CNAME = 5;
    const fields = fc.record({
      type: fc.constantFrom(1, 28),
      addresses: fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 12 }),
      aliases: fc.integer({ min: 0, max: 3 }),
      response: fc.boolean(),
      rcode: fc.constantFrom(0, 0, 3),
    });
    check(fields, ({ type, addresses, aliases, response, rcode }) => {
      const length = type === 1 ? 4 : 16;
      const alias = { type: CNAME, data: p.bytesOf('\x04edge\xc0\x0c') };
      const whole = addresses.map((address) => ({ type, data: address.slice(0, length) }));
      const answers = [...Array(aliases).fill(alias), ...whole];
      const message = p.dns({ name: 'www.example', type, response, rcode, answers });
      const cells = cellsOf(decode(p.frame(p.ether(), p.ipv4(), p.udp({ src: 53, dst: 6000 }), message)));
      const text = whole.slice(0, 8).map(({ data }) => (length === 4 ? formatIpv4(data) : formatIpv6(data)));
      expect(cells['dns.answers']).toBe(response && rcode === 0 && text.length > 0 ? text.join(' ') : undefined);
      expect(cells.stop).toBeUndefined();
    });
  });

  test('gives back TLS server names', () => {
    const fields = fc.record({
      serverName: fc.stringMatching(/^[a-z][a-z0-9.-]{0,200}$/),
      padding: fc.option(fc.integer({ min: 0, max: 600 })),
      sessionIdLength: fc.integer({ min: 0, max: 32 }),
    });
    check(fields, ({ serverName, padding, sessionIdLength }) => {
      const hello = p.clientHello({ serverName, sessionIdLength, ...(padding === null ? {} : { padding }) });
      const cells = cellsOf(decode(p.frame(p.ether(), p.ipv4(), p.tcp({ dst: 443 }), hello)));
      expect(cells['tls.sni']).toBe(serverName);
      expect(cells.stop).toBeUndefined();
    });
  });

  test('gives back ARP, ICMP and ICMPv6', () => {
    const fields = fc.record({
      opcode: u16,
      sender: ipv4Address,
      target: ipv4Address,
      type: octet,
      code: octet,
      payload,
    });
    check(fields, ({ opcode, sender, target, type, code, payload }) => {
      const arp = cellsOf(decode(p.frame(p.ether(), p.arp({ opcode, sender, target }))));
      expect(arp).toMatchObject({ 'arp.opcode': String(opcode), 'arp.src': sender, 'arp.dst': target });
      for (const layers of [
        [p.ipv4(), p.icmp({ type, code })],
        [p.ipv6(), p.icmpv6({ type, code })],
      ]) {
        expect(cellsOf(decode(p.frame(p.ether(), ...layers, payload)))).toMatchObject({
          'icmp.type': String(type),
          'icmp.code': String(code),
          'payload.len': String(payload.length),
        });
      }
    });
  });

  test('gives entropy and printable share of the first 120 payload bytes', () => {
    check(fc.uint8Array({ minLength: 1, maxLength: 250 }), (bytes) => {
      const record = decode(p.frame(p.ether(), p.ipv4(), p.udp(), bytes));
      const sample = [...bytes.subarray(0, 120)];
      const shares = [...new Set(sample)].map(
        (byte) => sample.filter((other) => other === byte).length / sample.length,
      );
      const entropy = -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
      expect(Math.abs(record.payloadEntropy - entropy)).toBeLessThanOrEqual(0.000501);
      const printable = sample.filter((byte) => byte >= 9 && byte <= 126).length / sample.length;
      expect(Math.abs(record.payloadPrintable - printable)).toBeLessThanOrEqual(0.000501);
      expect(Object.is(record.payloadEntropy, -0)).toBe(false);
    });
  });
});
