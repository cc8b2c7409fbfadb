/** A schema as it is saved, and as text. */

import type { SavedSchema } from './extractor.js';

/** One line a column, for the hash in the bundle: a model never meets other columns than its own. */
export function schemaText(schema: SavedSchema): string {
  const lines = schema.columns.map((c) => [c.name, c.unit, c.group, c.binary ? 'binary' : 'scaled'].join('\t'));
  return `${schema.kind}\n${lines.join('\n')}\n`;
}

/** What a bundle keeps of a schema: the rest is the program's own table. */
export function savedSchema({ kind, columns }: SavedSchema): SavedSchema {
  return {
    kind,
    columns: columns.map(({ name, unit, doc, group, binary }) => ({ name, unit, doc, group, binary })),
  };
}
