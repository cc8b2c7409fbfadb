/**
 * The flow tables that are read beside conn.logs: one row a format, which maps the names of its columns to what a
 * connection record needs. What a format lacks is in `lacks`, in words for people.
 */

/** What a row of a flow table may tell. */
export const FIELDS = [
  'start',
  'end',
  'duration',
  'src',
  'sport',
  'dst',
  'dport',
  'protocol',
  'direction',
  'state',
  'flags',
  'srcFlags',
  'dstFlags',
  'syns',
  'bytes',
  'srcBytes',
  'dstBytes',
  'srcPayload',
  'dstPayload',
  'packets',
  'srcPackets',
  'dstPackets',
  'missed',
  'service',
  'icmp',
  'icmpCode',
  'label',
  'detail',
  'id',
] as const;

export type Field = (typeof FIELDS)[number];

/** Without these a row does not say who met whom, and when. */
export const NEEDED = ['start', 'src', 'dst', 'protocol'] as const;

/** µs in one unit of the duration column */
const S = 1e6;
const MS = 1e3;
const US = 1;

export interface FlowTable {
  /** what messages call it */
  readonly title: string;
  /** by field its columns, the first that is there; in small letters and without blanks around them */
  readonly columns: Readonly<Partial<Record<Field, readonly string[]>>>;
  /** µs in one unit of its duration */
  readonly durationUnit: number;
  /** whether its bytes are those of frames, with 14 B of Ethernet each, or those of IP packets */
  readonly bytesOf: 'frames' | 'packets';
  /** how the end of a TCP connection is told: in Zeek's words, as flags of both sides, in Argus' words, or not at all */
  readonly stateIs: 'zeek' | 'flags' | 'argus' | 'untold';
  /** flags are hexadecimal numbers without a mark */
  readonly hexFlags?: true;
  /** a row is what one side sent: two make a connection */
  readonly oneWay?: true;
  /** ports of ICMP hold type and code: the type in the lower byte of the source port (Argus), or in the upper one of the other */
  readonly icmpIn?: 'sport' | 'dport';
  /** columns of a table that comes without a header */
  readonly headerless?: readonly string[];
  /** what its connections lack beside those of a conn.log, in a few words each; none has a history */
  readonly lacks: readonly string[];
}

const UNSW_COLUMNS =
  'srcip sport dstip dsport proto state dur sbytes dbytes sttl dttl sloss dloss service sload dload spkts dpkts swin dwin stcpb dtcpb smeansz dmeansz trans_depth res_bdy_len sjit djit stime ltime sintpkt dintpkt tcprtt synack ackdat is_sm_ips_ports ct_state_ttl ct_flw_http_mthd is_ftp_login ct_ftp_cmd ct_srv_src ct_srv_dst ct_dst_ltm ct_src_ltm ct_src_dport_ltm ct_dst_sport_ltm ct_dst_src_ltm attack_cat label';

const NO_SERVICE = 'no service';
const WORKED_OUT = 'payload is worked out from bytes and packets';

