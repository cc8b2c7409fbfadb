/**
 * The one table of options: commander's declarations, the check of what goes together, help, man page, completions and
 * the reference come from it.
 */
import { DATA_FOLDER, MODEL_FOLDER } from '../base/defaults.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import { listenAddress } from '../base/listen-address.js';
import { LEARNING_OPTIONS } from './learning.js';
import { count, hubName, positive, sensorName, snaplen, spoolSize } from './parsers.js';
import { ALSO_HUB, ANY, FILE, GROWING, LEARNED, LIVE, type OptionSpec, PACKETS, PUBLISH } from './spec.js';

export const OPTIONS = {
  interface: {
    flags: '-i, --interface <name>',
    on: { sniff: LIVE, detect: LIVE },
    doc: 'capture on this interface',
    fallbackDoc: "the default route's",
  },
  read: {
    flags: '-r, --read <file...>',
    on: {
      sniff: {
        ...FILE,
        doc: 'read captures (pcap, pcapng) or packet tables instead, compressed or not, or a folder; - is standard input',
      },
      detect: {
        with: ['file', 'hub'],
        doc: 'read captures (pcap, pcapng), packet tables, Zeek conn.logs or flow tables (eve.json, Argus, nfdump and others) instead, compressed or not, or a folder; - is standard input; nats://HOST: what all sensors of a fleet told',
      },
    },
  },
  follow: {
    flags: '--follow <file>',
    on: { detect: { with: ['follow'] } },
    doc: 'follow a growing Zeek conn.log or Suricata eve.json through rotation, like tail -F',
  },
  listInterfaces: {
    flags: '-D, --list-interfaces',
    on: { sniff: { with: ['list'] } },
    doc: 'list interfaces and end',
  },
  hours: {
    flags: '--hours <n>',
    on: {
      sniff: { ...LIVE, fallback: 24 },
      detect: { with: ['live', 'follow', 'hub'], fallbackDoc: 'until Ctrl+C' },
    },
    doc: 'stop after so many hours',
    parse: positive,
  },
  modelDir: {
    flags: '--model <dir>',
    on: { train: LEARNED, detect: ANY },
    doc: 'folder of the model bundle',
    fallback: MODEL_FOLDER,
  },
  out: {
    flags: '--out <file...>',
    on: {
      sniff: {
        ...PACKETS,
        doc: 'the packet table; - is standard output',
        fallbackDoc: `${DATA_FOLDER}/packets-START.csv`,
      },
      detect: {
        ...ALSO_HUB,
        doc: 'report files, the kind by extension: .txt .html .jsonl .json .csv .sqlite',
        fallbackDoc: 'report.txt; of a fleet fleet.sqlite and fleet.txt',
      },
    },
  },
  scores: {
    flags: '--scores <file>',
    on: { detect: ANY },
    doc: 'one CSV row a record: frame, ts, loss, score, smoothed, threshold, anomaly, reason',
  },
  csv: { flags: '--csv <file>', on: { detect: PACKETS }, doc: 'packet table of what was examined', expert: true },
  pcapOut: {
    flags: '--pcap-out <file>',
    on: { detect: PACKETS },
    doc: 'packets of incidents, with some seconds before them; .pcapng for several link types',
  },
  labels: {
    flags: '--labels <file>',
    on: { detect: ANY },
    doc: 'CSV packet,label[,attack]: adds an evaluation, here and in reports',
    expert: true,
  },
  allow: {
    flags: '--allow <file>',
    on: {
      train: {
        with: ['file', 'publish'],
        doc: 'allow-list (JSON) of what --keep-if-worse is not to mind, or that is published',
      },
      detect: ANY,
    },
    doc: 'allow-list (JSON) of what is not to be reported',
  },
  sensor: {
    flags: '--sensor <name>',
    on: { detect: ANY },
    doc: 'who watches, as every output names it',
    fallbackDoc: "the host's name",
    parse: sensorName,
  },
  notify: {
    flags: '--notify <receiver...>',
    on: { detect: ANY },
    doc: 'post incidents: webhook, slack, mattermost, teams, ntfy or alertmanager, with =@FILE, =env:NAME or =URL for the address',
    fallback: [],
  },
  notifyFrom: {
    flags: '--notify-from <level>',
    on: { detect: ANY },
    doc: 'the least severity that --notify and --exec are told',
    choices: ['notice', 'low', 'medium', 'high'],
    fallback: 'low',
  },
  exec: {
    flags: '--exec <program>',
    on: { detect: ANY },
    doc: 'run this program for each incident, with its JSON on standard input',
  },
  listen: {
    flags: '--listen <address>',
    on: { detect: ANY },
    doc: 'live page at http://ADDRESS:PORT/ and metrics for Prometheus at /metrics; a PORT alone is on 127.0.0.1',
    parse: listenAddress,
  },
  listenToken: {
    flags: '--listen-token <file>',
    on: { detect: ANY },
    doc: 'file with the token that readers must know; other addresses than loopback need one',
    fallbackDoc: 'ANOMALY_LISTEN_TOKEN',
  },
  hub: {
    flags: '--hub <url>',
    on: {
      detect: { ...ANY, doc: 'tell incidents to this hub of a fleet: nats://HOST, tls://HOST, or a shared folder' },
      train: PUBLISH,
    },
    doc: 'publish at this hub of a fleet: nats://HOST, tls://HOST, or a shared folder',
  },
  hubName: {
    flags: '--hub-name <name>',
    on: { detect: ANY },
    doc: "this sensor's name at the hub",
    fallbackDoc: "the host's name",
    parse: hubName,
    expert: true,
  },
  hubSite: {
    flags: '--hub-site <name>',
    on: { detect: ANY },
    doc: 'where it is: a private address is one only within a site',
    fallback: 'default',
    parse: hubName,
    expert: true,
  },
  hubTrust: {
    flags: '--hub-trust <key...>',
    on: { detect: ANY },
    fallback: [],
    doc: "public key by which the fleet's allow-list is signed, as train --sign prints it; without one none is taken from the hub",
    expert: true,
  },
  channel: {
    flags: '--channel <name>',
    on: { detect: ANY, train: PUBLISH },
    doc: 'which sensors what is published is for',
    fallback: 'default',
    parse: hubName,
    expert: true,
  },
  keepNet: {
    flags: '--keep-net',
    on: { train: PUBLISH },
    doc: 'learn nothing: publish the allow-list of --allow to all sensors of --hub',
  },
  sign: {
    flags: '--sign <file>',
    on: { train: PUBLISH },
    doc: 'private key (PEM) that signs what is published; made, with its public half printed, where there is none',
  },
  hubKey: {
    flags: '--hub-key <file>',
    on: { detect: ALSO_HUB, train: PUBLISH },
    doc: "nkey seed or .creds file for the hub, its owner's alone (0600)",
    expert: true,
  },
  hubCa: {
    flags: '--hub-ca <file>',
    on: { detect: ALSO_HUB, train: PUBLISH },
    doc: "certificate of the hub's authority (PEM)",
    fallbackDoc: "the system's",
    expert: true,
  },
  spool: {
    flags: '--spool <dir>',
    on: { detect: ANY },
    doc: 'folder in which incidents wait for the hub',
    fallback: 'spool',
    expert: true,
  },
  spoolSize: {
    flags: '--spool-size <mb>',
    on: { detect: ANY },
    doc: 'most of what waits there; the oldest makes room',
    fallback: 64,
    parse: spoolSize,
    expert: true,
  },
  failOnAnomaly: {
    flags: '--fail-on-anomaly',
    on: { detect: ANY },
    doc: 'exit with 3 when there were incidents above notice',
  },
  json: { flags: '--json', on: { detect: ALSO_HUB }, doc: 'incidents as JSON lines on standard output' },
  ecs: {
    flags: '--ecs',
    on: { detect: ANY },
    doc: 'Elastic Common Schema names in .jsonl files, --json, --notify and --exec',
    expert: true,
  },
  inner: {
    flags: '--inner',
    on: {
      sniff: PACKETS,
      train: { ...FILE, fallbackDoc: 'as the tables say' },
      detect: { ...PACKETS, fallbackDoc: 'as trained' },
    },
    doc: 'judge what tunnels carry (VXLAN, Geneve, GRE, ERSPAN, IP in IP, MPLS), not their outside',
  },
  filter: { flags: '-f, --filter <bpf>', on: { sniff: LIVE, detect: LIVE }, doc: 'capture filter, as tcpdump' },
  count: {
    flags: '-c, --count <n>',
    on: { sniff: PACKETS, detect: { ...ANY, doc: 'stop after so many packets or connections' } },
    doc: 'stop after so many packets',
    parse: count,
  },
  snaplen: {
    flags: '-s, --snaplen <bytes>',
    on: { sniff: PACKETS },
    doc: 'keep at most so many bytes of each packet',
    fallbackDoc: String(MAX_SNAPLEN),
    parse: snaplen,
  },
  noPromiscuous: {
    flags: '-p, --no-promiscuous',
    on: { sniff: LIVE, detect: LIVE },
    doc: 'no promiscuous mode (driver tcpdump)',
    expert: true,
  },
  write: {
    flags: '-w, --write <pcap>',
    on: { sniff: PACKETS },
    doc: 'write a pcap, or a .pcapng; beside the table when --out is given too',
  },
  rotateSize: {
    flags: '--rotate-size <mb>',
    on: { sniff: PACKETS },
    doc: 'begin a new table after so many megabytes',
    parse: positive,
  },
  rotateHours: {
    flags: '--rotate-hours <h>',
    on: {
      sniff: { ...PACKETS, doc: 'begin a new table after so many hours' },
      detect: { ...GROWING, doc: 'go on in new .jsonl and .sqlite reports after so many hours' },
    },
    parse: positive,
  },
  keep: {
    flags: '--keep <n>',
    on: {
      sniff: { ...PACKETS, doc: 'keep only the newest n tables of this run' },
      detect: { ...GROWING, doc: 'keep only the newest n of each report, those of earlier runs among them' },
    },
    parse: count,
  },
  driver: {
    flags: '--driver <name>',
    on: { sniff: LIVE, detect: LIVE },
    doc: 'how to capture',
    choices: ['auto', 'cap', 'tcpdump'],
    fallback: 'auto',
    expert: true,
  },
  user: {
    flags: '--user <name>',
    on: { sniff: PACKETS, train: { with: [...LEARNED.with, 'publish'] }, detect: ALSO_HUB },
    doc: 'who root becomes before it reads anything',
    fallbackDoc: 'SUDO_UID',
    expert: true,
  },
  force: { flags: '--force', on: { sniff: PACKETS }, doc: 'write over existing tables and captures' },
  ...LEARNING_OPTIONS,
  local: {
    flags: '--local <cidr...>',
    on: { train: { ...FILE, fallbackDoc: 'private ranges' }, detect: { ...ANY, fallbackDoc: 'as trained' } },
    doc: "the monitored host's own addresses",
  },
  engine: {
    flags: '--engine <name>',
    on: { train: FILE, detect: ANY },
    doc: 'what computes',
    choices: ['auto', 'simd', 'tfjs', 'tfjs-node'],
    fallback: 'auto',
    expert: true,
  },
  resume: {
    flags: '--resume',
    on: { train: FILE },
    doc: 'go on from the last checkpoint of an interrupted training',
  },
  quiet: {
    flags: '-q, --quiet',
    on: { sniff: PACKETS, train: { with: ['file', 'use', 'rollback', 'share', 'publish'] }, detect: ALSO_HUB },
    doc: 'say only errors',
  },
  verbose: {
    flags: '-v, --verbose',
    on: {
      sniff: { with: ['live', 'file', 'list'] },
      train: { with: [...LEARNED.with, 'publish'] },
      detect: { ...ALSO_HUB, doc: 'more reasons of each incident, and stack traces of errors' },
    },
    doc: 'stack traces of errors',
  },
  noColor: { flags: '--no-color', on: { detect: ALSO_HUB }, doc: 'no colours (NO_COLOR does the same)' },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;
export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];
