/** A net built and trained with the tfjs Layers API, on whichever tfjs backend is set. */

import type { FitOptions, Net, NetSpec, NetState, NetWeights, RowSource } from '../autoencoder.js';
import { corrupt, corruptionOf, shuffleSeed } from '../corruption.js';
import {
  averageShare,
  BYPASS_DECODER,
  BYPASS_ENCODER,
  bypassBias,
  flatten,
  layerShapes,
  RECONSTRUCTION,
  unflatten,
} from '../net.js';
import { layers, tf } from './backend.js';

/** rows of one prediction */
const PREDICT_ROWS = 4096;

/** Dense layers beside the frozen bypass of two linear layers, joined by an Add. */
function buildModel(spec: NetSpec): layers.LayersModel {
  const input = layers.input({ shape: [spec.inputs], name: 'input' });
  const dense = (units: number, activation: 'relu' | 'linear', name: string, trainable: boolean) =>
    layers.layers.dense({ units, activation, name, trainable });
  const branches: layers.SymbolicTensor[] = [];
  let x = input;
  for (const { name, units, relu } of layerShapes(spec)) {
    x = dense(units, relu ? 'relu' : 'linear', name, true).apply(x) as layers.SymbolicTensor;
  }
  if (x !== input) branches.push(x);
  if (spec.bypassRank > 0) {
    const code = dense(spec.bypassRank, 'linear', BYPASS_ENCODER, false).apply(input);
    branches.push(dense(spec.inputs, 'linear', BYPASS_DECODER, false).apply(code) as layers.SymbolicTensor);
  }
  const output = branches.length === 1 ? branches[0] : layers.layers.add({ name: RECONSTRUCTION }).apply(branches);
  return layers.model({ inputs: input, outputs: output as layers.SymbolicTensor });
}

function setDense(model: layers.LayersModel, name: string, kernel: Float32Array, bias: Float32Array): void {
  const inputs = kernel.length / bias.length;
  const tensors = [tf.tensor2d(kernel, [inputs, bias.length]), tf.tensor1d(bias)];
  model.getLayer(name).setWeights(tensors);
  tf.dispose(tensors);
}

interface Moment {
  readonly variable: { dataSync(): ArrayLike<number> };
}

export class TfjsNet implements Net {
  readonly #model: layers.LayersModel;
  readonly #weights: NetWeights;
  #optimizer: ReturnType<typeof tf.train.adam> | undefined;
  #outputWeights: tf.Tensor1D | undefined;
  #step = 0;
  /** the moving average; while `#showsAverage` it is in the model and the trained parameters are in `#trained` */
  #average: Float32Array | undefined;
  #trained: Float32Array | undefined;
  #restored: NetState | undefined;

