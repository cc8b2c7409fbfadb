/** Tells a clock that was set from time that passed: a machine's uptime counts its sleep too, and nobody sets it. */
import { uptime } from 'node:os';
import type { ClockStep } from '../../base/time.js';

/** A shorter step looks like no pause to anybody who goes by the times of packets (clock.ts of the features). */
export const TELLING_US = 60e6;
/** A clock that is set all night must not fill the memory. */
const MAX_STEPS = 1000;

/** Two clocks of this machine [µs]. */
export interface MachineClocks {
  /** the one that stamps packets */
  wallUs(): number;
  /** goes on steadily, from anywhere */
  steadyUs(): number;
}

export const CLOCKS: MachineClocks = { wallUs: () => Date.now() * 1000, steadyUs: () => uptime() * 1e6 };

export class WallClock {
  /** in order of time, the first of them */
  readonly steps: ClockStep[] = [];
  private aheadUs: number;

  constructor(private readonly clocks: MachineClocks) {
    this.aheadUs = clocks.wallUs() - clocks.steadyUs();
  }

  /** Compares the clocks; to be called now and then, and where the times of packets are far apart. */
  look(): void {
    const toUs = this.clocks.wallUs();
    const byUs = toUs - this.clocks.steadyUs() - this.aheadUs;
    // what is less is followed: NTP makes clocks a little slower or faster
    this.aheadUs += byUs;
    if (Math.abs(byUs) >= TELLING_US && this.steps.length < MAX_STEPS) this.steps.push({ fromUs: toUs - byUs, toUs });
  }
}
