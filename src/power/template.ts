/** What a row of the table of templates is. */

import type { PatternName } from '../detect/rules/patterns.js';
import type { Act } from './act.js';
import type { Cast } from './talk.js';

export interface Template {
  readonly name: string;
  /** patterns that are a right name of it */
  readonly names: readonly PatternName[];
  /** what a size is a number of */
  readonly unit: string;
  /** from the least to the most visible */
  readonly sizes: readonly number[];
  readonly inputs: readonly ('packet' | 'connection')[];
  readonly initiator: 'new host' | 'client';
  /** `server`: on the port given, or on any; `new remote`: never seen before, beyond the segment */
  readonly target: 'server' | 'new remote' | 'segment';
  readonly port?: number;
  /** all of it goes to the network's resolver: where there is none, it cannot be */
  readonly asks?: 'resolver';
  /** the incident may be told of the target alone, or of the segment: no two of a pass share it */
  readonly about?: 'target' | 'segment';
  /** µs from its first record to its last, about */
  readonly lastsUs: (size: number) => number;
  /** about, to know what a pass costs */
  readonly packets: (size: number) => number;
  /** where its shape is from */
  readonly source: string;
  readonly acts: (cast: Cast, size: number) => Iterable<Act>;
}

export const BOTH = ['packet', 'connection'] as const;
export const PACKETS_ONLY = ['packet'] as const;
