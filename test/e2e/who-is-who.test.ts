/** Addresses that move between MACs and floods of MACs: capture, model, reports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EveLine } from '../../src/report/eve.js';
import { Random } from '../features/traffic.js';
import { eveProblems, lastWords } from '../support/eve.js';
import {
  ACK,
  arp,
  type CapturedPacket,
  ether,
  FIN,
  frame,
  ipv4,
  PSH,
  pcapFile,
  SYN,
  tcp,
  udp,
} from '../support/packets.js';
import { anomaly } from '../support/program.js';

const ROUTER = '02:00:00:00:00:01';
const NEW = '02:00:00:00:00:9a';
const HOST = '02:00:00:00:00:05';
const ALL = 'ff:ff:ff:ff:ff:ff';
const START = 1_700_000_000;

type Timed = Required<Pick<CapturedPacket, 'data' | 'timestamp'>>;

const at = (seconds: number, data: Uint8Array): Timed => ({ data, timestamp: Math.round((START + seconds) * 1e6) });
const claim = (seconds: number, mac: string, ip: string): Timed =>
  at(
    seconds,
    frame(
      ether({ src: mac, dst: HOST }),
      arp({ opcode: 2, senderMac: mac, sender: ip, targetMac: HOST, target: '10.20.0.5' }),
    ),
  );

/** A host that asks its router for names, and servers behind it for pages. */
function ordinary(from: number, seconds: number, router = ROUTER, seed = 1): Timed[] {
  const random = new Random(seed);
  const packets: Timed[] = [];
  for (let s = from; s < from + seconds; s++) {
    const t = s + random.below(300) / 1000;
    const port = 32_768 + random.below(28_000);
    const server = `198.51.100.${random.below(20)}`;
    const out = ether({ src: HOST, dst: router });
    const back = ether({ src: router, dst: HOST });
    const [up, down] = [ipv4({ src: '10.20.0.5', dst: server }), ipv4({ src: server, dst: '10.20.0.5', ttl: 54 })];
    const bytes = 100 + random.below(400);
    packets.push(
      at(t, frame(out, ipv4({ src: '10.20.0.5', dst: '10.20.0.1' }), udp({ src: port, dst: 5353 }), 'x'.repeat(30))),
      at(
        t + 0.01,
        frame(back, ipv4({ src: '10.20.0.1', dst: '10.20.0.5' }), udp({ src: 5353, dst: port }), 'y'.repeat(60)),
      ),
      at(t + 0.02, frame(out, up, tcp({ src: port, dst: 443, flags: SYN }))),
      at(t + 0.03, frame(back, down, tcp({ src: 443, dst: port, flags: SYN | ACK }))),
      at(t + 0.04, frame(out, up, tcp({ src: port, dst: 443, flags: ACK }))),
      at(t + 0.05, frame(out, up, tcp({ src: port, dst: 443, flags: PSH | ACK }), 'q'.repeat(bytes))),
      at(t + 0.06, frame(back, down, tcp({ src: 443, dst: port, flags: PSH | ACK }), 'r'.repeat(2 * bytes))),
      at(t + 0.07, frame(out, up, tcp({ src: port, dst: 443, flags: FIN | ACK }))),
      at(t + 0.08, frame(back, down, tcp({ src: 443, dst: port, flags: FIN | ACK }))),
    );
    if (s % 10 === 5) {
      const who = { opcode: 1, senderMac: HOST, sender: '10.20.0.5', target: '10.20.0.1' };
      packets.push(at(t + 0.1, frame(ether({ src: HOST, dst: ALL }), arp(who))), claim(t + 0.11, router, '10.20.0.1'));
    }
  }
  return packets;
}

const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function capture(name: string, packets: readonly Timed[]): string {
  writeFileSync(join(dir, name), pcapFile([...packets].sort((a, b) => a.timestamp - b.timestamp)));
  return name;
}

beforeAll(() => {
  const done = anomaly(
    [
      'train',
      capture('train.pcap', ordinary(0, 900)),
      '-q',
      '--epochs',
      '4',
      '--seed',
      '1',
      '--power',
      'off',
      '--model',
      'm',
    ],
    {
      cwd: dir,
    },
  );
  expect(done.stderr).toBe('');
}, 120_000);

/** What is told of a capture a day later. */
function detect(packets: readonly Timed[]): { lines: EveLine[]; report: string } {
  const day = packets.map(({ data, timestamp }) => ({ data, timestamp: timestamp + 86_400e6 }));
  const input = capture('c.pcap', day);
  // a run appends to what the one before told
  rmSync(join(dir, 'r.jsonl'), { force: true });
  const done = anomaly(['detect', '-q', '-r', input, '--model', 'm', '--out', 'r.txt', 'r.html', 'r.jsonl', 'r.csv'], {
    cwd: dir,
  });
  expect(done.stderr).toBe('');
  const text = (name: string): string => readFileSync(join(dir, name), 'utf8');
  const lines = lastWords(text('r.jsonl'));
  for (const line of lines) {
    expect(eveProblems(line)).toEqual([]);
    for (const { address, to } of line.alert.context.moved ?? []) {
      for (const name of ['r.html', 'r.csv']) {
        expect(text(name)).toContain(address);
        expect(text(name)).toContain(to);
      }
    }
  }
  return { lines, report: text('r.txt').replace(/\s+/g, ' ') };
}

