/** A conn.log as its connections would stand in flow tables of other programs. */
import type { FlowFormat } from '../../src/source/flow-tables/formats.ts';
import { HEADER } from './conn-log.ts';

const NAMES = (/^#fields\t(.*)$/m.exec(HEADER)?.[1] ?? '').split('\t');

export type Flow = Readonly<Record<string, string>>;

/** Rows of a conn.log, by the names of its columns. */
export function flowsOf(log: string): Flow[] {
  return log
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split('\t');
      return Object.fromEntries(NAMES.map((name, k) => [name, cells[k] ?? '-']));
    });
}

const of = (flow: Flow, name: string): string => flow[name] ?? '-';
const number = (flow: Flow, name: string): number => (of(flow, name) === '-' ? 0 : Number(of(flow, name)));
const src = (flow: Flow): string => of(flow, 'id.orig_h');
const dst = (flow: Flow): string => of(flow, 'id.resp_h');
const sport = (flow: Flow): string => of(flow, 'id.orig_p');
const dport = (flow: Flow): string => of(flow, 'id.resp_p');
const proto = (flow: Flow): string => of(flow, 'proto');
const startUs = (flow: Flow): number => Math.round(number(flow, 'ts') * 1e6);
const endUs = (flow: Flow): number => startUs(flow) + Math.round(number(flow, 'duration') * 1e6);
const attack = (flow: Flow): boolean => !/^benign$/i.test(of(flow, 'label'));
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1 };
const protocol = (flow: Flow): number => PROTOCOLS[proto(flow)] ?? 0;
/** flags of both sides, as letters, of a state of Zeek's */
const FLAGS: Readonly<Record<string, readonly [string, string]>> = {
  S0: ['S', ''],
  REJ: ['S', 'RA'],
  SF: ['FSPA', 'FSPA'],
  S1: ['SPA', 'SPA'],
  RSTO: ['SRPA', 'SPA'],
  RSTR: ['SPA', 'SRPA'],
};
const flags = (flow: Flow): readonly [string, string] =>
  proto(flow) === 'tcp' ? (FLAGS[of(flow, 'conn_state')] ?? ['A', 'A']) : ['', ''];
const BIT = 'FSRPAUEC';
const bits = (letters: string): number => [...letters].reduce((sum, letter) => sum | (1 << BIT.indexOf(letter)), 0);
const dotted = (letters: string): string =>
  [...'CEUAPRSF'].map((letter) => (letters.includes(letter) ? letter : '.')).join('');

const iso = (us: number): string =>
  `${new Date(us / 1000).toISOString().slice(0, 19)}.${String(us % 1e6).padStart(6, '0')}`;
const spaced = (us: number, digits: number): string =>
  iso(us)
    .replace('T', ' ')
    .slice(0, digits === 0 ? 19 : 20 + digits);
const frames = (flow: Flow, side: 'orig' | 'resp'): number =>
  number(flow, `${side}_ip_bytes`) + 14 * number(flow, `${side}_pkts`);
/** type and code of ICMP as one port */
const icmp = (flow: Flow): string =>
  `0x${Number(dport(flow)).toString(16).padStart(2, '0')}${Number(sport(flow)).toString(16).padStart(2, '0')}`;

function eveLine(flow: Flow, k: number): string {
  const [ts, tc] = flags(flow);
  const hex = (letters: string): string => bits(letters).toString(16).padStart(2, '0');
  const service = of(flow, 'service');
  const ports =
    proto(flow) === 'icmp'
      ? { icmp_type: Number(sport(flow)), icmp_code: Number(dport(flow)) }
      : { src_port: Number(sport(flow)), dest_port: Number(dport(flow)) };
  return JSON.stringify({
    timestamp: `${iso(endUs(flow))}+0000`,
    flow_id: 1_000_000_000_000_000 + k,
    event_type: 'flow',
    src_ip: src(flow),
    dest_ip: dst(flow),
    ...ports,
    proto: proto(flow).toUpperCase(),
    app_proto: service === '-' ? 'failed' : service,
    flow: {
      pkts_toserver: number(flow, 'orig_pkts'),
      pkts_toclient: number(flow, 'resp_pkts'),
      bytes_toserver: frames(flow, 'orig'),
      bytes_toclient: frames(flow, 'resp'),
      start: `${iso(startUs(flow))}+0000`,
      end: `${iso(endUs(flow))}+0000`,
      state: 'closed',
      reason: 'timeout',
    },
    ...(proto(flow) === 'tcp' && { tcp: { tcp_flags_ts: hex(ts), tcp_flags_tc: hex(tc), state: 'closed' } }),
  });
}

