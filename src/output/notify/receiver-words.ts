/** What stands after --notify: `PRESET`, `PRESET=ADDRESS`, `PRESET=@FILE`, `PRESET=env:NAME`, or an address alone for a webhook. */
import { credential } from '../../base/credential.js';
import { AnomalyError } from '../../base/errors.js';
import { readSecret } from '../../base/secret-file.js';
import { printable } from '../../base/text.js';
import { type Address, parseAddress, secretIn } from './address.js';
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.js';

export interface Receiver {
  readonly preset: PresetName;
  readonly address: Address;
}

/** Where an address is to be had from. */
type Source = { readonly address: Address } | { readonly file: string } | { readonly variable: string } | undefined;

/** A receiver as it was named. */
export interface NamedReceiver {
  readonly preset: PresetName;
  /** undefined: where the preset's own are kept */
  readonly source: Source;
}

type Env = Record<string, string | undefined>;

/** Bytes of an address with its headers: what servers take of headers, Node's own among them. */
const LONGEST = 16_384;

/** @throws AnomalyError USAGE, which does not repeat what may be a secret */
export function nameReceiver(word: string): NamedReceiver {
  if (/^https?:/i.test(word)) return { preset: 'webhook', source: { address: onCommandLine(word, 'webhook') } };
  const [, name = word, target] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  const preset = PRESET_NAMES.find((known) => known === name);
  if (preset === undefined) {
    const known = PRESET_NAMES.join(', ');
    throw new AnomalyError('USAGE', `--notify: one of ${known}, or an http address, expected, not "${shown(word)}"`);
  }
  return { preset, source: target === undefined ? undefined : sourceOf(target, preset) };
}

function sourceOf(target: string, preset: PresetName): Source {
  if (target.startsWith('@')) return { file: target.slice(1) };
  if (target.startsWith('env:')) return { variable: target.slice(4) };
  return { address: onCommandLine(target, preset) };
}

/**
 * Reads addresses, and takes them out of `env`, so that no program that is started later inherits them.
 * @throws AnomalyError USAGE; NO_INPUT, NO_PERMISSION for a file
 */
export function readReceivers(named: readonly NamedReceiver[], env: Env): Receiver[] {
  const receivers = named.map(({ preset, source }) => ({ preset, address: addressOf(preset, source, env) }));
  for (const { preset, source } of named) {
    if (source === undefined) delete env[ownVariable(preset)];
    else if ('variable' in source) delete env[source.variable];
  }
  return receivers;
}

function addressOf(preset: PresetName, source: Source, env: Env): Address {
  if (source === undefined) return fromOwnPlace(preset, env);
  if ('address' in source) return source.address;
  return 'file' in source ? fromFile(source.file, true) : fromVariable(source.variable, env);
}

/** What was mistyped may be a secret. */
function shown(word: string): string {
  return printable(word.length <= 20 ? word : `${word.slice(0, 8)}…`);
}

const ownVariable = (preset: PresetName): string => `ANOMALY_NOTIFY_${preset.toUpperCase()}`;

/** From the environment, else from the service manager. */
function fromOwnPlace(preset: PresetName, env: Env): Address {
  const variable = ownVariable(preset);
  if (env[variable] !== undefined) return fromVariable(variable, env);
  const name = `notify-${preset}`;
  const handedOver = credential(name, env);
  if (handedOver !== undefined) return fromFile(handedOver, false);
  const file = `write it into a file of yours and give --notify ${preset}=@FILE`;
  const others = `or set ${variable} (systemd: LoadCredential=${name}:FILE)`;
  throw new AnomalyError('USAGE', `--notify ${preset}: no address; ${file}, ${others}`);
}

function fromVariable(name: string, env: Env): Address {
  const value = env[name];
  if (value === undefined) throw new AnomalyError('USAGE', `--notify: the environment has no ${printable(name)}`);
  return parseAddress(value, `--notify: ${printable(name)}`);
}

/** @param guarded others must not be able to read it */
function fromFile(path: string, guarded: boolean): Address {
  return parseAddress(readSecret(path, '--notify', LONGEST, guarded), `--notify: ${printable(path)}`);
}

/** The list of processes shows it to everybody. */
function onCommandLine(text: string, preset: PresetName): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AnomalyError(
      'USAGE',
      `--notify: an http or https address, @FILE or env:NAME expected, not "${shown(text)}"`,
    );
  }
  const secret = PRESETS[preset].secret ? 'what lets everybody post there' : secretIn(url);
  if (secret !== undefined) {
    const why = `its address holds ${secret}, and everybody here can read command lines`;
    const remedy = `write it into a file of yours (chmod 600) and give --notify ${preset}=@FILE`;
    throw new AnomalyError('USAGE', `--notify ${preset}: ${why}; ${remedy}`);
  }
  return parseAddress(text, '--notify');
}