const kinds = (lines: readonly EveLine[]): string[] =>
  lines.map(({ alert }) => `${alert.context.severity} ${alert.category}`);

describe('who is who', () => {
  it('raises nothing where all is as it was', () => {
    expect(kinds(detect(ordinary(0, 200, ROUTER, 2)).lines)).toEqual([]);
  });

  it('tells a replaced router once, as that, with its address and both MACs', () => {
    const { lines, report } = detect(ordinary(0, 600, NEW, 2));
    expect(kinds(lines)).toEqual(['medium changed MAC address']);
    expect(lines[0]).toMatchObject({
      src_ip: '10.20.0.1',
      alert: { context: { moved: [{ address: '10.20.0.1', from: [ROUTER], to: NEW }] } },
    });
    expect(report).toContain(
      `the router 10.20.0.1 has another MAC address: ${NEW} instead of ${ROUTER}; replaced, or somebody answers in its place`,
    );
    expect(report).toContain(`MACs 10.20.0.1: ${ROUTER} then ${NEW}`);
    expect(report).not.toMatch(/packets of (10\.20\.0\.5|198)/);
  });

  it('tells somebody who gets in between as ARP spoofing, with the address and both MACs', () => {
    const claims = Array.from({ length: 60 }, (_, i) => claim(30 + 2 * i, NEW, '10.20.0.1'));
    const { lines, report } = detect([...ordinary(0, 200, ROUTER, 2), ...claims]);
    expect(kinds(lines)).toEqual(['high ARP spoofing']);
    expect(lines[0].alert.context.moved).toEqual([{ address: '10.20.0.1', from: [ROUTER], to: NEW }]);
    expect(lines[0].alert.context.technique?.id).toBe('T1557.002');
    expect(report).toContain(`the router 10.20.0.1 speaks at ${NEW} and at ${ROUTER}: somebody gets in between`);
    expect(report).not.toContain('none from');
  });

  it('tells a flood of MACs as one incident of the segment, and the scan beside it as another', () => {
    const random = new Random(5);
    const byte = (): string => random.below(256).toString(16).padStart(2, '0');
    const flood = Array.from({ length: 20_000 }, (_, i) => {
      const mac = `02:${byte()}:${byte()}:${byte()}:${byte()}:${byte()}`;
      const ip = (): string =>
        `${1 + random.below(222)}.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
      const body = random.chance(0.5)
        ? frame(ether({ src: mac, dst: ALL }), arp({ senderMac: mac, sender: ip(), target: ip() }))
        : frame(
            ether({ src: mac, dst: NEW }),
            ipv4({ src: ip(), dst: ip() }),
            tcp({ src: 1024 + random.below(60_000), dst: 1024 + random.below(60_000), flags: SYN }),
          );
      return at(30 + i / 200, body);
    });
    const scan = Array.from({ length: 300 }, (_, i) =>
      at(
        60 + i / 10,
        frame(
          ether({ src: '02:00:00:00:00:66', dst: HOST }),
          ipv4({ src: '10.20.0.66', dst: '10.20.0.5' }),
          tcp({ src: 44_000, dst: 1 + i, flags: SYN }),
        ),
      ),
    );
    const { lines } = detect([...ordinary(0, 200, ROUTER, 2), ...flood, ...scan]);
    const alarms = kinds(lines).filter((kind) => !kind.startsWith('notice'));
    expect(alarms.sort()).toEqual(['high MAC flood', 'high port scan']);
    expect(lines.find(({ alert }) => alert.category === 'port scan')?.src_ip).toBe('10.20.0.66');
  });

  it('raises nothing but notices where newcomers with random MACs join, ten a minute', () => {
    const random = new Random(6);
    const guests = Array.from({ length: 30 }, (_, i) => {
      const mac = `02:aa:${(16 + random.below(239)).toString(16)}:00:00:${(16 + i).toString(16)}`;
      const ask = frame(
        ether({ src: mac, dst: ALL }),
        ipv4({ src: '0.0.0.0', dst: '255.255.255.255' }),
        udp({ src: 68, dst: 67 }),
        'z'.repeat(250),
      );
      const own = arp({ senderMac: mac, sender: `10.20.0.${100 + (i % 10)}`, target: '10.20.0.1' });
      return [at(6 * i, ask), at(6 * i + 0.5, frame(ether({ src: mac, dst: ALL }), own))];
    }).flat();
    const { lines } = detect([...ordinary(0, 200, ROUTER, 2), ...guests]);
    expect(kinds(lines).filter((kind) => !kind.startsWith('notice'))).toEqual([]);
  });
});
