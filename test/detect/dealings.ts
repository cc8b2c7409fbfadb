/** Conversations of made packets: what an office does all day, and what attacks do. */
import { Key } from '../../src/base/hash.js';
import { DNS_ANSWER, DNS_NO_SUCH_NAME, DNS_QUERY, type Traffic } from '../../src/features/traffic.js';
import { Random } from '../../src/model/random.js';
import { end, type Packet } from './traffic.js';

const [FIN, SYN, RST, PSH, ACK] = [0x01, 0x02, 0x04, 0x08, 0x10];
const [UDP, ICMP] = [17, 1];
const HEADERS = 54;

export interface Between {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly fromPort: number;
}

type Said = readonly [after: number, reply: boolean, payload: number];

/** A TCP connection: handshake, what is said (s after the one before, by whom, B), and its end. */
export function connection(at: number, between: Between, said: readonly Said[], ends = true): Packet[] {
  let now = at;
  const packet = (after: number, reply: boolean, flags: number, payload = 0): Packet => {
    now += after;
    return { at: now, ...between, reply, flags, payload, bytes: HEADERS + payload };
  };
  return [
    { ...packet(0, false, SYN), opens: true },
    packet(0.01, true, SYN | ACK),
    packet(0.001, false, ACK),
    ...said.map(([after, reply, payload]) => packet(after, reply, PSH | ACK, payload)),
    ...(ends ? [packet(0.01, false, FIN | ACK), packet(0.01, true, FIN | ACK), packet(0.001, false, ACK)] : []),
  ];
}

/** A SYN that is refused, or that nobody answers. */
export function attempt(at: number, between: Between, refused = true): Packet[] {
  const syn: Packet = { at, ...between, opens: true, flags: SYN, bytes: HEADERS };
  return refused ? [syn, { at: at + 0.001, ...between, reply: true, flags: RST | ACK, bytes: HEADERS }] : [syn];
}

const hash = (text: string): Key => new Key().start(9).addBytes(new TextEncoder().encode(text), 0, text.length);

/** A question for a name, and its answer. */
export function lookUp(
  at: number,
  from: string,
  name: string,
  exists = true,
  queryType = 1,
  answers: readonly string[] = [],
  to = '10.0.0.53',
): Packet[] {
  const labels = name.split('.');
  const [whole, zone] = [hash(name), hash(labels.slice(-2).join('.'))];
  const asked: Partial<Traffic> = {
    ...{ nameLow: whole.low, nameHigh: whole.high, zoneLow: zone.low, zoneHigh: zone.high },
    nameBytes: Math.max(0, labels.slice(0, -2).join('.').length),
    queryType,
  };
  const between = {
    from,
    to,
    port: 53,
    fromPort: 20_000 + (Math.floor(at * 100) % 30_000),
    protocol: UDP,
  };
  const payload = 18 + name.length;
  return [
    { at, ...between, opens: true, payload, traffic: { ...asked, dns: DNS_QUERY } },
    {
      ...{ at: at + 0.01, ...between, reply: true, payload: payload + (exists ? 16 : 0) },
      traffic: { ...asked, dns: exists ? DNS_ANSWER : DNS_NO_SUCH_NAME, ...addresses(answers) },
    },
  ];
}

const addresses = (answers: readonly string[]): Partial<Traffic> => {
  const ends = answers.map(end);
  return {
    answers: answers.length,
    answerLow: Int32Array.from(ends, ({ hashLow }) => hashLow),
    answerHigh: Int32Array.from(ends, ({ hashHigh }) => hashHigh),
  };
};

/** A ping and its answer, which mirrors it unless it says otherwise. */
export function ping(at: number, from: string, to: string, payload = 56, answer = payload): Packet[] {
  const between = { from, to, port: -1, protocol: ICMP };
  return [
    { at, ...between, opens: true, traffic: { icmpType: 8, payload } },
    { at: at + 0.005, ...between, reply: true, traffic: { icmpType: 0, payload: answer } },
  ];
}

export const inOrder = (...parts: readonly (readonly Packet[])[]): Packet[] => parts.flat().sort((a, b) => a.at - b.at);

/** n parts, `every` s apart from `at` on. */
export function repeat(n: number, at: number, every: number, part: (at: number, i: number) => Packet[]): Packet[] {
  return Array.from({ length: n }, (_, i) => part(at + i * every, i)).flat();
}

const CLIENTS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
const SITES = ['203.0.113.10', '203.0.113.11', '203.0.113.12', '198.51.100.20', '198.51.100.21'];
const NAMES = ['www.example.com', 'mail.example.com', 'cdn.example.net', 'www.example.org', 'api.example.org'];
/** the office's own */
export const SERVER = '10.0.0.1';

/**
 * Seconds of an office: clients that look up names, fetch pages, log in at a server, ping it, and sometimes find a service
 * closed, or go somewhere new. Exponential waits, lognormal sizes.
 */
