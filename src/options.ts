/** What the commands are told: the options of the command line with their defaults, typed. */

import type { ListenAddress } from './base/listen-address.js';
import type { RawOptions } from './options/check.js';
import type { CommandName } from './options/commands.js';
import type { OptionSpec } from './options/spec.js';
import { OPTIONS, type OptionKey } from './options/table.js';

/** Typed by its reader: what was given, else the command's default, else the option's. */
function value<T>(command: CommandName, raw: RawOptions, key: OptionKey): T {
  const spec: OptionSpec = OPTIONS[key];
  return (raw[key] ?? spec.on[command]?.fallback ?? spec.fallback) as T;
}

const given = (raw: RawOptions, key: OptionKey): boolean => raw[key] === true;

export function sniffOptions(raw: RawOptions) {
  return {
    interface: value<string | undefined>('sniff', raw, 'interface'),
    read: value<string[] | undefined>('sniff', raw, 'read'),
    hours: value<number>('sniff', raw, 'hours'),
    out: value<string[] | undefined>('sniff', raw, 'out')?.[0],
    write: value<string | undefined>('sniff', raw, 'write'),
    inner: given(raw, 'inner'),
    filter: value<string | undefined>('sniff', raw, 'filter'),
    count: value<number | undefined>('sniff', raw, 'count'),
    snaplen: value<number | undefined>('sniff', raw, 'snaplen'),
    promiscuous: !given(raw, 'noPromiscuous'),
    driver: value<'auto' | 'cap' | 'tcpdump'>('sniff', raw, 'driver'),
    user: value<string | undefined>('sniff', raw, 'user'),
    rotateSize: value<number | undefined>('sniff', raw, 'rotateSize'),
    rotateHours: value<number | undefined>('sniff', raw, 'rotateHours'),
    keep: value<number | undefined>('sniff', raw, 'keep'),
    listInterfaces: given(raw, 'listInterfaces'),
    force: given(raw, 'force'),
    quiet: given(raw, 'quiet'),
  };
}

export function trainOptions(raw: RawOptions, inputs: readonly string[]) {
  return {
    inputs,
    modelDir: value<string>('train', raw, 'modelDir'),
    epochs: value<number>('train', raw, 'epochs'),
    layers: value<number[]>('train', raw, 'layers'),
    batchSize: value<number>('train', raw, 'batchSize'),
    learningRate: value<number>('train', raw, 'learningRate'),
    seed: value<number>('train', raw, 'seed'),
    percentile: value<number | undefined>('train', raw, 'percentile'),
    alertsPerDay: value<number>('train', raw, 'alertsPerDay'),
    novelty: !given(raw, 'noNovelty'),
    trim: given(raw, 'trim'),
    power: value<'off' | 'quick' | 'full'>('train', raw, 'power'),
    keepModels: value<number>('train', raw, 'keepModels'),
    keepIfWorse: given(raw, 'keepIfWorse'),
    allow: value<string | undefined>('train', raw, 'allow'),
    user: value<string | undefined>('train', raw, 'user'),
    listModels: given(raw, 'listModels'),
    use: value<string | undefined>('train', raw, 'use'),
    rollback: given(raw, 'rollback'),
    share: value<string | undefined>('train', raw, 'share'),
    keepNet: given(raw, 'keepNet'),
    hub: value<string | undefined>('train', raw, 'hub'),
    hubKey: value<string | undefined>('train', raw, 'hubKey'),
    hubCa: value<string | undefined>('train', raw, 'hubCa'),
    sign: value<string | undefined>('train', raw, 'sign'),
    channel: value<string>('train', raw, 'channel'),
    inner: given(raw, 'inner'),
    trainOnLabel: value<string | undefined>('train', raw, 'trainOnLabel'),
    local: value<string[] | undefined>('train', raw, 'local'),
    engine: value<'auto' | 'simd' | 'tfjs' | 'tfjs-node'>('train', raw, 'engine'),
    resume: given(raw, 'resume'),
    quiet: given(raw, 'quiet'),
  };
}

export type TrainOptions = ReturnType<typeof trainOptions>;

export function detectOptions(raw: RawOptions) {
  return {
    interface: value<string | undefined>('detect', raw, 'interface'),
    read: value<string[] | undefined>('detect', raw, 'read'),
    follow: value<string | undefined>('detect', raw, 'follow'),
    hours: value<number | undefined>('detect', raw, 'hours'),
    modelDir: value<string>('detect', raw, 'modelDir'),
    out: value<string[] | undefined>('detect', raw, 'out'),
    scores: value<string | undefined>('detect', raw, 'scores'),
    csv: value<string | undefined>('detect', raw, 'csv'),
    pcapOut: value<string | undefined>('detect', raw, 'pcapOut'),
    rotateHours: value<number | undefined>('detect', raw, 'rotateHours'),
    keep: value<number | undefined>('detect', raw, 'keep'),
    labels: value<string | undefined>('detect', raw, 'labels'),
    allow: value<string | undefined>('detect', raw, 'allow'),
    alertsPerDay: value<number | undefined>('detect', raw, 'alertsPerDay'),
    sensor: value<string | undefined>('detect', raw, 'sensor'),
    listen: value<ListenAddress | undefined>('detect', raw, 'listen'),
    listenToken: value<string | undefined>('detect', raw, 'listenToken'),
    notify: value<string[]>('detect', raw, 'notify'),
    notifyFrom: value<'notice' | 'low' | 'medium' | 'high'>('detect', raw, 'notifyFrom'),
    exec: value<string | undefined>('detect', raw, 'exec'),
    hub: value<string | undefined>('detect', raw, 'hub'),
    hubName: value<string | undefined>('detect', raw, 'hubName'),
    hubSite: value<string>('detect', raw, 'hubSite'),
    hubTrust: value<string[]>('detect', raw, 'hubTrust'),
    channel: value<string>('detect', raw, 'channel'),
    hubKey: value<string | undefined>('detect', raw, 'hubKey'),
    hubCa: value<string | undefined>('detect', raw, 'hubCa'),
    spool: value<string>('detect', raw, 'spool'),
    spoolSize: value<number>('detect', raw, 'spoolSize'),
    failOnAnomaly: given(raw, 'failOnAnomaly'),
    json: given(raw, 'json'),
    ecs: given(raw, 'ecs'),
    inner: given(raw, 'inner'),
    filter: value<string | undefined>('detect', raw, 'filter'),
    count: value<number | undefined>('detect', raw, 'count'),
    promiscuous: !given(raw, 'noPromiscuous'),
    driver: value<'auto' | 'cap' | 'tcpdump'>('detect', raw, 'driver'),
    user: value<string | undefined>('detect', raw, 'user'),
    local: value<string[] | undefined>('detect', raw, 'local'),
    engine: value<'auto' | 'simd' | 'tfjs' | 'tfjs-node'>('detect', raw, 'engine'),
    quiet: given(raw, 'quiet'),
    verbose: given(raw, 'verbose'),
    color: !given(raw, 'noColor'),
  };
}

export type DetectOptions = ReturnType<typeof detectOptions>;
/** With the reports that it writes: which they are where none was named depends on the input. */
export type DetectRun = DetectOptions & { readonly out: readonly string[] };
