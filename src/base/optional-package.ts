/**
 * Packages that `anomaly` uses when they are there: npm cap, tfjs-node and danfojs-node. They are compiled or large, so they
 * live in `optional/`, each with a lock file of its own, or wherever somebody has installed them.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Where Node begins to look. `optional/cap` is below `optional`, and that below the program, so it looks in `optional/` first,
 * where scripts/optional.js has built them as they work best, and then wherever dependencies of the program may be.
 */
const place = createRequire(new URL('../../optional/cap/package.json', import.meta.url));

/** @returns the address to import, or undefined where the package is not installed */
export function findOptional(name: string): string | undefined {
  try {
    return pathToFileURL(place.resolve(name)).href;
  } catch {
    return undefined;
  }
}

/** @throws Error where the package is missing, or whatever it throws when it is loaded */
export async function importOptional<T>(name: string): Promise<T> {
  const found = findOptional(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return (await import(found)) as T;
}
