/** WebAssembly modules of the build, and the numbers that they and their callers must agree on. */

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
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
  Instance: new (module: object, imports: object) => { readonly exports: object };
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

/**
 * The constants that a module exports under the names of its source: where things lie in its memory and what its words
 * mean. Who writes and reads that memory asks here once, when the module is loaded, and has no such numbers of its own.
 */
export class WasmConstants {
  private readonly file: string;

  /** @param file the module's, for messages */
  constructor(
    file: string,
    private readonly exports: object,
  ) {
    this.file = basename(file);
  }

  /** @throws where a name is missing */
  numbers<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
    return Object.fromEntries(names.map((name) => [name, this.number(name)])) as Record<Name, number>;
  }

  /** The members of an enumeration, each at the place of its number. */
  members(enumeration: string): string[] {
    const prefix = `${enumeration}.`;
    const members: string[] = [];
    for (const name of Object.keys(this.exports)) {
      if (name.startsWith(prefix)) members[this.number(name)] = name.slice(prefix.length);
    }
    return members;
  }

  /** @throws where a number that both sides have by themselves differs */
  expect(numbers: Readonly<Record<string, number>>): void {
    for (const [name, number] of Object.entries(numbers)) {
      const compiled = this.number(name);
      if (compiled !== number) throw this.mismatch(`${name} is ${compiled} in it, not ${number}`);
    }
  }

  /** @throws where an enumeration has not just these members in this order; the message names the first that differs */
  expectMembers(enumeration: string, names: readonly string[]): void {
    const compiled = this.members(enumeration);
    const missing = names.find((name) => !compiled.includes(name));
    if (missing !== undefined) throw this.mismatch(`it lacks ${enumeration} ${missing}`);
    const extra = compiled.find((name) => !names.includes(name));
    if (extra !== undefined) throw this.mismatch(`it has a ${enumeration} ${extra}, which is not known here`);
    const moved = names.findIndex((name, i) => compiled[i] !== name);
    if (moved >= 0) {
      const name = names[moved];
      throw this.mismatch(`${enumeration} ${name} has number ${compiled.indexOf(name)} in it, not ${moved}`);
    }
  }

  private number(name: string): number {
    const constant = (this.exports as Record<string, { readonly value?: unknown } | undefined>)[name]?.value;
    if (typeof constant !== 'number') throw this.mismatch(`it lacks ${name}`);
    return constant;
  }

  private mismatch(what: string): Error {
    return new Error(`${this.file} is of another build (${what}); build again`);
  }
}
