/**
 * Capture file to packet table, against tshark, Scapy and tcpdump on the same packets, and memory at 1x and 10x.
 * The packets are our recordings, repeated with advancing time until there are at least 500 000.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packetsOf, recordings, writeCapture } from './captures/repeat.js';
import { best } from './captures/run.js';
import { pythonWith } from './peers/python.js';

const PACKETS = 500_000;
const SLICE = 20_000;
const ROUNDS = 3;
const root = join(import.meta.dirname, '..');

/** What tshark calls our columns; ours unify where it has two or more. */
const TSHARK_FIELDS =
  `frame.time_epoch frame.len frame.cap_len eth.src eth.dst eth.type vlan.id ip.version ip.src ip.dst
  ipv6.src ipv6.dst ip.proto ipv6.nxt ip.ttl ipv6.hlim ip.dsfield ipv6.tclass ip.flags ip.frag_offset ip.len ipv6.plen
  arp.opcode arp.src.proto_ipv4 arp.dst.proto_ipv4 tcp.srcport tcp.dstport udp.srcport udp.dstport sctp.srcport sctp.dstport
  tcp.flags tcp.window_size_value tcp.option_kind tcp.len udp.length icmp.type icmp.code icmpv6.type icmpv6.code
  dns.qry.name dns.qry.type dns.flags.response dns.flags.rcode dns.a dns.aaaa tls.handshake.extensions_server_name`.split(
    /\s+/,
  );

const SCAPY = `
import sys
from scapy.all import PcapReader, IP, IPv6, TCP, UDP
with open(sys.argv[2], 'w') as out:
    for packet in PcapReader(sys.argv[1]):
        network = packet.getlayer(IP) or packet.getlayer(IPv6)
        source, target = (network.src, network.dst) if network is not None else ('', '')
        proto = 'TCP' if TCP in packet else 'UDP' if UDP in packet else ''
        out.write('%s,%s,%s,%s,%d\\n' % (packet.time, source, target, proto, len(packet)))
`;

/** A program's name and version, as it says with an option; undefined where it is not installed. */
function named(program, option) {
  const { error, stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8' });
  if (!error) return `${program} ${/\d+\.[\d.]+/.exec(stdout + stderr)?.[0] ?? ''}`;
  console.log(`${program}: not installed, skipped`);
  return undefined;
}

const paths = recordings(root);
if (paths.length === 0) {
  console.log('skipped: no recordings (../shared/range or data/*.pcap.gz)');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));
try {
  const sources = paths.map(packetsOf);
  const capture = join(folder, 'packets.pcap');
  const table = join(folder, 'packets.csv');
  const packets = writeCapture(capture, sources, PACKETS);
  const slice = join(folder, 'slice.pcap');
  const sliced = writeCapture(slice, [{ ...sources[0], list: sources[0].list.slice(0, SLICE) }], SLICE);
  console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
  console.log(
    `${packets} packets, ${(statSync(capture).size / 1e6).toFixed(0)} MB; best of ${ROUNDS} runs, with start-up`,
  );

  const sniff = [join(root, 'bin', 'anomaly.js'), 'sniff', '--force', '-q', '--out', table, '-r'];
  const show = (name, count, { seconds, cpu }, note = '') => {
    const rate = `${(count / seconds / 1000).toFixed(1).padStart(8)} k packets/s`;
    console.log(
      `${name.padEnd(38)} ${rate}, ${((cpu / count) * 1e6).toFixed(2).padStart(7)} µs of processor each  ${note}`,
    );
  };
  const ours = await best(process.execPath, [...sniff, capture], ROUNDS);
  show('anomaly sniff -r', packets, ours, `${(statSync(table).size / packets).toFixed(0)} B a row`);

  const compare = async (name, goal, count, command, args, rounds) => {
    const peer = await best(command, args, rounds);
    const ratio = (what) => ((peer[what] / count) * (packets / ours[what])).toFixed(1);
    show(
      name,
      count,
      peer,
      `ours: ${ratio('seconds')} times as fast (goal: ${goal}), ${ratio('cpu')} by processor time`,
    );
  };
  const tshark = named('tshark', '--version');
  if (tshark) {
    const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field]);
    const whole = ['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'];
    await compare(
      `${tshark} -n -T fields`,
      '20',
      packets,
      'tshark',
      ['-n', ...whole, '-r', capture, '-T', 'fields', ...fields],
      1,
    );
  }
  const tcpdump = named('tcpdump', '--version');
  if (tcpdump) await compare(`${tcpdump} -nn -r`, 'more than 1', packets, 'tcpdump', ['-nn', '-r', capture], ROUNDS);
  const python = pythonWith('scapy');
  if (python) {
    await compare(
      `${python.name} PcapReader, ${sliced} packets`,
      '100',
      sliced,
      python.program,
      ['-c', SCAPY, slice, join(folder, 'scapy.csv')],
      1,
    );
  }

  const large = join(folder, 'large.pcap');
  const many = writeCapture(large, sources, 10 * packets);
  rmSync(capture);
  const big = await best(process.execPath, [...sniff, large], 1);
  show(`anomaly sniff -r, ${(many / packets).toFixed(1)}x`, many, big);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`resident at 1x: ${megabytes(ours.peak)}, at ${(many / packets).toFixed(1)}x: ${megabytes(big.peak)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