  constructor(
    readonly spec: NetSpec,
    weights: NetWeights,
  ) {
    this.#weights = weights;
    this.#model = buildModel(spec);
    this.#setParameters(flatten(weights.layers));
    if (weights.bypass) {
      const { center, encode, decode } = weights.bypass;
      setDense(this.#model, BYPASS_ENCODER, encode, bypassBias(weights.bypass));
      setDense(this.#model, BYPASS_DECODER, decode, center);
    }
  }

  #setParameters(flat: Float32Array): void {
    const shapes = layerShapes(this.spec);
    for (const [i, { kernel, bias }] of unflatten(this.spec, flat).entries()) {
      setDense(this.#model, shapes[i].name, kernel, bias);
    }
  }

  #parameters(): Float32Array {
    return flatten(
      layerShapes(this.spec).map(({ name }) => {
        const [kernel, bias] = this.#model.getLayer(name).getWeights();
        return { kernel: kernel?.dataSync() as Float32Array, bias: bias?.dataSync() as Float32Array };
      }),
    );
  }

  /** Puts the moving average into the model until training goes on. */
  #showAverage(): void {
    if (!this.#average || this.#trained) return;
    this.#trained = this.#parameters();
    this.#setParameters(this.#average);
  }

  #showTrained(): void {
    if (!this.#trained) return;
    this.#setParameters(this.#trained);
    this.#trained = undefined;
  }

  forward(rows: Float32Array, count: number, out: Float32Array): void {
    this.#showAverage();
    const { inputs } = this.spec;
    for (let from = 0; from < count; from += PREDICT_ROWS) {
      const part = Math.min(PREDICT_ROWS, count - from);
      tf.tidy(() => {
        const x = tf.tensor2d(rows.subarray(from * inputs, (from + part) * inputs), [part, inputs]);
        out.set((this.#model.predictOnBatch(x) as tf.Tensor).dataSync() as Float32Array, from * inputs);
      });
    }
  }

  residuals(rows: Float32Array, count: number, squared: Float32Array, loss: Float32Array): void {
    this.forward(rows, count, squared);
    const { inputs } = this.spec;
    for (let r = 0, i = 0; r < count; r++) {
      let sum = 0;
      for (let j = 0; j < inputs; j++, i++) {
        const error = (squared[i] - rows[i]) ** 2;
        squared[i] = error;
        sum += error;
      }
      loss[r] = sum / inputs;
    }
  }

  async fitEpoch(data: RowSource, options: FitOptions, epoch: number): Promise<number> {
    if (this.spec.hidden.length === 0) return 0;
    this.#showTrained();
    await this.#compile(options);
    const { inputs } = this.spec;
    const { batchSize } = options;
    const corruption = corruptionOf(options, epoch);
    const corrupted = new Float32Array(batchSize * inputs);
    let position = 0;
    let loss = 0;
    for await (const chunk of data.chunks(shuffleSeed(options, epoch))) {
      for (let from = 0; from < chunk.count; from += batchSize) {
        const count = Math.min(batchSize, chunk.count - from);
        const clean = chunk.rows.subarray(from * inputs, (from + count) * inputs);
        corrupt(clean, count, inputs, position, corruption, corrupted);
        const x = tf.tensor2d(corrupted.subarray(0, count * inputs), [count, inputs]);
        const y = tf.tensor2d(clean, [count, inputs]);
        loss += count * ((await this.#model.trainOnBatch(x, y)) as number);
        tf.dispose([x, y]);
        position += count;
        this.#step++;
        this.#follow(options.ema);
      }
    }
    return position === 0 ? 0 : loss / position;
  }

  async #compile(options: FitOptions): Promise<void> {
    this.#outputWeights?.dispose();
    this.#outputWeights = tf.tensor1d(options.outputWeights);
    if (this.#optimizer) return;
    this.#optimizer = tf.train.adam(options.learningRate);
    const loss = (target: tf.Tensor, output: tf.Tensor) =>
      tf.mean(tf.mul(this.#outputWeights as tf.Tensor, tf.square(tf.sub(output, target))), -1);
    this.#model.compile({ optimizer: this.#optimizer, loss });
    if (this.#restored) await this.#restoreMoments(this.#restored);
    this.#restored = undefined;
  }

  #follow(decay: number): void {
    if (decay === 0) return;
    const now = this.#parameters();
    this.#average ??= flatten(this.#weights.layers);
    const share = Math.fround(averageShare(decay, this.#step));
    const average = this.#average;
    for (let i = 0; i < now.length; i++) {
      average[i] += share * (now[i] - average[i]);
    }
  }

  weights(): NetWeights {
    const layers = unflatten(this.spec, this.#average ?? this.#parameters());
    const { bypass } = this.#weights;
    return bypass ? { layers, bypass } : { layers };
  }

  async state(): Promise<NetState> {
    const parameters = this.#trained ?? this.#parameters();
    const moments = this.#optimizer as unknown as
      | { accumulatedFirstMoment: Moment[]; accumulatedSecondMoment: Moment[] }
      | undefined;
    const read = (list: readonly Moment[] | undefined): Float32Array => {
      const flat = new Float32Array(parameters.length);
      let at = 0;
      for (const { variable } of list ?? []) {
        const values = variable.dataSync();
        flat.set(values, at);
        at += values.length;
      }
      return flat;
    };
    const m = read(moments?.accumulatedFirstMoment);
    const v = read(moments?.accumulatedSecondMoment);
    const state = { parameters: parameters.slice(), m, v, step: this.#step };
    return this.#average ? { ...state, average: this.#average.slice() } : state;
  }

  restore(state: NetState): void {
    this.#trained = undefined;
    this.#setParameters(state.parameters);
    this.#average = state.average?.slice();
    this.#step = state.step;
    this.#restored = state;
    this.#optimizer = undefined;
  }

  async #restoreMoments(state: NetState): Promise<void> {
    const shapes = layerShapes(this.spec).flatMap(({ inputs, units }) => [[inputs, units], [units]]);
    const tensors = (flat: Float32Array) => {
      let at = 0;
      return shapes.map((shape) => {
        const size = shape.reduce((a, b) => a * b, 1);
        at += size;
        return { name: '', tensor: tf.tensor(flat.slice(at - size, at), shape) };
      });
    };
    const iterations = { name: 'iter', tensor: tf.scalar(state.step, 'int32') };
    await this.#optimizer?.setWeights([iterations, ...tensors(state.m), ...tensors(state.v)]);
  }

  dispose(): void {
    this.#model.dispose();
    this.#outputWeights?.dispose();
    this.#optimizer?.dispose();
  }
}
