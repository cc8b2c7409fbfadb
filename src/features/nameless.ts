/** What an extractor learned without whom it learned it of, for a model that is given away. */
import type { RecordKind } from './extractor.js';
import { PRIVATE_RANGES } from './local.js';

/** Vocabularies of addresses and of names. The others are of ports, sizes, flags and other values that everybody has. */
const NAMING: Readonly<Record<RecordKind, readonly string[]>> = {
  packet: ['remote', 'responder', 'domain'],
  connection: ['rarity_originator', 'rarity_responder', 'rarity_responder_port'],
};
/** begins the name of a vocabulary's column */
const RARITY = 'rarity_';
const NO_MACS = { addresses: '', traits: '' };

interface State {
  readonly vocabularies: Readonly<Record<string, unknown>>;
  readonly macs?: unknown;
}

/** An empty vocabulary, in which each value is about as rare as so many bits: it takes log2(seen + 1) from it. */
function emptyAt(bits: number): { seen: number; entries: string } {
  return { seen: Math.round(2 ** bits - 1), entries: '' };
}

/**
 * Whatever it is asked about it takes for as rare as was usual.
 * @param state what such an extractor's `state()` gave
 * @param usual bits by column
 */
export function namelessFeatures(kind: RecordKind, state: unknown, usual: ReadonlyMap<string, number>): unknown {
  const { vocabularies, macs, ...rest } = state as State;
  const named = NAMING[kind].filter((name) => name in vocabularies);
  const columnOf = (name: string): string => (name.startsWith(RARITY) ? name : RARITY + name);
  const emptied = Object.fromEntries(named.map((name) => [name, emptyAt(usual.get(columnOf(name)) ?? 0)]));
  return {
    ...rest,
    local: [...PRIVATE_RANGES],
    vocabularies: { ...vocabularies, ...emptied },
    ...(macs !== undefined && { macs: NO_MACS }),
  };
}
