/** Spools of tests, and what is in them. */
import { onTestFinished } from 'vitest';
import { type Lane, Spool, type SpoolRecord } from '../../src/fleet/spool/spool.js';

export const MIB = 1 << 20;

export const gapText = (from: number, to: number, why: string): string => `gap ${from}-${to} ${why}`;

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Closed with the test at the latest. */
export function openSpool(dir: string, mostBytes = 64 * MIB): Spool {
  const spool = Spool.open(dir, {
    mostBytes,
    gapBody: (lane, from, to, why, id) => {
      if (!/^[0-9a-f]{16}$/.test(id)) throw new Error(`a gap of the spool "${id}"`);
      return Buffer.from(gapText(from, to, `${lane} ${why}`));
    },
  });
  onTestFinished(() => spool.close());
  return spool;
}

/** An event that is told from all others by its number, of about so many bytes. */
export function body(seq: number, size = 0): Buffer {
  return Buffer.from(`event ${seq} `.padEnd(size, `${seq}.`));
}

export const all = (lane: Lane, from = 1): SpoolRecord[] => [...lane.read(from)];

/** `1 2 [3-5] 6`: numbers of events, and gaps in brackets. */
export function told(records: Iterable<SpoolRecord>): string {
  return [...records].map(({ seq, to, gap }) => (gap ? `[${seq}-${to}]` : `${seq}`)).join(' ');
}
