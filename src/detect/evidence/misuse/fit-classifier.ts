/** Training of the classifier: windows out of fold against the same windows made strange. */
import type { Steps } from '../../../base/turns.js';
import { Random, seedOf } from '../../../model/random.js';
import type { Cell } from '../cells.js';
import type { Of } from '../groups.js';
import type { Normal } from '../normal.js';
import { transportOf } from '../services.js';
import { PAIR_FAMILY } from '../statistics.js';
import { type ClassifierState, INPUTS, inputOf, type NetState } from './classifier.js';
import { madeStrange } from './misuses.js';

/** A window, and what the other blocks of training say is normal. */
export interface Example {
  readonly normal: Normal;
  readonly of: Of;
  readonly cell: Cell;
}

/** Halves of the pairs, each with a net of its own, so that each pair of training can be judged by a net that has not seen it. */
const HALVES = 2;
/** pairs of a half: fewer than the net has inputs determine nothing */
const FEWEST_PAIRS = INPUTS;
const HIDDEN = 24;
/** of the kernel; a constant of this module, for a loaded one is looked up anew in every step of the innermost loop */
const WIDTH = INPUTS;
/** of each kind; strange ones are of more kinds */
const [HARMLESS, STRANGE] = [8192, 16_384];
/** Steps, and windows of each kind in one: twice as many raise no more on six networks, and break the word of short trainings. */
const [STEPS, BATCH] = [2000, 64];
/** Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019), the rate falling as half a cosine. */
const [RATE, DECAY, BETA1, BETA2, EPSILON] = [3e-3, 1e-3, 0.9, 0.999, 1e-8];
const SEED = 1;
/** Steps of the descent, and inputs, between two turns of others: a few ms. */
const [STEPS_OF_A_STEP, INPUTS_OF_A_STEP] = [16, 256];
/** Digits that are kept: what a file holds is what training calibrated. */
const DIGITS = 6;

/** Windows of all pairs alike, however many one has. */
class Draw {
  private readonly entities: Example[][];

  constructor(
    examples: readonly Example[],
    private readonly random: Random,
  ) {
    const entities = new Map<string, Example[]>();
    for (const example of examples) {
      const key = `${example.cell.subject}.${example.cell.scale}`;
      const of = entities.get(key) ?? [];
      entities.set(key, of);
      of.push(example);
    }
    this.entities = [...entities.values()];
  }

  /** @param count of windows, @returns an input each */
  *inputs(count: number, change: (stats: Float64Array, of: Of) => Float64Array): Steps<Float64Array[]> {
    const { random, entities } = this;
    const inputs: Float64Array[] = [];
    for (let k = 0; k < count; k++) {
      if (k % INPUTS_OF_A_STEP === 0) yield;
      const windows = entities[random.integer(entities.length)];
      const { normal, of, cell } = windows[random.integer(windows.length)];
      const nats = normal.natsOf(of, normal.chainsOf(of), change(cell.stats, of), cell.scale);
      inputs.push(inputOf(of, nats, new Float64Array(INPUTS)));
    }
    return inputs;
  }
}

/** The half of an entity of training. */
export function halfOf({ subject }: Cell): number {
  return subject % HALVES;
}

/** @param examples windows of any family; pairs' are taken. @returns for each half the net that learned from the other; none of few pairs */
export function* fitClassifier(examples: readonly Example[]): Steps<ClassifierState> {
  const pairs = examples.filter(({ of }) => of.family === PAIR_FAMILY);
  const others = Array.from({ length: HALVES }, (_, half) => pairs.filter(({ cell }) => halfOf(cell) !== half));
  const pairsAmong = (half: readonly Example[]): number => new Set(half.map(({ cell }) => cell.subject)).size;
  if (others.some((half) => pairsAmong(half) < FEWEST_PAIRS)) return [];
  const nets: NetState[] = [];
  for (const [half, examples] of others.entries()) {
    const random = new Random(seedOf(SEED, half));
    const draw = new Draw(examples, random);
    const harmless = yield* draw.inputs(HARMLESS, (stats) => stats);
    const strange = yield* draw.inputs(STRANGE, (stats, of) => madeStrange(stats, transportOf(of.service), random));
    nets.push(yield* fitNet(harmless, strange, random));
  }
  return nets;
}