export function office(seconds: number, seed: number, from = 100): Packet[] {
  const random = new Random(seed);
  const wait = (mean: number): number => -mean * Math.log(1 - random.uniform());
  const size = (median: number): number => Math.max(1, Math.round(median * Math.exp(0.8 * random.normal())));
  let port = 1024 + random.integer(30_000);
  const next = (): number => {
    port = port >= 60_000 ? 1024 : port + 1;
    return port;
  };
  const parts: Packet[][] = [];
  for (const client of CLIENTS) {
    for (let at = from + wait(10); at < from + seconds; at += wait(10)) {
      parts.push(lookUp(at, client, NAMES[random.integer(NAMES.length)] as string, random.uniform() > 0.05));
      const between = { from: client, to: SITES[random.integer(SITES.length)] as string, port: 443, fromPort: next() };
      const turns = 1 + random.integer(4);
      const said: Said[] = Array.from({ length: turns }, () => [
        [wait(0.3), false, size(300)] as Said,
        [0.03, true, size(1200)] as Said,
      ]).flat();
      parts.push(connection(at + 0.1, between, said));
    }
    for (let at = from + wait(120); at < from + seconds; at += wait(120)) {
      const between = { from: client, to: SERVER, port: 22, fromPort: next() };
      const said: Said[] = Array.from({ length: 6 + random.integer(10) }, () => [
        [wait(0.5), false, size(60)] as Said,
        [0.01, true, size(200)] as Said,
      ]).flat();
      parts.push(connection(at, between, said));
    }
    for (let at = from + wait(200); at < from + seconds; at += wait(200)) parts.push(ping(at, client, SERVER));
    // somewhere else, for once
    for (let at = from + wait(200); at < from + seconds; at += wait(200)) {
      const to = `198.51.${random.integer(250)}.${1 + random.integer(250)}`;
      const between = { from: client, to, port: 2000 + random.integer(30_000), fromPort: next() };
      const said = Array.from({ length: 1 + random.integer(3) }, (): Said[] => [
        [wait(3), false, size(300)],
        [0.05, true, size(1200)],
      ]).flat();
      parts.push(connection(at, between, said));
    }
    for (let at = from + wait(300); at < from + seconds; at += wait(300))
      parts.push(attempt(at, { from: client, to: SERVER, port: 8080, fromPort: next() }));
  }
  return inOrder(...parts);
}

const ATTACKER = '10.0.0.66';

/** Half an hour of the office, to learn from. */
export const OFFICE = office(1800, 1);

/** Ports of a server tried one by one, each refused. */
export function scan(at: number, n = 60, from = ATTACKER, to = SERVER): Packet[] {
  return repeat(n, at, 0.1, (t, i) => attempt(t, { from, to, port: 1000 + i, fromPort: 50_000 + i }));
}

/** One port of host after host, where nobody is. */
export function sweep(at: number, n = 60, from = ATTACKER): Packet[] {
  return repeat(n, at, 0.1, (t, i) =>
    attempt(t, { from, to: `10.0.1.${i + 1}`, port: 445, fromPort: 50_000 + i }, false),
  );
}

/** Sessions of one shape at a service that asks for passwords. */
export function guessing(at: number, n = 40, from = ATTACKER, to = SERVER): Packet[] {
  const said: Said[] = [1, 2, 3, 4].flatMap((): Said[] => [
    [0.1, false, 80],
    [0.1, true, 120],
  ]);
  return repeat(n, at, 1, (t, i) => connection(t, { from, to, port: 22, fromPort: 50_000 + i }, said));
}

export function upload(at: number, bytes = 2e7, from = '10.0.0.2', to = '203.0.113.99', port = 443): Packet[] {
  const said: Said[] = Array.from({ length: Math.ceil(bytes / 1460) }, (_, i) =>
    i % 20 === 19 ? [0.002, true, 30] : [0.001, false, 1460],
  );
  return connection(at, { from, to, port, fromPort: 55_555 }, said);
}

/** A program that calls home. */
export function beacon(at: number, n = 15, every = 20, from = '10.0.0.2', to = '203.0.113.99', port = 8443): Packet[] {
  return repeat(n, at, every, (t, i) =>
    connection(t, { from, to, port, fromPort: 56_000 + i }, [
      [0.02, false, 200],
      [0.02, true, 90],
    ]),
  );
}

/** Data in names of one zone. */
export function tunnel(at: number, n = 150, from = '10.0.0.2'): Packet[] {
  const random = new Random(77);
  const label = (): string => Array.from({ length: 50 }, () => 'abcdefghijklmnop'[random.integer(16)]).join('');
  return repeat(n, at, 0.2, (t) => lookUp(t, from, `${label()}.${label()}.evil.test`, true, 16));
}

/** SYNs that are answered and never completed. */
export function flood(at: number, n = 1000, from = ATTACKER, to = SERVER): Packet[] {
  return repeat(n, at, 0.005, (t, i) => {
    const between = { from, to, port: 22, fromPort: 1024 + i };
    return [
      ...attempt(t, between, false),
      { at: t + 0.001, ...between, reply: true, flags: SYN | ACK, bytes: HEADERS },
    ];
  });
}

/** A shell the wrong way round: the called side asks after pauses, the caller answers at once. */
export function shell(at: number, n = 15, from = '10.0.0.2', to = '203.0.113.99', port = 4444): Packet[] {
  const said: Said[] = [[0.05, false, 40] as Said].concat(
    ...Array.from({ length: n }, (): Said[] => [
      [4, true, 12],
      [0.02, false, 900],
    ]),
  );
  return connection(at, { from, to, port, fromPort: 57_000 }, said, false);
}
