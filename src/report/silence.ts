/** The allow-list entry that would silence an incident, ready to paste into the file given with --allow. */

import type { Incident } from '../detect/incident.js';
import { type AllowEntry, entryFor } from '../detect/incidents/allow.js';
import { displayWidth } from './layout.js';

/** The narrowest entry, with a comment for the reader to finish. */
export function silencingEntry(incident: Incident): AllowEntry {
  return { ...entryFor(incident), comment: `incident ${incident.id}: say why this is expected` };
}

/** One JSON object in lines of at most `width` columns, never broken inside a string; a longer value is left out. */
export function silencingLines(incident: Incident, width: number): string[] {
  const pairs = Object.entries(silencingEntry(incident))
    .map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
    .filter((pair) => displayWidth(pair) < width - 4);
  const lines: string[] = [];
  for (const [i, pair] of pairs.entries()) {
    const piece = pair + (i < pairs.length - 1 ? ',' : ' }');
    const last = lines.at(-1);
    if (last === undefined) lines.push(`{ ${piece}`);
    else if (displayWidth(last) + 1 + displayWidth(piece) <= width) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(`  ${piece}`);
  }
  return lines;
}
