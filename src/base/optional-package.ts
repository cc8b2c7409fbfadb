/**
 * Packages that `anomaly` uses when they are there: npm cap, tfjs-node and danfojs-node. They are compiled or large, so they
 * live in `optional/`, each with a lock file of its own, or wherever somebody has installed them.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Where to look, in this order. `optional/cap` is below `optional`, so what is there is found too. */
const PLACES = [import.meta.url, new URL('../../optional/cap/package.json', import.meta.url).href];

/** @returns the address to import, or undefined where the package is not installed */
export function findOptional(name: string): string | undefined {
  for (const place of PLACES) {
    try {
      return pathToFileURL(createRequire(place).resolve(name)).href;
    } catch {
      // the next place
    }
  }
  return undefined;
}

/** @throws Error where the package is missing, or whatever it throws when it is loaded */
export async function importOptional<T>(name: string): Promise<T> {
  const found = findOptional(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return (await import(found)) as T;
}
