/** A wall clock that a test can set while the program runs, by libfaketime; time that passes, and uptime, stay true. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Network } from './live.ts';

const MOVED_TCPDUMP = fileURLToPath(new URL('moved-tcpdump.js', import.meta.url));
const LIBRARIES = '/usr/lib';

/** Debian has a folder of libraries for each kind of processor. */
const library: string | undefined = (existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [])
  .map((folder) => join(LIBRARIES, folder, 'faketime', 'libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

/** Undefined: the clock can be set; else why not. */
export const clockObstacle: string | undefined = library === undefined ? 'libfaketime is not installed' : undefined;

if (clockObstacle !== undefined) console.warn(`tests of a clock that is set are skipped: ${clockObstacle}`);

function program(path: string, ...lines: string[]): void {
  writeFileSync(path, `${['#!/bin/sh', ...lines].join('\n')}\n`);
  chmodSync(path, 0o755);
}

export class ChangedClock {
  /** runs in place of node, and so do the processes that it starts */
  readonly node: string;
  /** `tcpdump` is one whose packets are stamped by this clock */
  readonly env: NodeJS.ProcessEnv;
  private readonly offset: string;

  constructor(network: Network) {
    this.offset = network.file('offset');
    this.node = network.file('node');
    this.set(0);
    const variables = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.offset,
      FAKETIME_NO_CACHE: 1,
      FAKETIME_DONT_FAKE_MONOTONIC: 1,
    };
    const set = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
    // capture processes are started without our environment: they get it by being started through the same script
    const children = `data:text/javascript,process.execPath=${JSON.stringify(this.node)}`;
    program(this.node, ...set, `exec '${process.execPath}' --import '${children}' "$@"`);
    const folder = network.file('bin');
    mkdirSync(folder);
    program(join(folder, 'tcpdump'), `exec '${process.execPath}' '${MOVED_TCPDUMP}' '${this.offset}' "$@"`);
    this.env = { PATH: `${folder}:${process.env.PATH}` };
  }

  /** From now on the clock is so many seconds ahead of the true one. */
  set(seconds: number): void {
    // at once: nobody reads half of it
    writeFileSync(`${this.offset}.next`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.offset}.next`, this.offset);
  }
}
