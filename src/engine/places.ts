/** The sample records of incidents, by the files that hold them. */
import type { Incident } from '../detect/incident.js';
import type { FilePlaces, Places } from '../detect/run-facts.js';
import type { Origins } from '../source/origins.js';

/** Of every incident, by its id: its files in the order of its records. */
export function placesOf(incidents: readonly Incident[], origins: Origins): Places {
  return Object.fromEntries(incidents.map(({ id, frames }) => [id, filesOf(frames, origins)]));
}

function filesOf(frames: readonly number[], origins: Origins): FilePlaces[] {
  const files = new Map<string, { name: string; format: string; frames: number[] }>();
  for (const frame of frames) {
    const origin = origins.find(frame);
    if (!origin) continue;
    const { name, format } = origin.file;
    const file = files.get(name) ?? { name, format, frames: [] };
    files.set(name, file);
    file.frames.push(origin.number);
  }
  return [...files.values()];
}
