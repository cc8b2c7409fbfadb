/** What the readers of the capture formats share. */

import { AnomalyError } from '../base/errors.js';
import type { BatchBuffer } from './batch.js';
import type { SourceFacts } from './packet-source.js';
import type { ByteWindow } from './window.js';

export interface CaptureParser {
  /**
   * Moves whole packets from the window into the batch until either has no more. `ended`: no more bytes will come.
   * @returns whether another capture begins at the window's start, for another parser
   * @throws AnomalyError BAD_DATA with file and offset; packets before the damage are in the batch then
   */
  parse(window: ByteWindow, batch: BatchBuffer, ended: boolean): boolean;
  /** The input ended with these bytes unconsumed: notes a warning where something is cut off. */
  finish(window: ByteWindow): void;
}

/** `name` is safe to print already. */
export function damaged(facts: SourceFacts, offset: number, what: string): AnomalyError {
  return new AnomalyError('BAD_DATA', `${facts.name}: damaged at byte ${offset}: ${what}`);
}

export function cutOff(facts: SourceFacts, offset: number, what: string): void {
  facts.warnings.push(`${facts.name}: cut off inside ${what} at byte ${offset}; everything before it was read`);
}
