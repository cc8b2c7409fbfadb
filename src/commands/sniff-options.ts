/** sniff as the command line calls it. */
import type { RawOptions } from '../options.js';
import { type SniffOptions, sniff } from './sniff.js';

/** From the values that the table of options parsed, under the names they have there. */
export function sniffOptions(raw: RawOptions): SniffOptions {
  const options = raw as Record<string, never>;
  const {
    interface: name,
    read,
    hours,
    filter,
    count,
    snaplen,
    driver,
    user,
    listInterfaces,
    quiet,
    verbose,
  } = options;
  const { write, rotateSize, rotateHours, keep, force } = options;
  return {
    interface: name,
    read,
    hours,
    filter,
    count,
    snaplen,
    promiscuous: raw.noPromiscuous !== true,
    driver,
    user,
    listInterfaces,
    quiet,
    verbose,
    out: (raw.out as readonly string[] | undefined)?.[0],
    write,
    rotateSize,
    rotateHours,
    keep,
    force,
  };
}

/** @returns the exit code */
export function runSniff(raw: RawOptions): Promise<number> {
  return sniff(sniffOptions(raw), process);
}
