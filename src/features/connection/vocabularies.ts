/** The vocabularies of training and the rarity features they give. */

import type { FeatureColumn, FeatureGroup } from '../extractor.js';
import { Vocabulary } from '../vocabulary.js';

/** Values kept a vocabulary. */
const LIMIT = 32_768;

interface Word {
  readonly name: string;
  readonly doc: string;
  readonly group: FeatureGroup;
}

const rarity = (name: string, doc: string, group: FeatureGroup = 'rarity'): Word => {
  return { name: `rarity_${name}`, doc, group };
};

/** The words whose rarity is a feature; the kernel has their keys. Those of the novelty group come last. */
const WORDS: readonly Word[] = [
  rarity('port', 'protocol and responder port'),
  rarity('service', 'application protocols'),
  rarity('service_port', 'application protocols and responder port'),
  rarity('state', 'protocol, application protocols and connection state'),
  rarity('port_state', 'protocol, responder port and connection state'),
  rarity('port_place', 'protocol, responder port, and which sides are local'),
  rarity('history', 'protocol and history'),
  rarity('port_history', 'responder port and history'),
  rarity('size_up', "responder port and originator's payload (half powers of two)"),
  rarity('size_down', "responder port and responder's payload (half powers of two)"),
  rarity('duration', 'responder port and duration (half powers of two)'),
  rarity('exact_port', 'protocol and responder port, rare high ports told apart'),
  rarity('originator', "originator's network (/24, /48; private: the host)", 'novelty'),
  rarity('responder', "responder's network (/24, /48; private: the host)", 'novelty'),
  rarity('responder_port', 'this service on this responder', 'novelty'),
];
const PORT = WORDS.length;

const column = ({ name, doc, group }: Word): FeatureColumn => {
  return { name, unit: 'bits', doc: `rarity in training of ${doc}`, group, binary: false };
};
const FIRST_NOVELTY = WORDS.findIndex(({ group }) => group === 'novelty');
export const RARITY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(0, FIRST_NOVELTY).map(column);
export const NOVELTY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(FIRST_NOVELTY).map(column);

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
