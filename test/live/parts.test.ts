import { describe, expect, it } from 'vitest';
import {
  elapsedText,
  interfaceLines,
  progressText,
  type SniffState,
  summaryLines,
} from '../../src/commands/sniff/text.js';
import { Accounting } from '../../src/source/live/accounting.js';
import { packetsCounted } from '../../src/source/live/counters.js';
import { explain, missingDrivers } from '../../src/source/live/failure.js';
import { interfaceState, listInterfaces } from '../../src/source/live/interfaces.js';
import { linkTypeOf } from '../../src/source/live/link-type.js';
import { defaultRoute4, defaultRoute6 } from '../../src/source/live/routes.js';
import { StatsReader } from '../../src/source/live/stats.js';

describe('the default route', () => {
  const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

  it('of IPv4 is the one with the lowest metric that is up and leads somewhere', () => {
    const table = `${header}eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth1\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
tun0\t00000000\t0100A8C0\t0002\t0\t0\t1\t00000000\t0\t0\t0
tun1\t00000000\t0100A8C0\t0003\t0\t0\t1\t00000080\t0\t0\t0
`;
    expect(defaultRoute4(table)).toBe('eth1');
    expect(defaultRoute4(header)).toBeUndefined();
    expect(defaultRoute4('')).toBeUndefined();
  });

  it('of IPv6 is no unreachable one on the loopback', () => {
    const zero = '0'.repeat(32);
    const row = (bits: string, metric: string, flags: string, name: string): string =>
      `${zero} ${bits} ${zero} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 ${flags} ${name}`;
    const table = [
      row('00', 'ffffffff', '00200200', 'lo'),
      row('00', '00000400', '00450003', 'eth0'),
      row('00', '00000064', '00450003', 'wg0'),
      row('40', '00000001', '00000001', 'eth9'),
      '',
    ].join('\n');
    expect(defaultRoute6(table)).toBe('wg0');
    expect(defaultRoute6('')).toBeUndefined();
  });
});