export const FLOW_TABLES = {
  eve: {
    title: 'Suricata eve.json',
    columns: { service: ['app_proto'] },
    durationUnit: S,
    bytesOf: 'frames',
    stateIs: 'flags',
    hexFlags: true,
    lacks: [WORKED_OUT],
  },
  argus: {
    title: 'Argus table (binetflow)',
    columns: {
      start: ['starttime', 'stime'],
      end: ['lasttime', 'ltime'],
      duration: ['dur'],
      src: ['srcaddr', 'saddr'],
      sport: ['sport'],
      dst: ['dstaddr', 'daddr'],
      dport: ['dport'],
      protocol: ['proto'],
      direction: ['dir'],
      state: ['state'],
      bytes: ['totbytes', 'bytes'],
      srcBytes: ['srcbytes', 'sbytes'],
      dstBytes: ['dstbytes', 'dbytes'],
      packets: ['totpkts', 'pkts'],
      srcPackets: ['srcpkts', 'spkts'],
      dstPackets: ['dstpkts', 'dpkts'],
      label: ['label', 'attack'],
      detail: ['category'],
    },
    durationUnit: S,
    bytesOf: 'frames',
    stateIs: 'argus',
    icmpIn: 'sport',
    lacks: [
      NO_SERVICE,
      WORKED_OUT,
      'a state in one word (FIN, RST) does not say which side ended it',
      'packets of either side are shared out where only their sum is there',
    ],
  },
  'ton-iot': {
    title: 'TON_IoT network table',
    columns: {
      start: ['ts'],
      duration: ['duration'],
      src: ['src_ip'],
      sport: ['src_port'],
      dst: ['dst_ip'],
      dport: ['dst_port'],
      protocol: ['proto'],
      service: ['service'],
      state: ['conn_state'],
      missed: ['missed_bytes'],
      srcPayload: ['src_bytes'],
      dstPayload: ['dst_bytes'],
      srcPackets: ['src_pkts'],
      dstPackets: ['dst_pkts'],
      srcBytes: ['src_ip_bytes'],
      dstBytes: ['dst_ip_bytes'],
      label: ['label'],
      detail: ['type'],
    },
    durationUnit: S,
    bytesOf: 'packets',
    stateIs: 'zeek',
    lacks: ['times of whole seconds'],
  },
  'unsw-nb15': {
    title: 'UNSW-NB15 table',
    columns: {
      start: ['stime'],
      end: ['ltime'],
      duration: ['dur'],
      src: ['srcip'],
      sport: ['sport'],
      dst: ['dstip'],
      dport: ['dsport'],
      protocol: ['proto'],
      state: ['state'],
      service: ['service'],
      srcBytes: ['sbytes'],
      dstBytes: ['dbytes'],
      srcPackets: ['spkts'],
      dstPackets: ['dpkts'],
      label: ['label'],
      detail: ['attack_cat'],
    },
    durationUnit: S,
    bytesOf: 'frames',
    stateIs: 'argus',
    icmpIn: 'sport',
    headerless: UNSW_COLUMNS.split(' '),
    lacks: ['times of whole seconds', WORKED_OUT, 'a state in one word does not say which side ended it'],
  },
  cicflowmeter: {
    title: 'CICFlowMeter table (CICIDS)',
    columns: {
      start: ['timestamp'],
      duration: ['flow duration'],
      src: ['source ip', 'src ip'],
      sport: ['source port', 'src port'],
      dst: ['destination ip', 'dst ip'],
      dport: ['destination port', 'dst port'],
      protocol: ['protocol'],
      srcPackets: ['total fwd packets', 'total fwd packet', 'tot fwd pkts'],
      dstPackets: ['total backward packets', 'total bwd packets', 'tot bwd pkts'],
      srcPayload: ['total length of fwd packets', 'total length of fwd packet', 'totlen fwd pkts'],
      dstPayload: ['total length of bwd packets', 'total length of bwd packet', 'totlen bwd pkts'],
      syns: ['syn flag count', 'syn flag cnt'],
      label: ['label'],
    },
    durationUnit: US,
    bytesOf: 'packets',
    stateIs: 'untold',
    lacks: [
      NO_SERVICE,
      'no state of a TCP connection, but that a SYN was not answered',
      'bytes with headers are worked out from payload and packets',
      'times of whole minutes or seconds, in twelve hours without AM or PM in CICIDS2017 and 2018',
    ],
  },
  'nfdump-csv': {
    title: 'nfdump table (-o csv)',
    columns: {
      start: ['ts', 'firstseen'],
      end: ['te', 'lastseen'],
      duration: ['td', 'duration'],
      src: ['sa', 'srcaddr'],
      sport: ['sp', 'srcport'],
      dst: ['da', 'dstaddr'],
      dport: ['dp', 'dstport'],
      protocol: ['pr', 'proto'],
      flags: ['flg', 'flags'],
      srcPackets: ['ipkt', 'packets', 'inpackets'],
      dstPackets: ['opkt', 'outpackets'],
      srcBytes: ['ibyt', 'bytes', 'inbytes'],
      dstBytes: ['obyt', 'outbytes'],
    },
    durationUnit: S,
    bytesOf: 'packets',
    stateIs: 'flags',
    oneWay: true,
    icmpIn: 'dport',
    lacks: [NO_SERVICE, WORKED_OUT, 'times of whole seconds before nfdump 1.7.5'],
  },
  'nfdump-text': {
    title: 'nfdump list (-o line, long, extended, biline, bilong)',
    columns: {},
    durationUnit: S,
    bytesOf: 'packets',
    stateIs: 'flags',
    oneWay: true,
    lacks: [NO_SERVICE, WORKED_OUT, 'bytes above a million are rounded', 'no flags in -o line'],
  },
  nprobe: {
    title: 'nProbe table (NF-UNSW-NB15-v3 and its kind)',
    columns: {
      start: ['flow_start_milliseconds', 'first_switched'],
      end: ['flow_end_milliseconds', 'last_switched'],
      duration: ['flow_duration_milliseconds'],
      src: ['ipv4_src_addr', 'ipv6_src_addr'],
      sport: ['l4_src_port'],
      dst: ['ipv4_dst_addr', 'ipv6_dst_addr'],
      dport: ['l4_dst_port'],
      protocol: ['protocol'],
      srcFlags: ['client_tcp_flags'],
      dstFlags: ['server_tcp_flags'],
      service: ['l7_proto_name'],
      icmp: ['icmp_ipv4_type'],
      srcBytes: ['in_bytes'],
      dstBytes: ['out_bytes'],
      srcPackets: ['in_pkts'],
      dstPackets: ['out_pkts'],
      label: ['label'],
      detail: ['attack'],
    },
    durationUnit: MS,
    bytesOf: 'packets',
    stateIs: 'flags',
    lacks: ['a service only as L7_PROTO_NAME', WORKED_OUT],
  },
} as const satisfies Readonly<Record<string, FlowTable>>;

export type FlowFormat = keyof typeof FLOW_TABLES;

export const FLOW_FORMATS = Object.keys(FLOW_TABLES) as FlowFormat[];

export function flowTable(format: FlowFormat): FlowTable {
  return FLOW_TABLES[format];
}

export function isFlowFormat(format: string): format is FlowFormat {
  return Object.hasOwn(FLOW_TABLES, format);
}
