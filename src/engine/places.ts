/** The sample records of incidents, by the files that hold them. */
import { isAbsolute, resolve } from 'node:path';
import { fileWord } from '../base/shell.js';
import type { Incident } from '../detect/incident.js';
import type { FilePlaces, RunFacts } from '../detect/run-facts.js';
import type { OriginFile, Origins } from '../source/origins.js';

/** A path of no file: what came through a pipe. */
const PIPED = '-';

/**
 * Of every incident its files, in the order of its records; none where its records are in no file.
 * @param whole whether files are named by their whole path, for commands that are run in another folder
 */
export function placesOf(
  incidents: readonly Incident[],
  origins: Origins,
  whole = false,
): Pick<RunFacts, 'places' | 'folder'> {
  const places: Record<number, readonly FilePlaces[]> = {};
  let relative = false;
  for (const { id, frames } of incidents) {
    const files = new Map<OriginFile, FilePlaces & { numbers: number[] }>();
    for (const frame of frames) {
      const origin = origins.find(frame);
      if (!origin) continue;
      const { file, number } = origin;
      const place = files.get(file) ?? placeIn(file, whole);
      place.numbers.push(number);
      files.set(file, place);
      if (!whole && file.path !== PIPED && !isAbsolute(file.path)) relative = true;
    }
    if (files.size > 0) places[id] = [...files.values()];
  }
  return { places, ...(relative && { folder: process.cwd() }) };
}

function placeIn({ name, path, format, followed }: OriginFile, whole: boolean): FilePlaces & { numbers: number[] } {
  const word = path === PIPED ? PIPED : fileWord(whole ? resolve(path) : path);
  return { name, word, format, ...(followed && { followed }), numbers: [] };
}
