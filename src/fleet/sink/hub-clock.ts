/**
 * How far the hub's clock is from this host's. The hub says when it had a heartbeat, and a sensor's next one is here as soon as it
 * has it: were that not looked at, all sensors of a hub that is a day behind would be silent, and of one that is ahead none ever.
 */

/** ms; what is less is a slow network, or clocks as they are */
const APART_MS = 60_000;
/** ms that what was found is believed, ten heartbeats: the hub's clock may be set right, and a link that was down brings old ones */
const BELIEVED_MS = 5 * 60_000;

export class HubClock {
  private readonly lastMs = new Map<string, number>();
  private found: { readonly aheadMs: number; readonly atMs: number } | undefined;

  /**
   * A heartbeat came. The first one of a sensor may be as old as the sensor is silent, and says nothing.
   * @param storedMs by the hub's clock @param nowMs by this host's
   */
  heard(sensor: string, storedMs: number, nowMs: number): void {
    const before = this.lastMs.get(sensor);
    if (before === storedMs) return;
    this.lastMs.set(sensor, storedMs);
    if (before === undefined) return;
    // it may have been under way for some time: the least late one is right
    const aheadMs = storedMs - nowMs;
    const { found } = this;
    if (!found || nowMs - found.atMs > BELIEVED_MS || aheadMs >= found.aheadMs) this.found = { aheadMs, atMs: nowMs };
  }

  /** ms; 0: it is right, or nothing is known; below 0: it is behind */
  aheadMs(nowMs: number): number {
    const { found } = this;
    if (!found || nowMs - found.atMs > 2 * BELIEVED_MS || Math.abs(found.aheadMs) < APART_MS) return 0;
    return found.aheadMs;
  }
}
