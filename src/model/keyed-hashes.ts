/**
 * The fields of a bundle's states that say who was there, as hashes of addresses and names, and MAC addresses: the one table of
 * them. In the file they are keyed: no table made once finds addresses in many models, and two models do not tell that they
 * are of one network. Who has the file has its key: it hides nobody from him.
 */
import { Keyed } from '../base/keyed.js';
import { decodeWords, encodeWords } from '../features/base64.js';

type Change = (value: unknown, keyed: Keyed, back: boolean) => unknown;

/** Base64 of words in groups of `stride`, of which the first two are a hash. */
const hashesOf =
  (stride: number): Change =>
  (value, keyed, back) =>
    changedWords(value, stride, (words, at) => putHash(words, at, keyed, back));

/** As learned-macs.ts packs them: flags in the upper half of the first word. */
function putMac(words: Int32Array, at: number, keyed: Keyed, back: boolean): void {
  const mac = keyed.mac((words[at] & 0xffff) * 2 ** 32 + (words[at + 1] >>> 0), back);
  words[at] = (words[at] & 0xffff0000) | Math.floor(mac / 2 ** 32);
  words[at + 1] = mac | 0;
}

function putHash(words: Int32Array, at: number, keyed: Keyed, back: boolean): void {
  [words[at], words[at + 1]] = keyed.words(words[at], words[at + 1], back);
}

/** Text that is none of whole groups stays: whoever reads it refuses it, or it names nobody. */
function changedWords(value: unknown, stride: number, change: (words: Int32Array, at: number) => void): unknown {
  const words = typeof value === 'string' ? decodeWords(value) : undefined;
  if (!words || words.length % stride !== 0) return value;
  for (let at = 0; at < words.length; at += stride) change(words, at);
  return encodeWords(words);
}

const macsAtAddresses: Change = (value, keyed, back) =>
  changedWords(value, 4, (words, at) => {
    putHash(words, at, keyed, back);
    putMac(words, at + 2, keyed, back);
  });
const traitsOfMacs: Change = (value, keyed, back) =>
  changedWords(value, 2, (words, at) => putMac(words, at, keyed, back));

const isHash = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const exact: Change = (value, keyed, back) => (isHash(value) ? keyed.exact(value, back) : value);
const mac: Change = (value, keyed, back) => (isHash(value) && value < 2 ** 48 ? keyed.mac(value, back) : value);
const listOf =
  (change: Change): Change =>
  (value, keyed, back) =>
    Array.isArray(value) ? value.map((one) => change(one, keyed, back)) : value;
/** [hash, more]: `more` is changed by its own way. */
const entryOf =
  (more: Change): Change =>
  (value, keyed, back) =>
    Array.isArray(value) && value.length === 2 ? [exact(value[0], keyed, back), more(value[1], keyed, back)] : value;
const kept: Change = (value) => value;

/** Names of groups, with the places of hashes in them: see groups.ts. */
const HASHES_IN: Readonly<Record<string, number>> = { w: 1, s: 1, o: 2, L: 1, U: 1, X: 1 };
const groupNames: Change = (value, keyed, back) => {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, group]) => [groupName(name, keyed, back), group]));
};
function groupName(name: string, keyed: Keyed, back: boolean): string {
  const at = name.indexOf('/') + 1;
  const places = HASHES_IN[name[at]] ?? 0;
  const parts = name.slice(at + 1).split(':');
  const changed = parts.map((part, i) => (i < places ? String(exact(Number(part), keyed, back)) : part));
  return name.slice(0, at + 1) + changed.join(':');
}

/** `*`: each member. */
const FIELDS: readonly (readonly [path: string, change: Change])[] = [
  ['extractorState.vocabularies.*.entries', hashesOf(3)],
  ['extractorState.macs.addresses', macsAtAddresses],
  ['extractorState.macs.traits', traitsOfMacs],
  ['detectorState.initiators', hashesOf(2)],
  ['detectorState.responders', hashesOf(2)],
  ['detectorState.offers', hashesOf(2)],
  ['detectorState.macs', hashesOf(2)],
  ['detectorState.facts.routers', hashesOf(2)],
  ['detectorState.facts.servers', hashesOf(2)],
  ['detectorState.evidence.relations.pairs', listOf(exact)],
  ['detectorState.evidence.relations.offers', listOf(exact)],
  ['detectorState.evidence.relations.lookups', listOf(exact)],
  ['detectorState.evidence.relations.hosts', listOf(exact)],
  ['detectorState.evidence.relations.initiators', listOf(exact)],
  ['detectorState.evidence.relations.zones', listOf(exact)],
  ['detectorState.evidence.relations.users', listOf(entryOf(kept))],
  ['detectorState.evidence.relations.names', listOf(entryOf(listOf(exact)))],
  ['detectorState.evidence.roles.self', mac],
  ['detectorState.evidence.roles.routers', listOf(mac)],
  ['detectorState.evidence.roles.own', hashesOf(2)],
  ['detectorState.evidence.normal.groups', groupNames],
];

interface States {
  readonly extractorState: unknown;
  readonly detectorState: unknown;
}

/**
 * The states with what names somebody keyed.
 * @param key 16 hex digits
 * @param back out of a file, into what it was
 */
export function keyedStates(states: States, key: string, back: boolean): States {
  const keyed = new Keyed(Number.parseInt(key.slice(0, 8), 16) | 0, Number.parseInt(key.slice(8), 16) | 0);
  const { extractorState, detectorState } = states;
  return FIELDS.reduce<unknown>(
    (all, [path, change]) => at(all, path.split('.'), (value) => change(value, keyed, back)),
    { extractorState, detectorState },
  ) as States;
}

/** A copy with what stands at the path changed; what is not there stays away. */
function at(value: unknown, [first, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [name, first === '*' || name === first ? at(of, rest, change) : of]),
  );
}
