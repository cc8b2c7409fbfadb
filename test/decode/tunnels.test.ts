/** What a tunnel carries is described as it would be without the tunnel, however deep. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encapText, type PacketRecord } from '../../src/table/record.ts';
import { cellsOf, decode, rowOf, stopOf } from '../support/decoding.ts';
import * as p from '../support/packets.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/packets');
const ETHERNET_BYTES = 14;

/** Ethernet frames of the fixtures whose link layer is there whole. */
const frames = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.pcap'))
  .flatMap((name) => {
    const { linkType, packets } = p.readPcap(new Uint8Array(readFileSync(join(FOLDER, name))))!;
    return linkType === 1 ? packets : [];
  })
  .filter(({ data }) => data.length >= ETHERNET_BYTES);

type Part = p.Layer | Uint8Array;
const outside = (): Part[] => [p.ether({ src: '02:00:00:00:0f:01' }), p.ipv4({ src: '192.0.2.99', dst: '192.0.2.98' })];

/** Tunnels that carry Ethernet, by their name in the table. */
const TUNNELS: Readonly<Record<string, () => Part[]>> = {
  vxlan: () => [...outside(), p.udp({ dst: 4789 }), p.vxlan()],
  geneve: () => [...outside(), p.udp({ dst: 6081 }), p.geneve({ options: new Uint8Array(4) })],
  gre: () => [p.ether(), p.ipv6(), p.gre({ type: 0x6558, key: 3 })],
  erspan: () => [...outside(), p.gre({ type: 0x88be, sequence: 1 }), p.erspan2()],
};

/** All cells but the frame's own. */
const described = (record: PacketRecord): string => rowOf(record).split(',').slice(3).join(',');

describe('what a tunnel carries', () => {
  test('is described as without it, through several tunnels', () => {
    const stack = fc.array(fc.constantFrom(...Object.keys(TUNNELS)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(stack, fc.constantFrom(...frames), (names, { data, wireLen }) => {
        const alone = decode(data, { wireLen, inner: true });
        const depth = names.length + encapText(alone.encap).split('-').filter(Boolean).length;
        // fragments of UDP are counted outside of tunnels only; those of the deepest tunnels have no room
        if (depth > 3 || stopOf(alone) === 'unsupported:udp' || stopOf(alone).startsWith('malformed:link')) return;
        const headers = names.flatMap((name) => TUNNELS[name]?.() ?? []);
        const whole = p.frame(...headers, data);
        const record = decode(whole, { wireLen: whole.length + wireLen - data.length, inner: true });
        if (data.length < wireLen) return; // lengths outside are those of what was captured
        expect(described(record)).toBe(described(alone));
        expect(encapText(record.encap)).toBe(
          [...names, ...encapText(alone.encap).split('-').filter(Boolean)].join('-'),
        );
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  test('is not looked at where it is not asked for', () => {
    for (const headers of Object.values(TUNNELS)) {
      const record = decode(p.frame(...headers(), p.ether(), p.ipv4({ src: '10.0.0.1' }), p.tcp()));
      expect(cellsOf(record)['ip.src']).not.toBe('10.0.0.1');
      expect(record.encap).toBe(0);
    }
  });

  test('stops at the fifth tunnel, and the row is of the fourth', () => {
    const levels = Array.from({ length: 7 }, (_, i) => p.ipv4({ src: `10.0.0.${i}`, dst: '10.0.1.1' }));
    const record = decode(p.frame(p.ether(), ...levels, p.udp()), { inner: true });
    expect(cellsOf(record)).toMatchObject({ 'ip.src': '10.0.0.4', stop: 'unsupported:ip' });
    expect(encapText(record.encap)).toBe('ip-ip-ip-ip');
  });

  test.each(['40:b0:34:00:00:01', '60:45:cb:00:00:01', '00:1b:21:00:00:01'])(
    'behind MPLS is told from IP where its address begins like an IP header: %s',
    (dst) => {
      for (const word of [[], [p.controlWord(3)]]) {
        const inside = [p.ether({ dst }), p.ipv4({ src: '10.0.0.1' }), p.udp()];
        const record = decode(p.frame(p.ether(), p.mpls(), ...word, ...inside), { inner: true });
        expect(cellsOf(record)).toMatchObject({ 'eth.dst': dst, 'ip.src': '10.0.0.1' });
      }
    },
  );

  test('keeps the row of the outside, and says why, where its first header is not there whole', () => {
    const whole = p.frame(...(TUNNELS.vxlan?.() ?? []), p.ether(), p.ipv4(), p.udp());
    const record = decode(whole.subarray(0, 60), { wireLen: whole.length, inner: true });
    expect(cellsOf(record)).toMatchObject({ 'ip.src': '192.0.2.99', dstport: '4789', stop: 'truncated:eth' });
    expect(record.encap).toBe(0);
  });

  test('is not guessed from answers to a port of a tunnel', () => {
    const answer = p.frame(
      p.ether(),
      p.ipv4(),
      p.udp({ src: 53, dst: 4789 }),
      p.dns({ name: 'a.example', response: true }),
    );
    expect(cellsOf(decode(answer, { inner: true }))).toMatchObject({ 'dns.qry.name': 'a.example', dstport: '4789' });
  });
});

describe('a log of the firewall', () => {
  test('is read in either byte order', () => {
    const rows = [false, true].map((bigEndian) =>
      described(decode(p.frame(p.nflog({ bigEndian }), p.ipv4(), p.udp(), new Uint8Array(9)), { linkType: 239 })),
    );
    expect(rows[0]).toBe(rows[1]);
    expect(rows[0]).toContain('192.0.2.1');
  });
});
