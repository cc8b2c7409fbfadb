/**
 * What the keeper needs to know of a driver: a program that writes a pcap stream to standard output, says on standard
 * error "listening on …" once the interface is open, and what is wrong otherwise.
 */
import { capDriver } from './driver-cap.js';
import { tcpdumpDriver } from './driver-tcpdump.js';
import type { DriverName, DriverOptions } from './types.js';

export interface Driver {
  readonly name: DriverName;
  /** program and arguments */
  command(options: DriverOptions): readonly [program: string, ...args: string[]];
  /** whether `words` say that the driver itself is not installed (besides the program not being found) */
  isMissing(words: string): boolean;
  /** how it is asked to end; undefined: by the end of its standard input */
  readonly stopSignal: 'SIGTERM' | undefined;
  /** whether SIGUSR1 makes it print statistics */
  readonly countsDrops: boolean;
}

export const DRIVERS: Readonly<Record<DriverName, Driver>> = { cap: capDriver, tcpdump: tcpdumpDriver };
