/** How many packets an interface itself counted: the estimate where a driver cannot say what it dropped. */
import { readFileSync } from 'node:fs';

/**
 * Packets received and sent on `name` since its creation, from the text of /proc/net/dev; undefined: no such interface.
 * On the loopback every packet is sent and received, and captured once.
 */
export function packetsCounted(table: string, name: string): number | undefined {
  for (const line of table.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (colon < 0 || line.slice(0, colon).trim() !== name) continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const received = Number(fields[1]);
    return name === 'lo' ? received : received + Number(fields[9]);
  }
  return undefined;
}

/** Sums what an interface counts while it is watched, over restarts of its counters (an interface made anew). */
export class InterfaceCounter {
  /** packets counted so far; undefined where the system does not tell */
  total: number | undefined;
  private last: number | undefined;

  constructor(private name: string) {}

  /** Counts on from here, at the interface that is captured now. */
  begin(name: string): void {
    this.name = name;
    this.last = this.read();
    if (this.last !== undefined) this.total ??= 0;
  }

  /** Adds what was counted since; to be called now and then, for an interface that goes takes its counters along. */
  sample(): void {
    const now = this.read();
    if (now === undefined || this.last === undefined) return;
    // counted anew from 0 when it went away and came back
    this.total = (this.total ?? 0) + (now >= this.last ? now - this.last : now);
    this.last = now;
  }

  private read(): number | undefined {
    try {
      return packetsCounted(readFileSync('/proc/net/dev', 'utf8'), this.name);
    } catch {
      return undefined;
    }
  }
}