function argusLine(flow: Flow): string {
  const [ts, tc] = flags(flow);
  const state = proto(flow) === 'tcp' ? `${ts}_${tc}` : number(flow, 'resp_pkts') > 0 ? 'CON' : 'INT';
  const ports = proto(flow) === 'icmp' ? [icmp(flow), '0x4fa8'] : [sport(flow), dport(flow)];
  const bytes = frames(flow, 'orig') + frames(flow, 'resp');
  const packets = number(flow, 'orig_pkts') + number(flow, 'resp_pkts');
  return [
    spaced(startUs(flow), 6).replaceAll('-', '/'),
    of(flow, 'duration'),
    proto(flow),
    src(flow),
    ports[0],
    '  ->',
    dst(flow),
    ports[1],
    state,
    0,
    0,
    packets,
    bytes,
    frames(flow, 'orig'),
    attack(flow) ? 'flow=From-Botnet-V42-TCP-Scan' : 'flow=Background-UDP-Established',
  ].join(',');
}

const UNSW = 49;
function unswLine(flow: Flow): string {
  const cells = new Array<string | number>(UNSW).fill(0);
  const [ts, tc] = flags(flow);
  const state = proto(flow) !== 'tcp' ? 'CON' : tc === '' ? 'REQ' : `${ts}${tc}` === 'SRA' ? 'RST' : 'FIN';
  const head = [
    src(flow),
    proto(flow) === 'icmp' ? icmp(flow) : sport(flow),
    dst(flow),
    dport(flow),
    proto(flow),
    state,
    of(flow, 'duration'),
    frames(flow, 'orig'),
    frames(flow, 'resp'),
  ];
  cells.splice(0, head.length, ...head);
  cells[13] = of(flow, 'service');
  cells[16] = number(flow, 'orig_pkts');
  cells[17] = number(flow, 'resp_pkts');
  cells[28] = Math.floor(startUs(flow) / 1e6);
  cells[29] = Math.floor(endUs(flow) / 1e6);
  cells[47] = attack(flow) ? 'Reconnaissance' : '';
  cells[48] = attack(flow) ? 1 : 0;
  return cells.join(',');
}

function cicLine(flow: Flow): string {
  const [date, time = ''] = spaced(startUs(flow), 0).split(' ');
  const [year, month, day] = (date as string).split('-').map(Number);
  const [hours = 0, minutes, seconds] = time.split(':').map(Number);
  const when = `${day}/${month}/${year} ${((hours + 11) % 12) + 1}:${String(minutes).padStart(2, '0')}:${String(seconds).padStart(2, '0')} ${hours < 12 ? 'AM' : 'PM'}`;
  return [
    `${src(flow)}-${dst(flow)}-${sport(flow)}-${dport(flow)}-${protocol(flow)}`,
    src(flow),
    sport(flow),
    dst(flow),
    dport(flow),
    protocol(flow),
    when,
    endUs(flow) - startUs(flow),
    number(flow, 'orig_pkts'),
    number(flow, 'resp_pkts'),
    number(flow, 'orig_bytes'),
    `${number(flow, 'resp_bytes')}.0`,
    proto(flow) === 'tcp' ? 1 : 0,
    attack(flow) ? 'PortScan' : 'BENIGN',
  ].join(',');
}

/** Both directions, the answer first or last, as it came. */
function nfdumpLines(flow: Flow, write: (way: Way) => string): string[] {
  const [ts, tc] = flags(flow);
  const out: Way = {
    flow,
    from: src(flow),
    to: dst(flow),
    ports: [sport(flow), dport(flow)],
    letters: ts,
    side: 'orig',
    delayUs: 0,
  };
  const back: Way = {
    flow,
    from: dst(flow),
    to: src(flow),
    ports: [dport(flow), sport(flow)],
    letters: tc,
    side: 'resp',
    delayUs: 1000,
  };
  return number(flow, 'resp_pkts') > 0 ? [write(out), write(back)] : [write(out)];
}

interface Way {
  readonly flow: Flow;
  readonly from: string;
  readonly to: string;
  readonly ports: readonly [string, string];
  readonly letters: string;
  readonly side: 'orig' | 'resp';
  /** the answer comes so much later */
  readonly delayUs: number;
}

const duration = (us: number): string => iso(us).slice(11, 23);

function wayCsv({ flow, from, to, ports, letters, side, delayUs }: Way): string {
  const begin = startUs(flow) + delayUs;
  const ends = [spaced(begin, 0), spaced(Math.max(begin, endUs(flow)), 0)];
  const icmpPorts = side === 'orig' ? [0, 256 * Number(sport(flow)) + Number(dport(flow))] : [0, 0];
  const shown = proto(flow) === 'icmp' ? icmpPorts : ports;
  return [
    ...ends,
    (Math.max(0, endUs(flow) - begin) / 1e6).toFixed(3),
    from,
    to,
    ...shown,
    proto(flow).toUpperCase(),
    dotted(letters),
    0,
    0,
    number(flow, `${side}_pkts`),
    number(flow, `${side}_ip_bytes`),
    0,
    0,
  ].join(',');
}

