/**
 * The time blocks of training: each is scored by a net that has not seen it, with vocabularies that have not counted it.
 */
export const TIME_BLOCKS = 5;

/** The block, 0 to 4, of record number `index` (from 0) of `total`. */
export function timeBlockOf(index: number, total: number): number {
  return Math.min(TIME_BLOCKS - 1, Math.floor((TIME_BLOCKS * index) / total));
}
