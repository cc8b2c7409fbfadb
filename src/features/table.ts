/**
 * Feature tables: one row says what a column is called, what it means, and how its number is worked out.
 *
 * A group of columns is a function whose statements are its rows. Given a list it describes the columns, given a writer
 * it writes their numbers. With a function a number the features took 1.4 times as long: calls that are not inlined.
 * For the same reason groups are small, and describing is no case within `RowWriter.put`.
 */

import type { FeatureColumn, FeatureGroup } from './extractor.js';

/** What numbers stand for, to the net and to a person. */
export type Unit = Pick<FeatureColumn, 'unit' | 'binary' | 'flag' | 'plain' | 'plainUnit'>;

const same = (value: number): number => value;

export function plainly(unit: string): Unit {
  return { unit, binary: false, flag: false, plain: same, plainUnit: unit };
}

/** ln(1 + what is counted in `plainUnit`) */
export function ln(plainUnit: string): Unit {
  return { ...plainly(`ln ${plainUnit}`), plain: Math.expm1, plainUnit };
}

/** a share of `whole` */
export function partOf(whole: number, plainUnit = ''): Unit {
  return { ...plainly(`of ${whole} ${plainUnit}`.trimEnd()), plain: (value) => value * whole, plainUnit };
}

export const SHARE = plainly('share');
export const BITS = plainly('bits');
/** 0 or 1, told as yes or no */
export const FLAG: Unit = { ...plainly('0/1'), binary: true, flag: true };

/** Describes a column of a group, from the words in its row. */
export type Describe = (name: string, unit: Unit, doc: string) => FeatureColumn;

/** `words`: the whole doc from that in the row */
export function describing(group: FeatureGroup, words: (doc: string) => string = (doc) => doc): Describe {
  return (name, { unit, ...number }, doc) => ({ name, unit, doc: words(doc), group, ...number });
}

/** `doc` says of what: how rare it was in training. */
export function describingRarity(group: 'rarity' | 'novelty'): Describe {
  const describe = describing(group, (of) => `rarity in training of ${of}`);
  return (name, unit, of) => ({ ...describe(name, unit, of), rarityOf: of });
}

/** Takes the rows of a group, one after the other. */
export interface Row {
  put(describe: Describe, name: string, unit: Unit, doc: string, value: number): void;
}

/** The rows of a group, whose numbers are worked out of `P`. */
export type Rows<P> = (row: Row, of: P) => void;

/** The columns that rows describe. */
export function columnsOf<P>(rows: Rows<P>, of: P): readonly FeatureColumn[] {
  const columns: FeatureColumn[] = [];
  const put: Row['put'] = (describe, name, unit, doc, _value) => {
    columns.push(describe(name, unit, doc));
  };
  rows({ put }, of);
  return columns;
}

const NOWHERE: Float32Array = new Float32Array(0);

export class RowWriter implements Row {
  private out = NOWHERE;
  private at = 0;

  /** Writes the numbers of the rows to `out[at..]`. */
  write<P>(rows: Rows<P>, of: P, out: Float32Array, at: number): void {
    this.out = out;
    this.at = at;
    rows(this, of);
    this.out = NOWHERE;
  }

  put(_describe: Describe, _name: string, _unit: Unit, _doc: string, value: number): void {
    this.out[this.at++] = value;
  }
}
