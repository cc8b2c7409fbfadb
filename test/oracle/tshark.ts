/** tshark as oracle: its fields for every packet of a capture, name resolution and reassembly off. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Fields asked for; each packet has a list of values a field, outermost occurrence first. */
const FIELDS = [
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.protocols',
  'eth.src',
  'eth.dst',
  'eth.type',
  'wlan.sa',
  'wlan.da',
  'sll.src.eth',
  'sll.etype',
  'llc.type',
  'vlan.id',
  'ieee8021ad.id',
  'ip.version',
  'ip.hdr_len',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.ttl',
  'ip.dsfield',
  'ip.flags',
  'ip.frag_offset',
  'ip.len',
  'ipv6.version',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.nxt',
  'ipv6.hlim',
  'ipv6.tclass',
  'ipv6.plen',
  'ipv6.opt.jumbo',
  'ipv6.hopopts.nxt',
  'ipv6.dstopts.nxt',
  'ipv6.routing.nxt',
  'ipv6.fraghdr.nxt',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
  'ah.next_header',
  'arp.opcode',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.option_kind',
  'tcp.len',
  'tcp.payload',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'udp.payload',
  'sctp.srcport',
  'sctp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'dns.qry.name',
  'dns.qry.type',
  'dns.flags.response',
  'dns.flags.rcode',
  'dns.count.queries',
  'dns.count.auth_rr',
  'dns.count.add_rr',
  'dns.a',
  'dns.aaaa',
  'tls.handshake.extensions_server_name',
  '_ws.malformed',
] as const;

export type Field = (typeof FIELDS)[number];
const INDEX = new Map<string, number>(FIELDS.map((field, i) => [field, i]));

/** One packet as tshark sees it. */
export class Dissection {
  /** @param places by protocol: how many layers of it are outside of the packet that is meant */
  constructor(
    private readonly cells: readonly string[],
    private readonly places: ReadonlyMap<string, number> = new Map(),
  ) {}

  /** The same packet, read from within tunnels. */
  at(places: ReadonlyMap<string, number>): Dissection {
    return new Dissection(this.cells, places);
  }

  /** How many layers of the protocol are outside. */
  place(protocol: string): number {
    return this.places.get(protocol) ?? 0;
  }

  /** All values of the field, in the order of the packet. */
  all(field: Field): readonly string[] {
    const cell = this.cells[INDEX.get(field) as number];
    return cell === undefined || cell === '' ? [] : cell.split(AGGREGATOR);
  }

  /** The value of the packet that is meant, which is the first one where that is the outermost; '' without one. */
  first(field: Field): string {
    return this.all(field)[this.place(field.slice(0, field.indexOf('.')))] ?? '';
  }
}

const AGGREGATOR = '\u001e';

const PREFERENCES = [
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'sctp.reassembly:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
  'wlan.defragment:FALSE',
];

export function tsharkVersion(): string | undefined {
  const result = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n')[0] : undefined;
}

/** Dissections of the capture's packets, at most `limit`. `failed()` afterwards: why tshark could not read on, or ''. */
export function dissect(path: string, limit: number): { rows: AsyncIterable<Dissection>; failed: () => string } {
  const args = ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a'];
  args.push('-E', `aggregator=${AGGREGATOR}`);
  if (Number.isFinite(limit)) args.push('-c', String(limit));
  // the port of Linux' own VXLAN, which IANA gave to another
  args.push('-d', 'udp.port==8472,vxlan');
  for (const preference of PREFERENCES) args.push('-o', preference);
  for (const field of FIELDS) args.push('-e', field);
  // an empty configuration folder: a user's own preferences change nothing
  const child = spawn('tshark', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC', WIRESHARK_CONFIG_DIR: '/nonexistent' },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return { rows: readRows(child), failed: () => (child.exitCode === 0 ? '' : errors.trim()) };
}

async function* readRows(child: ChildProcess): AsyncGenerator<Dissection> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) yield new Dissection(line.split('\t'));
    await ended;
  } finally {
    child.kill();
  }
}
