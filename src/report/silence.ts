/** The allow-list entries that would silence an incident, ready to paste into the file given with --allow. */

import type { AllowEntry } from '../detect/allow-entry.js';
import type { Incident } from '../detect/incident.js';
import { displayWidth } from './layout.js';

/** They cover all of it, with a comment for the reader to finish. */
export function silencingEntries(incident: Incident): AllowEntry[] {
  return incident.allow.map((entry) => ({ ...entry, comment: `incident ${incident.id}: say why this is expected` }));
}

/** `text` cut at blanks between JSON values, never inside a string or a key and its value. */
function pieces(entry: AllowEntry): string[] {
  return Object.entries(entry).flatMap(([key, value], i, all) => {
    const end = i < all.length - 1 ? ',' : ' }';
    const values = Array.isArray(value) ? value.map((one) => JSON.stringify(one)) : [JSON.stringify(value)];
    return values.map((one, k) => {
      const open = k === 0 ? `"${key}": ${Array.isArray(value) ? '[' : ''}` : '';
      const last = k === values.length - 1;
      return `${open}${one}${last ? `${Array.isArray(value) ? ']' : ''}${end}` : ','}`;
    });
  });
}

/** JSON objects, separated by commas, in lines of at most `width` columns where their values are no longer; nothing is left out. */
export function silencingLines(incident: Incident, width: number): string[] {
  const entries = silencingEntries(incident);
  return entries.flatMap((entry, i) => {
    const lines: string[] = [];
    for (const piece of pieces(entry)) {
      const last = lines.at(-1);
      if (last === undefined) lines.push(`{ ${piece}`);
      else if (displayWidth(last) + 1 + displayWidth(piece) < width) lines[lines.length - 1] = `${last} ${piece}`;
      else lines.push(`  ${piece}`);
    }
    if (i < entries.length - 1) lines.push(`${lines.pop() ?? ''},`);
    return lines;
  });
}
