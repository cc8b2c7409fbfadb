/** Connection records -> feature rows: what src/features/connection/connection-kernel.ts calls. */

import { clear, count, write as writeActivity } from './connection-activity';
import { START } from './connection-memory';
import { forget, keys as putKeys, write as writeRarity } from './connection-rarity';
import { set } from './connection-scene';
import { write as writeShape } from './shape';

export * from './connection-columns';
export * from './connection-memory';

/** Counts the record in work and writes its row. @param block the training block left out, or -1 */
export function transform(block: i32): void {
  set();
  count();
  writeShape();
  writeActivity();
  writeRarity(block);
}

/** Puts the keys of the record in work in place, for the vocabularies to learn. */
export function keys(): void {
  set();
  putKeys();
}

/** Empties all counters: the next record is the first. */
export function restart(): void {
  clear();
  store<f64>(START, NaN);
}

/** Other vocabularies: forgets what was found out of the ones before. */
export function relearn(): void {
  forget();
}

/** Learning is over: the vocabularies grew since. */
export function freeze(): void {
  relearn();
  restart();
}
