/**
 * TCP openings on the way: a SYN that got no SYN-ACK within three seconds is half-open, unless the SYN-ACK stands before it
 * in a capture that is out of order. A ring, oldest first.
 */

import { FLOWS } from './flows.js';
import { DISORDER_SECONDS, type Scene } from './scene.js';

const RING = 65_536;
const WAIT_SECONDS = 3;

export class Handshakes {
  /** of the opening last taken by `next` */
  initiatorLow = 0;
  initiatorHigh = 0;
  responderLow = 0;
  responderHigh = 0;
  answered = false;
  private head = 0;
  private tail = 0;
  private readonly deadline = new Float64Array(RING);
  private readonly parties = new Int32Array(4 * RING);
  private readonly answers = new Uint8Array(RING);
  /** by flow: number of its opening, counted from 0; below `head` it is over */
  private readonly openingOf = new Float64Array(FLOWS).fill(-1);
  /** by flow: s, of the last SYN-ACK before which there was no SYN */
  private readonly earlyAt = new Float64Array(FLOWS).fill(Number.NEGATIVE_INFINITY);

  /** A SYN in the flow; one that repeats an opening still waiting is not counted again. */
  syn(flow: number, opens: boolean, scene: Scene, iLow: number, iHigh: number, eLow: number, eHigh: number): void {
    if (!opens && this.openingOf[flow] >= this.head) return;
    const at = this.tail % RING;
    this.deadline[at] = scene.seconds + WAIT_SECONDS;
    this.parties[4 * at] = iLow;
    this.parties[4 * at + 1] = iHigh;
    this.parties[4 * at + 2] = eLow;
    this.parties[4 * at + 3] = eHigh;
    this.answers[at] = scene.seconds - this.earlyAt[flow] < DISORDER_SECONDS ? 1 : 0;
    this.openingOf[flow] = this.tail++;
  }

  /** @param begun the beginning of the flow was seen */
  synAck(flow: number, begun: boolean, scene: Scene): void {
    const opening = this.openingOf[flow];
    if (opening >= this.head) this.answers[opening % RING] = 1;
    else if (!begun) this.earlyAt[flow] = scene.seconds;
    this.openingOf[flow] = -1;
  }

  /** Takes the next opening whose time is over; a full ring gives up its oldest early. False when there is none. */
  next(scene: Scene): boolean {
    if (this.head === this.tail) return false;
    const at = this.head % RING;
    if (this.deadline[at] > scene.seconds && this.tail - this.head < RING) return false;
    this.initiatorLow = this.parties[4 * at];
    this.initiatorHigh = this.parties[4 * at + 1];
    this.responderLow = this.parties[4 * at + 2];
    this.responderHigh = this.parties[4 * at + 3];
    this.answered = this.answers[at] === 1;
    this.head++;
    return true;
  }

  clear(): void {
    this.head = this.tail = 0;
    this.openingOf.fill(-1);
    this.earlyAt.fill(Number.NEGATIVE_INFINITY);
  }
}
