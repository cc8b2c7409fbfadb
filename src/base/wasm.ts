/** WebAssembly modules of the build. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AnomalyError } from './errors.js';

/** The part of the WebAssembly namespace that is used here; Node's own types do not declare it. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: {
    initial: number;
    maximum: number;
    shared?: boolean;
  }) => { readonly buffer: ArrayBuffer | SharedArrayBuffer; grow(pages: number): number };
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Undefined where Node was started without it. */
export const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/**
 * Compiles the first of `places` that exists: beside the code in the build; from the sources, in the build's folder.
 * @throws AnomalyError UNEXPECTED where Node was started without WebAssembly; where the build is missing or this Node cannot run it
 */
export function compileWasm(places: readonly string[], from: string): object {
  if (!wasm) {
    throw new AnomalyError('UNEXPECTED', 'this needs WebAssembly, which Node was started without; leave out --jitless');
  }
  const path = places.map((place) => fileURLToPath(new URL(place, from))).find((file) => existsSync(file));
  if (!path) throw new Error(`${places[0]} is not built`);
  return new wasm.Module(readFileSync(path));
}
