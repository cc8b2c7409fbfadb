/** The two kinds of records and where they differ in words and meaning: everything that is the same for both asks here. */
import type { RecordKind } from './extractor.js';

export interface RecordTraits {
  /** in sentences: one, several */
  readonly noun: string;
  readonly nouns: string;
  /** as a heading */
  readonly title: string;
  /** where there is little room */
  readonly short: string;
  /** before numbers of records in a list; packets are known by their frame numbers alone */
  readonly numberLabel: string;
  /** a record sums up a whole connection, both ways; else one record is one packet, sent one way */
  readonly wholeConnections: boolean;
  /**
   * Scores that the smoothed score is a mean of. A packet alone is noise; a connection sums up many packets already, and what
   * its pair or initiator did before would only raise or hide it: here the mean is the score itself.
   */
  readonly smoothing: number;
  /** records are decoded from captured bytes, so drops, gaps and early stops are told */
  readonly captured: boolean;
  readonly advice: {
    /** how to learn what has become normal since: "If the change is wanted, … a new model …" */
    readonly trainAgain: string;
  };
}

export const RECORD_KINDS: Readonly<Record<RecordKind, RecordTraits>> = {
  packet: {
    noun: 'packet',
    nouns: 'packets',
    title: 'Packets',
    short: 'pkts',
    numberLabel: '',
    wholeConnections: false,
    smoothing: 20,
    captured: true,
    advice: { trainAgain: 'record again with "anomaly sniff" and train a new model' },
  },
  connection: {
    noun: 'connection',
    nouns: 'connections',
    title: 'Connections',
    short: 'conns',
    numberLabel: 'record ',
    wholeConnections: true,
    smoothing: 1,
    captured: false,
    advice: { trainAgain: 'train a new model on the newer logs' },
  },
};
