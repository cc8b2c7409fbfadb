/**
 * The one table of options: commander's declarations, the parsing of values and the README's table come from it.
 * Values are parsed and normalised here, once; commands receive plain typed values.
 */
import { DATA_FOLDER, MODEL_FOLDER, TRAINING } from './base/defaults.js';
import { AnomalyError } from './base/errors.js';
import { MAX_SNAPLEN } from './base/limits.js';
import { count, layers, percent, positive, snaplen, url, whole } from './options/parsers.js';

export const COMMANDS = {
  sniff: 'capture an interface, or read capture files, into a packet table (CSV)',
  train: 'learn what is normal from packet tables, captures or Zeek conn.logs',
  detect: 'score traffic with a model until Ctrl+C or the end of the file, and report incidents',
} as const;

export type CommandName = keyof typeof COMMANDS;

export interface OptionSpec {
  /** commander's syntax; `<value>` takes one value, `<value...>` several, none is a switch */
  readonly flags: string;
  readonly on: readonly CommandName[];
  readonly doc: string;
  /** used when the option is absent */
  readonly fallback?: unknown;
  /** what the help says instead of `fallback` */
  readonly fallbackDoc?: string;
  readonly choices?: readonly string[];
  readonly parse?: (text: string, name: string) => unknown;
}

const ALL: readonly CommandName[] = ['sniff', 'train', 'detect'];
const LIVE: readonly CommandName[] = ['sniff', 'detect'];