function wayLong({ flow, from, to, ports, letters, side, delayUs }: Way): string {
  const begin = startUs(flow) + delayUs;
  const end = (address: string, port: string): string => `${address}${address.includes(':') ? '.' : ':'}${port}`;
  const answer = proto(flow) === 'icmp' ? (side === 'orig' ? `${sport(flow)}.${dport(flow)}` : '0.0') : ports[1];
  const source = proto(flow) === 'icmp' ? '0' : ports[0];
  return `${spaced(begin, 3)}     ${duration(Math.max(0, endUs(flow) - begin))} ${proto(flow).toUpperCase().padEnd(6)} ${end(from, source).padStart(20)} -> ${end(to, answer).padStart(20)} ${dotted(letters)}   0 ${String(number(flow, `${side}_pkts`)).padStart(8)} ${String(number(flow, `${side}_ip_bytes`)).padStart(8)}     1`;
}

const NPROBE =
  'FLOW_START_MILLISECONDS,FLOW_END_MILLISECONDS,IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,IN_PKTS,OUT_BYTES,OUT_PKTS,TCP_FLAGS,CLIENT_TCP_FLAGS,SERVER_TCP_FLAGS,FLOW_DURATION_MILLISECONDS,ICMP_IPV4_TYPE,Label,Attack';
const ms = (us: number): number => Math.floor(us / 1000);
const nprobeLine = (flow: Flow): string =>
  [
    ms(startUs(flow)),
    ms(endUs(flow)),
    src(flow),
    sport(flow),
    dst(flow),
    dport(flow),
    protocol(flow),
    '7.0',
    number(flow, 'orig_ip_bytes'),
    number(flow, 'orig_pkts'),
    number(flow, 'resp_ip_bytes'),
    number(flow, 'resp_pkts'),
    0,
    bits(flags(flow)[0]),
    bits(flags(flow)[1]),
    ms(endUs(flow)) - ms(startUs(flow)),
    proto(flow) === 'icmp' ? sport(flow) : 0,
    attack(flow) ? 1 : 0,
    attack(flow) ? 'Reconnaissance' : 'Benign',
  ].join(',');

const TON =
  'ts,src_ip,src_port,dst_ip,dst_port,proto,service,duration,src_bytes,dst_bytes,conn_state,missed_bytes,src_pkts,src_ip_bytes,dst_pkts,dst_ip_bytes,dns_query,label,type';
const tonLine = (flow: Flow): string =>
  [
    Math.floor(startUs(flow) / 1e6),
    src(flow),
    sport(flow),
    dst(flow),
    dport(flow),
    proto(flow),
    of(flow, 'service'),
    of(flow, 'duration'),
    of(flow, 'orig_bytes'),
    of(flow, 'resp_bytes'),
    of(flow, 'conn_state'),
    0,
    number(flow, 'orig_pkts'),
    number(flow, 'orig_ip_bytes'),
    number(flow, 'resp_pkts'),
    number(flow, 'resp_ip_bytes'),
    '-',
    attack(flow) ? 1 : 0,
    attack(flow) ? 'scanning' : 'normal',
  ].join(',');

const HEADS: Readonly<Partial<Record<FlowFormat, string>>> = {
  argus: 'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label',
  'ton-iot': TON,
  cicflowmeter:
    'Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Total Fwd Packets, Total Backward Packets,Total Length of Fwd Packets, Total Length of Bwd Packets, SYN Flag Count, Label',
  'nfdump-csv': 'ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt',
  'nfdump-text':
    'Date first seen             Duration     Proto      Src IP Addr:Port          Dst IP Addr:Port     Flags Tos  Packets    Bytes Flows',
  nprobe: NPROBE,
};

/** Rows of one flow in a format, without a header; of nfdump one or two. */
export const FLOW_LINES: Readonly<Record<FlowFormat, (flow: Flow, k: number) => string[]>> = {
  eve: (flow, k) => [eveLine(flow, k)],
  argus: (flow) => [argusLine(flow)],
  'ton-iot': (flow) => [tonLine(flow)],
  'unsw-nb15': (flow) => [unswLine(flow)],
  cicflowmeter: (flow) => [cicLine(flow)],
  'nfdump-csv': (flow) => nfdumpLines(flow, wayCsv),
  'nfdump-text': (flow) => nfdumpLines(flow, wayLong),
  nprobe: (flow) => [nprobeLine(flow)],
};

/** The whole table, with what leads it. */
export function flowTableOf(format: FlowFormat, flows: readonly Flow[]): string {
  const head = HEADS[format];
  const lines = flows.flatMap((flow, k) => FLOW_LINES[format](flow, k));
  return `${head === undefined ? '' : `${head}\n`}${lines.join('\n')}\n`;
}