describe('interfaces', () => {
  it('are listed with state and addresses', () => {
    const loopback = listInterfaces().find((i) => i.loopback);
    expect(loopback).toMatchObject({ loopback: true });
    expect(interfaceState('nosuch0')).toBe('missing');
    expect(
      interfaceLines(
        [
          { name: 'eth0', addresses: ['192.0.2.7/24', 'fe80::1/64'], up: true, running: true, loopback: false },
          { name: 'wlan\u001b0', addresses: [], up: true, running: false, loopback: false },
          { name: 'lo', addresses: ['127.0.0.1/8'], up: false, running: false, loopback: true },
        ],
        'eth0',
      ),
    ).toEqual([
      'eth0         up, running, default  192.0.2.7/24 fe80::1/64',
      'wlan\\u{1b}0  up, no carrier',
      'lo           down, loopback  127.0.0.1/8',
    ]);
  });

  it('count what they receive and send; on the loopback that is the same packet', () => {
    const table = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
eth0.7:99999999     200    0    0    0     0          0         0     5000      50    0    0    0     0       0          0
`;
    expect(packetsCounted(table, 'lo')).toBe(10);
    expect(packetsCounted(table, 'eth0.7')).toBe(250);
    expect(packetsCounted(table, 'eth0')).toBeUndefined();
  });
});

describe("tcpdump's statistics", () => {
  it('are read from one line or from three, and go on beyond 32 bits', () => {
    const reader = new StatsReader();
    expect(reader.push('tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes')).toBe(
      false,
    );
    expect(reader.push('tcpdump: 1 packet captured, 3 packets received by filter, 2 packets dropped by kernel')).toBe(
      true,
    );
    expect(reader.latest).toEqual({ captured: 1, received: 3, dropped: 2 });
    for (const line of ['4294967295 packets captured', '4294967290 packets received by filter'])
      expect(reader.push(line)).toBe(false);
    expect(reader.push('2 packets dropped by kernel')).toBe(true);
    reader.push('tcpdump: 4 packets captured, 6 packets received by filter, 2 packets dropped by kernel');
    expect(reader.latest).toEqual({ captured: 2 ** 32 + 4, received: 2 ** 32 + 6, dropped: 2 });
  });
});

describe('what libpcap says', () => {
  it.each([
    ['socket: Operation not permitted', '', 'NO_PERMISSION'],
    [
      "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
      'tcp',
      'NO_PERMISSION',
    ],
    ['tcpdump: eth9: No such device exists\n(No such device exists)', 'tcp', 'INTERFACE'],
    ['That device is not up', '', 'INTERFACE'],
    ["can't parse filter expression: syntax error", 'tcp prot 80', 'USAGE'],
    ["tcpdump: unknown port 'htp'", 'port htp', 'USAGE'],
    ['something new', '', 'INTERFACE'],
  ])('becomes an error code: %j', (words, filter, code) => {
    const failure = explain(words, 'eth0', filter);
    expect(failure.code).toBe(code);
    expect(failure.message).not.toMatch(/\n|^tcpdump:/);
  });

  it('names what to install where there is no driver', () => {
    expect(missingDrivers(['cap', 'tcpdump'])).toContain('apt-get install tcpdump');
    expect(missingDrivers(['cap'])).toContain('libpcap-dev');
    expect(missingDrivers(['tcpdump'])).toContain('--driver cap');
  });

  it('gives the link type its number in capture files', () => {
    expect(
      ['ETHERNET', 'RAW', 'NULL', 'LINKTYPE_LINUX_SLL', 'Unknown linktype 276', 'Unknown linktype 12', '?'].map(
        linkTypeOf,
      ),
    ).toEqual([1, 101, 0, 113, 276, 101, -1]);
  });
});

describe('the books of a live capture', () => {
  /** `clock`: the wall clock, and by how much it was set */
  function books(filtered = false): { books: Accounting; notices: string[]; clock: { us: number; setUs: number } } {
    const clock = { us: 1e15, setUs: 0 };
    const notices: string[] = [];
    const accounting = new Accounting('nosuch0', filtered, (line) => notices.push(line), {
      wallUs: () => clock.us + clock.setUs,
      steadyUs: () => clock.us,
    });
    return { books: accounting, notices, clock };
  }

  it('know the drops of tcpdump over its restarts, until one is killed', () => {
    const { books: b } = books();
    b.open('tcpdump', 'nosuch0');
    b.deliver(90, 1);
    b.stats({ captured: 90, received: 100, dropped: 10 });
    expect(b.facts).toMatchObject({ received: 100, dropped: 10, filtered: 0, driver: 'tcpdump' });
    b.end('the capture process ended', { captured: 91, received: 103, dropped: 12 });
    b.open('tcpdump', 'nosuch0');
    b.stats({ captured: 1, received: 2, dropped: 1 });
    expect(b.facts.dropped).toBe(13);
    b.end('the capture process was killed (SIGKILL)', undefined);
    expect(b.facts.dropped).toBeUndefined();
  });

  it('do not claim to know what a filter or driver cap passed over', () => {
    const { books: b } = books(true);
    b.open('cap', 'nosuch0');
    b.deliver(5, 1);
    expect(b.facts).toMatchObject({ received: 5, gaps: [] });
    expect([b.facts.dropped, b.facts.filtered, b.facts.droppedEstimate]).toEqual([undefined, undefined, undefined]);
  });

  it('hold a gap from the last packet, or what was on its way, to the reopening', () => {
    const { books: b, notices, clock } = books();
    b.open('cap', 'nosuch0');
    b.deliver(1, clock.us - 200_000);
    b.end('nosuch0 went down', undefined);
    clock.us += 5e6;
    b.open('cap', 'nosuch0');
    clock.us += 60e6;
    b.end('nosuch0 disappeared', undefined);
    clock.us += 3e6;
    b.finish();
    expect(b.facts.gaps).toEqual([
      { fromUs: 1e15 - 200_000, toUs: 1e15 + 5e6, reason: 'nosuch0 went down' },
      { fromUs: 1e15 + 65e6 - 1.1e6, toUs: 1e15 + 68e6, reason: 'nosuch0 disappeared' },
    ]);
    expect(notices).toEqual([
      'capture interrupted: nosuch0 went down; going on as soon as possible',
      'capturing again on nosuch0; a gap of 5.2 s is recorded',
      'capture interrupted: nosuch0 disappeared; going on as soon as possible',
    ]);
  });

  it('tell a clock that was set from a machine that slept, and from NTP that corrects', () => {
    const { books: b, clock } = books();
    b.deliver(1, clock.us);
    // eight hours of sleep: no timer ran, and the uptime counts it
    clock.us += 8 * 3600e6;
    b.deliver(1, clock.us);
    clock.setUs += 0.5e6;
    b.sample();
    expect(b.facts.clockSteps).toEqual([]);
    const before = clock.us + clock.setUs;
    clock.setUs += 3600e6;
    b.deliver(1, clock.us + clock.setUs);
    clock.us += 1e6;
    clock.setUs -= 7200e6;
    b.sample();
    expect(b.facts.clockSteps).toEqual([
      { fromUs: before, toUs: before + 3600e6 },
      { fromUs: before + 3601e6, toUs: before - 3599e6 },
    ]);
  });

  it('hold a gap as long as it was, though the clock was set back in it', () => {
    const { books: b, notices, clock } = books();
    b.open('cap', 'nosuch0');
    b.deliver(1, clock.us);
    b.end('nosuch0 went down', undefined);
    clock.us += 5e6;
    clock.setUs -= 3600e6;
    b.open('cap', 'nosuch0');
    expect(b.facts.gaps).toEqual([{ fromUs: 1e15, toUs: 1e15 + 5e6, reason: 'nosuch0 went down' }]);
    expect(notices.at(-1)).toBe('capturing again on nosuch0; a gap of 5.0 s is recorded');
  });

  it('stay bounded when an interface flaps all night', () => {
    const { books: b, clock } = books();
    for (let k = 0; k < 1100; k++) {
      b.open('cap', 'nosuch0');
      clock.us += 20e6;
      b.end('nosuch0 went down', undefined);
      clock.us += 1e6;
    }
    b.finish();
    expect(b.facts.gaps.length).toBe(1000);
    expect(b.facts.gaps.at(-1)).toMatchObject({ reason: 'several interruptions', toUs: clock.us - 21e6 });
  });
});

describe('what sniff says', () => {
  const state = (change: Partial<SniffState['facts']> = {}, rest: Partial<SniffState> = {}): SniffState => ({
    facts: {
      name: 'eth0',
      format: 'live',
      driver: 'cap',
      received: 1000,
      filtered: 0,
      gaps: [],
      warnings: [],
      ...change,
    },
    live: true,
    elapsed: 3723.4,
    written: 1000,
    bytes: 120_000,
    skipped: 0,
    files: ['a.csv'],
    stops: new Map(),
    ...rest,
  });

  it('shows elapsed time, packets, rate, drops and size', () => {
    expect(elapsedText(90_061)).toBe('25:01:01');
    expect(progressText(state({ dropped: 3 }), 250)).toBe('01:02:03  1,000 packets  250/s  3 dropped  120 kB');
    expect(progressText(state({ droppedEstimate: 7 }), 250)).toContain('  ~7 dropped  ');
    expect(progressText(state(), 250)).toContain('  drops unknown  ');
  });

  it('sums up: received = written + dropped + filtered', () => {
    expect(summaryLines(state({ dropped: 0 }))).toEqual([
      'eth0 (driver cap): 1 h 2 min, 120 kB into a.csv',
      'packets: received 1,000 = written 1,000 + dropped 0 + filtered 0',
    ]);
    const { filtered: _, ...facts } = state().facts;
    expect(summaryLines({ ...state(), facts })[1]).toBe(
      'packets: received 1,000 = written 1,000 + dropped unknown + filtered unknown',
    );
  });

  it('warns above one per cent of loss, not below', () => {
    const warns = (change: Partial<SniffState['facts']>): boolean =>
      summaryLines(state(change)).some((line) => line.startsWith('warning'));
    expect(warns({ dropped: 10 })).toBe(false);
    expect(warns({ dropped: 11 })).toBe(true);
    expect(warns({ droppedEstimate: 10 })).toBe(false);
    expect(warns({ droppedEstimate: 500 })).toBe(true);
  });

  it('tells the first times that the clock was set', () => {
    const clockSteps = Array.from({ length: 5 }, (_, k) => ({ fromUs: 3600e6 * (k + 1), toUs: 0 }));
    const lines = summaryLines(state({ clockSteps }));
    expect(lines.filter((line) => line.startsWith('the clock was set back by ')).length).toBe(3);
    expect(lines).toContain('and 2 more times');
  });

  it('lists gaps and files, bounded', () => {
    const gaps = Array.from({ length: 25 }, (_, k) => ({
      fromUs: k * 10e6,
      toUs: k * 10e6 + 1e6,
      reason: 'eth0 went down',
    }));
    const lines = summaryLines(state({ gaps }, { files: ['a.csv', 'b.csv', 'c.csv'] }));
    expect(lines[0]).toContain('a.csv to c.csv (3 files)');
    expect(lines).toContain('gaps: 25 stretches of 25 s in all, in which packets may have passed unseen');
    expect(lines).toContain('  1970-01-01T00:00:00.000000Z for 1 s: eth0 went down');
    expect(lines).toContain('  and 15 more');
  });
});