export const OPTIONS = {
  interface: {
    flags: '-i, --interface <name>',
    on: LIVE,
    doc: 'capture on this interface',
    fallbackDoc: "the default route's",
  },
  read: {
    flags: '-r, --read <file...>',
    on: LIVE,
    doc: 'read pcap, pcapng, a packet table or (detect) a Zeek conn.log instead, gzipped or not; - is standard input',
  },
  follow: {
    flags: '--follow <file>',
    on: ['detect'],
    doc: 'follow a growing Zeek conn.log through rotation, like tail -F',
  },
  hours: {
    flags: '--hours <n>',
    on: LIVE,
    doc: 'stop after so many hours',
    fallbackDoc: 'sniff 24, detect until Ctrl+C',
    parse: positive,
  },
  modelDir: {
    flags: '--model <dir>',
    on: ['train', 'detect'],
    doc: 'folder of the model bundle',
    fallback: MODEL_FOLDER,
  },
  out: {
    flags: '--out <file...>',
    on: LIVE,
    doc: 'sniff: the packet table, - for standard output; detect: report files, the kind by extension: .txt .html .jsonl .csv .sqlite',
    fallbackDoc: `${DATA_FOLDER}/packets-START.csv; report.txt`,
  },
  scores: {
    flags: '--scores <file>',
    on: ['detect'],
    doc: 'one CSV row a record: frame, ts, loss, score, smoothed, threshold, anomaly, reason',
  },
  csv: { flags: '--csv <file>', on: ['detect'], doc: 'packet table of what was examined' },
  pcapOut: { flags: '--pcap-out <file>', on: ['detect'], doc: 'packets of incidents, with some seconds before them' },
  labels: {
    flags: '--labels <file>',
    on: ['detect'],
    doc: 'CSV packet,label[,attack]: adds an evaluation to the report',
  },
  allow: { flags: '--allow <file>', on: ['detect'], doc: 'allow-list (JSON) of what is not to be reported' },
  webhook: { flags: '--webhook <url>', on: ['detect'], doc: 'post each incident as JSON', parse: url },
  failOnAnomaly: {
    flags: '--fail-on-anomaly',
    on: ['detect'],
    doc: 'exit with 3 when there were incidents above notice',
  },
  json: { flags: '--json', on: ['detect'], doc: 'incidents as JSON lines on standard output' },
  ecs: { flags: '--ecs', on: ['detect'], doc: 'Elastic Common Schema names in .jsonl files and --json' },
  filter: { flags: '-f, --filter <bpf>', on: LIVE, doc: 'capture filter, as tcpdump' },
  count: { flags: '-c, --count <n>', on: LIVE, doc: 'stop after so many packets', parse: count },
  snaplen: {
    flags: '-s, --snaplen <bytes>',
    on: ['sniff'],
    doc: 'keep at most so many bytes of each packet',
    fallback: MAX_SNAPLEN,
    parse: snaplen,
  },
  noPromiscuous: { flags: '-p, --no-promiscuous', on: LIVE, doc: 'no promiscuous mode (driver tcpdump)' },
  write: { flags: '-w, --write <pcap>', on: ['sniff'], doc: 'write a pcap; beside the table when --out is given too' },
  rotateSize: {
    flags: '--rotate-size <mb>',
    on: ['sniff'],
    doc: 'begin a new table after so many megabytes',
    parse: positive,
  },
  rotateHours: {
    flags: '--rotate-hours <h>',
    on: ['sniff'],
    doc: 'begin a new table after so many hours',
    parse: positive,
  },
  keep: { flags: '--keep <n>', on: ['sniff'], doc: 'keep only the newest n tables of this run', parse: count },
  driver: {
    flags: '--driver <name>',
    on: LIVE,
    doc: 'how to capture',
    choices: ['auto', 'cap', 'tcpdump'],
    fallback: 'auto',
  },
  user: { flags: '--user <name>', on: LIVE, doc: 'run as this user once the capture is open', fallbackDoc: 'SUDO_UID' },
  listInterfaces: { flags: '-D, --list-interfaces', on: ['sniff'], doc: 'list interfaces and end' },
  force: { flags: '--force', on: ['sniff'], doc: 'write over existing tables and captures' },
  epochs: {
    flags: '--epochs <n>',
    on: ['train'],
    doc: 'at most so many passes over the data; stops early when it stops learning',
    fallback: TRAINING.epochs,
    parse: count,
  },
  layers: {
    flags: '--layers <sizes>',
    on: ['train'],
    doc: 'encoder layers; the decoder mirrors them',
    fallback: TRAINING.layers,
    fallbackDoc: TRAINING.layers.join(),
    parse: layers,
  },
  batchSize: {
    flags: '--batch-size <n>',
    on: ['train'],
    doc: 'rows a step',
    fallback: TRAINING.batchSize,
    parse: count,
  },
  learningRate: {
    flags: '--learning-rate <x>',
    on: ['train'],
    doc: "Adam's step size",
    fallback: TRAINING.learningRate,
    parse: positive,
  },
  seed: {
    flags: '--seed <n>',
    on: ['train'],
    doc: 'seed of every random choice',
    fallback: TRAINING.seed,
    parse: whole,
  },
  percentile: {
    flags: '--percentile <p>',
    on: ['train'],
    doc: 'threshold: percentile of the out-of-fold scores',
    fallbackDoc: `${TRAINING.percentile}, less where the data are few`,
    parse: percent,
  },
  alertsPerDay: {
    flags: '--alerts-per-day <n>',
    on: ['train', 'detect'],
    doc: 'threshold from an alert budget instead of a percentile',
    parse: positive,
  },
  noNovelty: { flags: '--no-novelty', on: ['train'], doc: 'leave out the features about addresses never seen before' },
  trim: { flags: '--trim', on: ['train'], doc: 'leave the most extreme pairs out of the training data, and say which' },
  trainOnLabel: {
    flags: '--train-on-label <label>',
    on: ['train'],
    doc: 'only rows with this label of a labelled conn.log',
  },
  local: {
    flags: '--local <cidr...>',
    on: ['train', 'detect'],
    doc: "the monitored host's own addresses",
    fallbackDoc: 'train: private ranges; detect: as trained',
  },
  engine: {
    flags: '--engine <name>',
    on: ['train', 'detect'],
    doc: 'what computes',
    choices: ['auto', 'simd', 'tfjs', 'tfjs-node'],
    fallback: 'auto',
  },
  resume: { flags: '--resume', on: ['train'], doc: 'go on from the last checkpoint of an interrupted training' },
  quiet: { flags: '-q, --quiet', on: ALL, doc: 'say only errors' },
  verbose: { flags: '-v, --verbose', on: ALL, doc: 'say more, with stack traces on errors' },
  noColor: { flags: '--no-color', on: ALL, doc: 'no colours (NO_COLOR does the same)' },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;

/** Values as commander collected them, by option key. */
export type RawOptions = Readonly<Partial<Record<OptionKey, unknown>>>;

/** The long name of an option, as used in messages: `--rotate-size`. */
export function longName(spec: OptionSpec): string {
  return /--[a-z-]+/.exec(spec.flags)?.[0] as string;
}

function reject(condition: boolean, message: string): void {
  if (condition) throw new AnomalyError('USAGE', message);
}

/** Combinations that make no sense, refused before anything starts. */
export function checkCombination(command: CommandName, raw: RawOptions): void {
  reject(raw.quiet === true && raw.verbose === true, '-q and -v exclude each other');
  const inputs = [raw.interface, raw.read, raw.follow].filter((value) => value !== undefined).length;
  reject(inputs > 1, 'only one of -i, -r and --follow can be the input');
  if (raw.read !== undefined) {
    for (const key of ['hours', 'filter', 'driver', 'user', 'noPromiscuous'] as const) {
      const given = key === 'driver' ? raw.driver !== OPTIONS.driver.fallback : raw[key] !== undefined;
      reject(given, `${longName(OPTIONS[key])} goes with a live capture, not with -r`);
    }
  }
  if (command === 'sniff') {
    reject(Array.isArray(raw.out) && raw.out.length > 1, '--out takes one file here: sniff writes one packet table');
    reject(
      raw.keep !== undefined && raw.rotateSize === undefined && raw.rotateHours === undefined,
      '--keep goes with --rotate-size or --rotate-hours',
    );
  }
  reject(
    raw.ecs === true &&
      raw.json !== true &&
      !(raw.out as string[] | undefined)?.some((name) => name.endsWith('.jsonl')),
    '--ecs goes with --json or a .jsonl file in --out',
  );
}

/** An option's value after commander's defaults, typed by its reader. */
function value<T>(raw: RawOptions, key: OptionKey): T {
  return raw[key] as T;
}

const given = (raw: RawOptions, key: OptionKey): boolean => raw[key] === true;

export function sniffOptions(raw: RawOptions) {
  return {
    interface: value<string | undefined>(raw, 'interface'),
    read: value<string[] | undefined>(raw, 'read'),
    hours: value<number | undefined>(raw, 'hours'),
    out: value<string[] | undefined>(raw, 'out')?.[0],
    write: value<string | undefined>(raw, 'write'),
    filter: value<string | undefined>(raw, 'filter'),
    count: value<number | undefined>(raw, 'count'),
    snaplen: value<number>(raw, 'snaplen'),
    promiscuous: !given(raw, 'noPromiscuous'),
    driver: value<'auto' | 'cap' | 'tcpdump'>(raw, 'driver'),
    user: value<string | undefined>(raw, 'user'),
    rotateSize: value<number | undefined>(raw, 'rotateSize'),
    rotateHours: value<number | undefined>(raw, 'rotateHours'),
    keep: value<number | undefined>(raw, 'keep'),
    listInterfaces: given(raw, 'listInterfaces'),
    force: given(raw, 'force'),
    quiet: given(raw, 'quiet'),
    verbose: given(raw, 'verbose'),
  };
}

export function trainOptions(raw: RawOptions, inputs: readonly string[]) {
  return {
    inputs,
    modelDir: value<string>(raw, 'modelDir'),
    epochs: value<number>(raw, 'epochs'),
    layers: value<number[]>(raw, 'layers'),
    batchSize: value<number>(raw, 'batchSize'),
    learningRate: value<number>(raw, 'learningRate'),
    seed: value<number>(raw, 'seed'),
    percentile: value<number | undefined>(raw, 'percentile'),
    alertsPerDay: value<number | undefined>(raw, 'alertsPerDay'),
    novelty: !given(raw, 'noNovelty'),
    trim: given(raw, 'trim'),
    trainOnLabel: value<string | undefined>(raw, 'trainOnLabel'),
    local: value<string[] | undefined>(raw, 'local'),
    engine: value<'auto' | 'simd' | 'tfjs' | 'tfjs-node'>(raw, 'engine'),
    resume: given(raw, 'resume'),
    quiet: given(raw, 'quiet'),
  };
}

export type TrainOptions = ReturnType<typeof trainOptions>;

export function detectOptions(raw: RawOptions) {
  return {
    interface: value<string | undefined>(raw, 'interface'),
    read: value<string[] | undefined>(raw, 'read'),
    follow: value<string | undefined>(raw, 'follow'),
    hours: value<number | undefined>(raw, 'hours'),
    modelDir: value<string>(raw, 'modelDir'),
    out: value<string[] | undefined>(raw, 'out') ?? ['report.txt'],
    scores: value<string | undefined>(raw, 'scores'),
    csv: value<string | undefined>(raw, 'csv'),
    pcapOut: value<string | undefined>(raw, 'pcapOut'),
    labels: value<string | undefined>(raw, 'labels'),
    allow: value<string | undefined>(raw, 'allow'),
    alertsPerDay: value<number | undefined>(raw, 'alertsPerDay'),
    webhook: value<string | undefined>(raw, 'webhook'),
    failOnAnomaly: given(raw, 'failOnAnomaly'),
    json: given(raw, 'json'),
    ecs: given(raw, 'ecs'),
    filter: value<string | undefined>(raw, 'filter'),
    count: value<number | undefined>(raw, 'count'),
    promiscuous: !given(raw, 'noPromiscuous'),
    driver: value<'auto' | 'cap' | 'tcpdump'>(raw, 'driver'),
    user: value<string | undefined>(raw, 'user'),
    local: value<string[] | undefined>(raw, 'local'),
    engine: value<'auto' | 'simd' | 'tfjs' | 'tfjs-node'>(raw, 'engine'),
    quiet: given(raw, 'quiet'),
    verbose: given(raw, 'verbose'),
    color: !given(raw, 'noColor'),
  };
}

export type DetectOptions = ReturnType<typeof detectOptions>;
