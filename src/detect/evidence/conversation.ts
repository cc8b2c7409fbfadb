/**
 * How each flow of packets goes on: whose turn it is, who answered at once, what came back, how it ended. One state a flow,
 * by the number that the extractor gave it.
 */
import { FLOWS } from '../../features/packet/flows.js';

/** A state, two cache lines: numbers in the order of these names. */
const WIDTH = 16;
const BEGAN = 0;
const LAST_PAYLOAD = 1;
const STATE = 2;
/** who sent payload last: 0 the initiator, 1 the responder, -1 nobody */
const SPEAKER = 3;
/** B, of the responder's and the initiator's turn that goes on */
const ANSWER = 4;
const REQUEST = 5;
/** s of a responder's payload after a silence, -1 none; B of it once it was answered at once, -1 */
const PENDING = 6;
const COMMAND = 7;
const UP = 8;
const DOWN = 9;
/** B of UP that were counted as unanswered */
const MUTE = 10;
const PACKETS = 11;
const SHAPED = 12;
/** so that a flow's number given anew is told from the one before */
const GENERATION = 13;

/** A probe and its answer, each perhaps repeated once. */
const PROBE_PACKETS = 4;

export const UNDER_WAY = 0;
export const OPENING = 1;
/** the responder agreed, and the initiator has not said so yet */
export const HALF_OPEN = 2;
export const ANSWERED = 3;
export const OVER = 4;
export const FAILED = 5;

/** s: a pause that no round trip takes; and an answer sooner than a person can type one, a round trip and a shell's work */
const SILENCE_S = 1;
const AT_ONCE_S = 0.5;

export class Conversations {
  private readonly states = new Float64Array(FLOWS * WIDTH);
  private at = 0;
  /** of the payload last taken: a turn of the initiator began, with these answers before it; roles were reversed */
  turned = false;
  answered = 0;
  reversed = false;
  commanded = false;
  /** B that the initiator sent for nothing, newly known */
  muted = 0;

  select(flow: number): void {
    this.at = flow * WIDTH;
  }

  begin(seconds: number, state: number): void {
    const { states, at } = this;
    const generation = states[at + GENERATION] + 1;
    states.fill(0, at, at + WIDTH);
    states[at + BEGAN] = states[at + LAST_PAYLOAD] = seconds;
    states[at + STATE] = state;
    states[at + SPEAKER] = -1;
    states[at + PENDING] = states[at + COMMAND] = -1;
    states[at + GENERATION] = generation;
  }

  get generation(): number {
    return this.states[this.at + GENERATION];
  }

  get state(): number {
    return this.states[this.at + STATE];
  }

  set state(state: number) {
    this.states[this.at + STATE] = state;
  }

  get up(): number {
    return this.states[this.at + UP];
  }

  get down(): number {
    return this.states[this.at + DOWN];
  }

  get packets(): number {
    return this.states[this.at + PACKETS];
  }

  /** Next to nothing came of it: a probe, if it is refused now. */
  get isEmpty(): boolean {
    return this.packets <= PROBE_PACKETS && this.up + this.down === 0;
  }

  countPacket(): void {
    this.states[this.at + PACKETS]++;
  }

  age(seconds: number): number {
    return seconds - this.states[this.at + BEGAN];
  }

  /** Once: it ended with data, and its shape counts. */
  takeShape(): boolean {
    const { states, at } = this;
    if (states[at + SHAPED] === 1 || states[at + UP] === 0) return false;
    states[at + SHAPED] = 1;
    return true;
  }

  /** B that the initiator sent since the last call while nothing came back. */
  takeMute(): number {
    const { states, at } = this;
    const muted = states[at + UP] - states[at + MUTE];
    states[at + MUTE] = states[at + UP];
    return muted;
  }

  /** Takes payload of the initiator. */
  ask(bytes: number, seconds: number): void {
    const { states, at } = this;
    this.turned = states[at + SPEAKER] !== 0;
    this.reversed = this.commanded = false;
    if (this.turned) {
      // an answer as long as its question is the echo of typing, not an outcome
      this.answered = states[at + ANSWER] === states[at + REQUEST] ? 0 : states[at + ANSWER];
      states[at + COMMAND] = -1;
      if (states[at + PENDING] >= 0 && seconds - states[at + PENDING] < AT_ONCE_S) {
        this.reversed = true;
        states[at + COMMAND] = states[at + ANSWER];
      }
      states[at + PENDING] = -1;
      states[at + ANSWER] = states[at + REQUEST] = 0;
      states[at + SPEAKER] = 0;
    }
    states[at + UP] += bytes;
    states[at + REQUEST] += bytes;
    // told, and did: the answer is larger than the question
    if (states[at + COMMAND] >= 0 && states[at + REQUEST] > states[at + COMMAND]) {
      this.commanded = true;
      states[at + COMMAND] = -1;
    }
    states[at + LAST_PAYLOAD] = seconds;
  }

  /** Takes payload of the responder. */
  answer(bytes: number, seconds: number): void {
    const { states, at } = this;
    states[at + SPEAKER] = 1;
    if (seconds - states[at + LAST_PAYLOAD] >= SILENCE_S) {
      states[at + PENDING] = states[at + UP] + states[at + DOWN] > 0 ? seconds : -1;
    }
    states[at + ANSWER] += bytes;
    states[at + DOWN] += bytes;
    states[at + LAST_PAYLOAD] = seconds;
  }
}
