/**
 * A small net that tells windows of pairs from the same windows made strange. It sees what the tests say of each statistic, not
 * the values, so it learns what goes together: five calls alike are many things, five calls alike at even intervals are few. Its
 * output is the logarithm of a likelihood ratio, in nats as the tests' sum. Nobody's attacks are in it, and no labels.
 */
import type { Of } from '../groups.js';
import { UNKNOWN_SERVICE_AND_HOST } from '../novelty.js';
import { transportOf } from '../services.js';
import { PAIR_FAMILY, STATISTICS } from '../statistics.js';

const VALUES = STATISTICS[PAIR_FAMILY].length;
const NOVELTIES = UNKNOWN_SERVICE_AND_HOST + 1;
const TRANSPORTS = ['tcp', 'udp'];
/** nats of each statistic, how new it is, which transport (the last: any other) */
export const INPUTS = VALUES + NOVELTIES + TRANSPORTS.length + 1;
/** Beyond this no statistic says more; and a scale on which the usual ones are near 1. */
const [MOST_NATS, SCALE] = [15, 4];

/** What the net is told of whose windows they are. */
type Known = Pick<Of, 'novelty' | 'service'>;

/** Puts together what the net sees of a window. @param nats by place of the statistic; below 0: it says nothing here */
export function inputOf(of: Known, nats: Float64Array, into: Float64Array): Float64Array {
  into.fill(0);
  for (let j = 0; j < VALUES; j++) if (nats[j] > 0) into[j] = Math.min(MOST_NATS, nats[j]) / SCALE;
  into[VALUES + of.novelty] = 1;
  const transport = TRANSPORTS.indexOf(transportOf(of.service));
  into[VALUES + NOVELTIES + (transport < 0 ? TRANSPORTS.length : transport)] = 1;
  return into;
}

/** A net with one hidden layer: its kernel by unit, biases, the output's kernel and bias. */
export interface NetState {
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
  readonly out: readonly number[];
  readonly outBias: number;
}

/** Nets that are averaged; none where training had too few pairs. */
export type ClassifierState = readonly NetState[];

export class Classifier {
  private readonly input = new Float64Array(INPUTS);
  private readonly nets: readonly { kernel: Float64Array; bias: Float64Array; out: Float64Array; outBias: number }[];

  private constructor(state: ClassifierState) {
    this.nets = state.map(({ kernel, bias, out, outBias }) => ({
      kernel: Float64Array.from(kernel),
      bias: Float64Array.from(bias),
      out: Float64Array.from(out),
      outBias,
    }));
  }

  /** @returns none where there are no nets, and the tests decide alone */
  static of(state: ClassifierState): Classifier | undefined {
    return state.length === 0 ? undefined : new Classifier(state);
  }

  /** How much likelier the window is among those made strange than among harmless ones [nats]; 0 where it is not. */
  nats(of: Known, nats: Float64Array): number {
    // the smooth form of max(0, x): what is likelier among harmless windows is no evidence for anything
    return Math.log1p(Math.exp(this.logit(of, nats)));
  }

  /** The same, below 0 where the window is likelier among harmless ones. */
  logit(of: Known, nats: Float64Array): number {
    const input = inputOf(of, nats, this.input);
    let sum = 0;
    for (const { kernel, bias, out, outBias } of this.nets) {
      sum += outBias;
      for (let unit = 0; unit < bias.length; unit++) {
        let value = bias[unit];
        for (let i = 0, at = unit * INPUTS; i < INPUTS; i++, at++) if (input[i] !== 0) value += kernel[at] * input[i];
        if (value > 0) sum += out[unit] * value;
      }
    }
    return sum / this.nets.length;
  }
}