/** Parameters in one array: kernel by unit, biases, the output's kernel, its bias. */
const [BIAS, OUT, OUT_BIAS] = [HIDDEN * INPUTS, HIDDEN * (INPUTS + 1), HIDDEN * (INPUTS + 2)];
const PARAMETERS = OUT_BIAS + 1;

function* fitNet(harmless: readonly Float64Array[], strange: readonly Float64Array[], random: Random): Steps<NetState> {
  const parameters = new Float64Array(PARAMETERS);
  // He et al. 2015, for ReLU
  for (let i = 0; i < BIAS; i++) parameters[i] = random.normal() * Math.sqrt(2 / INPUTS);
  for (let i = OUT; i < OUT_BIAS; i++) parameters[i] = random.normal() * Math.sqrt(1 / HIDDEN);
  const gradient = new Float64Array(PARAMETERS);
  const [first, second] = [new Float64Array(PARAMETERS), new Float64Array(PARAMETERS)];
  for (let step = 1; step <= STEPS; step++) {
    if (step % STEPS_OF_A_STEP === 0) yield;
    gradient.fill(0);
    for (let i = 0; i < BATCH; i++) {
      descend(parameters, gradient, harmless[random.integer(harmless.length)], 0);
      descend(parameters, gradient, strange[random.integer(strange.length)], 1);
    }
    const rate = (RATE / 2) * (1 + Math.cos((Math.PI * step) / STEPS));
    const [bias1, bias2] = [1 - BETA1 ** step, 1 - BETA2 ** step];
    for (let i = 0; i < PARAMETERS; i++) {
      const g = gradient[i] / (2 * BATCH);
      first[i] = BETA1 * first[i] + (1 - BETA1) * g;
      second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
      const decay = i < BIAS || (i >= OUT && i < OUT_BIAS) ? DECAY * parameters[i] : 0;
      parameters[i] -= rate * (first[i] / bias1 / (Math.sqrt(second[i] / bias2) + EPSILON) + decay);
    }
  }
  const kept = Array.from(parameters, (value) => Number(value.toPrecision(DIGITS)));
  return {
    kernel: kept.slice(0, BIAS),
    bias: kept.slice(BIAS, OUT),
    out: kept.slice(OUT, OUT_BIAS),
    outBias: kept[OUT_BIAS],
  };
}

const hidden = new Float64Array(HIDDEN);
const lit = new Int32Array(INPUTS);

/** Adds the gradient of the logistic loss of one input. @param label 1: made strange */
function descend(parameters: Float64Array, gradient: Float64Array, input: Float64Array, label: number): void {
  let lights = 0;
  for (let i = 0; i < WIDTH; i++) if (input[i] !== 0) lit[lights++] = i;
  let logit = parameters[OUT_BIAS];
  for (let unit = 0; unit < HIDDEN; unit++) {
    let value = parameters[BIAS + unit];
    for (let l = 0; l < lights; l++) value += parameters[unit * WIDTH + lit[l]] * input[lit[l]];
    hidden[unit] = value > 0 ? value : 0;
    logit += parameters[OUT + unit] * hidden[unit];
  }
  const error = 1 / (1 + Math.exp(-logit)) - label;
  gradient[OUT_BIAS] += error;
  for (let unit = 0; unit < HIDDEN; unit++) {
    if (hidden[unit] === 0) continue;
    gradient[OUT + unit] += error * hidden[unit];
    const back = error * parameters[OUT + unit];
    gradient[BIAS + unit] += back;
    for (let l = 0; l < lights; l++) gradient[unit * WIDTH + lit[l]] += back * input[lit[l]];
  }
}
