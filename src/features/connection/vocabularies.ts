/** The vocabularies of training and the rarity features they give. */

import type { FeatureColumn } from '../extractor.js';
import { BITS, describingRarity } from '../table.js';
import { Vocabulary } from '../vocabulary.js';

/** Values kept a vocabulary. */
const LIMIT = 32_768;

const describe = { rarity: describingRarity('rarity'), novelty: describingRarity('novelty') };
const rare = (name: string, of: string): FeatureColumn => describe.rarity(`rarity_${name}`, BITS, of);
const novel = (name: string, of: string): FeatureColumn => describe.novelty(`rarity_${name}`, BITS, of);

/** The words whose rarity is a feature; the kernel has their keys. Those of the novelty group come last. */
const WORDS: readonly FeatureColumn[] = [
  rare('port', 'protocol and responder port'),
  rare('service', 'application protocols'),
  rare('service_port', 'application protocols and responder port'),
  rare('state', 'protocol, application protocols and connection state'),
  rare('port_state', 'protocol, responder port and connection state'),
  rare('port_place', 'protocol, responder port, and which sides are local'),
  rare('history', 'protocol and history'),
  rare('port_history', 'responder port and history'),
  rare('size_up', "responder port and originator's payload (half powers of two)"),
  rare('size_down', "responder port and responder's payload (half powers of two)"),
  rare('duration', 'responder port and duration (half powers of two)'),
  rare('exact_port', 'protocol and responder port, rare high ports told apart'),
  novel('originator', "originator's network (/24, /48; private: the host)"),
  novel('responder', "responder's network (/24, /48; private: the host)"),
  novel('responder_port', 'this service on this responder'),
];
const PORT = WORDS.length;

export const RARITY_COLUMNS: readonly FeatureColumn[] = WORDS.filter(({ group }) => group === 'rarity');
export const NOVELTY_COLUMNS: readonly FeatureColumn[] = WORDS.filter(({ group }) => group === 'novelty');

/** keys that the kernel puts in place: of each word, then of the port by itself; two words each */
export const KEY_WORDS = 2 * (WORDS.length + 1);

export class ConnVocabularies {
  /** @param ports connections by protocol and port, before pooling */
  private constructor(
    private readonly ports: Vocabulary,
    private readonly words: readonly Vocabulary[],
  ) {}

  static empty(): ConnVocabularies {
    return new ConnVocabularies(
      new Vocabulary(LIMIT),
      WORDS.map(() => new Vocabulary(LIMIT)),
    );
  }

  /** Counts the values of a record, whose keys these are. */
  learn(keys: Int32Array, block: number): void {
    this.ports.learn(keys[2 * PORT], keys[2 * PORT + 1], block);
    for (let i = 0; i < WORDS.length; i++) this.words[i].learn(keys[2 * i], keys[2 * i + 1], block);
  }

  freeze(): void {
    this.ports.freeze();
    for (const word of this.words) word.freeze();
  }

  /** Writes the rarities of the words `from..to` [bits] to `out[at..]`. `block`: the training block left out, or -1. */
  write(keys: Int32Array, from: number, to: number, block: number, out: Float32Array, at: number): void {
    for (let i = from; i < to; i++) this.words[i].writeBits(keys[2 * i], keys[2 * i + 1], block, out, at + i - from);
  }

  /** Connections in training at the port. */
  connectionsAtPort(keys: Int32Array, block: number): number {
    return this.ports.count(keys[2 * PORT], keys[2 * PORT + 1], block);
  }

  save(): Record<string, unknown> {
    const words = WORDS.map((word, i) => [word.name, this.words[i].save()]);
    return { ports: this.ports.save(), ...Object.fromEntries(words) };
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): ConnVocabularies | undefined {
    const from = (saved ?? {}) as Record<string, unknown>;
    const ports = Vocabulary.restore(LIMIT, from.ports);
    const words = WORDS.map((word) => Vocabulary.restore(LIMIT, from[word.name]));
    return ports && words.every((word) => word !== undefined) ? new ConnVocabularies(ports, words) : undefined;
  }
}
