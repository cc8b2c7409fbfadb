/** What a cell says that is not written as a packet table writes it; undefined: nothing. */

import { ABSENT_WORDS, numberOf } from '../base/spellings.js';

/** Words for nothing are an empty cell. */
export function respelledNothing(cell: string): string | undefined {
  return ABSENT_WORDS.includes(cell.toLowerCase()) ? '' : undefined;
}

export function respelledNumber(cell: string): string | undefined {
  const value = numberOf(cell);
  // as many decimals as the cells of a table have
  return Number.isNaN(value) ? respelledNothing(cell) : value.toFixed(3);
}

export function respelledCount(cell: string): string | undefined {
  if (/^t(?:rue)?$/i.test(cell)) return '1';
  if (/^f(?:alse)?$/i.test(cell)) return '0';
  const value = numberOf(cell);
  if (Number.isNaN(value)) return respelledNothing(cell);
  return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
}
