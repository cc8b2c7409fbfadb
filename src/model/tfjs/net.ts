/**
 * A net on a tfjs backend. A step has few operations, for each of them costs more than its arithmetic: what belongs to a
 * parameter (Adam, moving average) and to an output (loss, errors) is a loop over arrays here. Tensors live for one batch, and
 * may share the memory of the array that they are made of.
 */

import type { FitOptions, Net, NetSpec, NetState, NetWeights, RowSource } from '../autoencoder.js';
import { corrupt, corruptionOf, shuffleSeed } from '../corruption.js';
import { averageShare, bypassBias, flatten, type LayerShape, layerShapes, unflatten } from '../net.js';
import { Adam } from './adam.js';
import { tf, useBackend } from './backend.js';
import type { Operations } from './operations.js';

/** rows of one prediction */
const PREDICT_ROWS = 4096;

interface Layer {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
  readonly relu: boolean;
}

function layer(inputs: number, units: number, relu: boolean, kernel: Float32Array, bias: Float32Array): Layer {
  return { kernel: tf.tensor2d(kernel, [inputs, units]), bias: tf.tensor1d(bias), relu };
}

export class TfjsNet implements Net {
  readonly #shapes: readonly LayerShape[];
  readonly #bypassLayers: readonly Layer[];
  /** kernel, bias, kernel, bias, …, as trained */
  #parameters: Float32Array;
  /** their moving average, which `forward` uses once there is one */
  #average: Float32Array | undefined;
  #adam: Adam;

  constructor(
    readonly spec: NetSpec,
    private readonly initial: NetWeights,
    private readonly operations: Operations,
  ) {
    this.#shapes = layerShapes(spec);
    this.#parameters = flatten(initial.layers);
    this.#adam = new Adam(new Float32Array(this.#parameters.length), new Float32Array(this.#parameters.length));
    useBackend(operations.backend);
    const { bypass } = initial;
    this.#bypassLayers = bypass
      ? [
          layer(spec.inputs, spec.bypassRank, false, bypass.encode, bypassBias(bypass)),
          layer(spec.bypassRank, spec.inputs, false, bypass.decode, bypass.center),
        ]
      : [];
  }

  /** Tensors over parts of `flat`. */
  #layersOf(flat: Float32Array): Layer[] {
    let at = 0;
    const take = (size: number) => {
      at += size;
      return flat.subarray(at - size, at);
    };
    return this.#shapes.map(({ inputs, units, relu }) => layer(inputs, units, relu, take(inputs * units), take(units)));
  }

  /** `x` and the outputs of each layer after it. */
  #outputs(x: tf.Tensor, layers: readonly Layer[]): tf.Tensor[] {
    const { product, addBias, relu } = this.operations;
    const outputs = [x];
    for (const layer of layers) {
      const sum = addBias(product(outputs.at(-1) as tf.Tensor, layer.kernel), layer.bias);
      outputs.push(layer.relu ? relu(sum) : sum);
    }
    return outputs;
  }

  /** The net's output, given its layers' last one. */
  #reconstruction(x: tf.Tensor, last: tf.Tensor): Float32Array {
    const linear = this.#outputs(x, this.#bypassLayers).at(-1) as tf.Tensor;
    const sum = linear === x ? last : last === x ? linear : tf.add(last, linear);
    return sum.dataSync() as Float32Array;
  }

  forward(rows: Float32Array, count: number, out: Float32Array): void {
    const { inputs } = this.spec;
    useBackend(this.operations.backend);
    tf.tidy(() => {
      const layers = this.#layersOf(this.#average ?? this.#parameters);
      for (let from = 0; from < count; from += PREDICT_ROWS) {
        const part = Math.min(PREDICT_ROWS, count - from);
        tf.tidy(() => {
          const x = tf.tensor2d(rows.subarray(from * inputs, (from + part) * inputs), [part, inputs]);
          out.set(this.#reconstruction(x, this.#outputs(x, layers).at(-1) as tf.Tensor), from * inputs);
        });
      }
    });
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
    if (this.#shapes.length === 0) return 0;
    const { inputs } = this.spec;
    const { batchSize } = options;
    const corruption = corruptionOf(options, epoch);
    const corrupted = new Float32Array(batchSize * inputs);
    const errors = new Float32Array(batchSize * inputs);
    const gradient = new Float32Array(this.#parameters.length);
    let position = 0;
    let loss = 0;
    for await (const chunk of data.chunks(shuffleSeed(options, epoch))) {
      for (let from = 0; from < chunk.count; from += batchSize) {
        const count = Math.min(batchSize, chunk.count - from);
        const clean = chunk.rows.subarray(from * inputs, (from + count) * inputs);
        corrupt(clean, count, inputs, position, corruption, corrupted);
        const part = count * inputs;
        loss += this.#gradient(
          corrupted.subarray(0, part),
          clean,
          options.outputWeights,
          errors.subarray(0, part),
          gradient,
        );
        this.#adam.apply(this.#parameters, gradient, options.learningRate);
        this.#follow(options.ema);
        position += count;
      }
    }
    return position === 0 ? 0 : loss / position;
  }

  /** Writes the gradient of the mean loss of these rows; gives the sum of their losses. `errors` is room for as many values. */
  #gradient(
    corrupted: Float32Array,
    clean: Float32Array,
    weights: Float32Array,
    errors: Float32Array,
    gradient: Float32Array,
  ): number {
    const { backend, product, reluErrors, sumOfRows } = this.operations;
    const { inputs } = this.spec;
    const count = clean.length / inputs;
    useBackend(backend);
    return tf.tidy(() => {
      const layers = this.#layersOf(this.#parameters);
      const x = tf.tensor2d(corrupted, [count, inputs]);
      const outputs = this.#outputs(x, layers);
      const reconstruction = this.#reconstruction(x, outputs.at(-1) as tf.Tensor);
      const loss = lossAndErrors(reconstruction, clean, weights, errors);
      let below: tf.Tensor = tf.tensor2d(errors, [count, inputs]);
      let end = gradient.length;
      const put = (values: tf.Tensor) => {
        end -= values.size;
        gradient.set(values.dataSync() as Float32Array, end);
      };
      for (let l = layers.length - 1; l >= 0; l--) {
        put(sumOfRows(below));
        put(product(outputs[l], below, true, false));
        if (l > 0) below = reluErrors(product(below, layers[l].kernel, false, true), outputs[l]);
      }
      return loss;
    });
  }

  #follow(decay: number): void {
    if (decay === 0) return;
    const parameters = this.#parameters;
    this.#average ??= flatten(this.initial.layers);
    const share = Math.fround(averageShare(decay, this.#adam.step));
    const average = this.#average;
    for (let i = 0; i < average.length; i++) average[i] += share * (parameters[i] - average[i]);
  }

  weights(): NetWeights {
    const layers = unflatten(this.spec, this.#average ?? this.#parameters);
    const { bypass } = this.initial;
    return bypass ? { layers, bypass } : { layers };
  }

  async state(): Promise<NetState> {
    const { m, v, step } = this.#adam;
    const state = { parameters: this.#parameters.slice(), m: m.slice(), v: v.slice(), step };
    return this.#average ? { ...state, average: this.#average.slice() } : state;
  }

  restore({ parameters, m, v, step, average }: NetState): void {
    this.#parameters = parameters.slice();
    this.#average = average?.slice();
    this.#adam = new Adam(m.slice(), v.slice(), step);
  }

  dispose(): void {
    for (const { kernel, bias } of this.#bypassLayers) tf.dispose([kernel, bias]);
  }
}

/**
 * The loss of a row is the mean of weight·(x̂ − x)² over its values; errors: the derivatives of the mean over rows. Gives the
 * sum over rows.
 */
function lossAndErrors(
  reconstruction: Float32Array,
  clean: Float32Array,
  weights: Float32Array,
  errors: Float32Array,
): number {
  const inputs = weights.length;
  const scale = 2 / clean.length;
  let sum = 0;
  for (let i = 0; i < clean.length; ) {
    for (let j = 0; j < inputs; j++, i++) {
      const difference = reconstruction[i] - clean[i];
      const weighted = weights[j] * difference;
      errors[i] = scale * weighted;
      sum += weighted * difference;
    }
  }
  return sum / inputs;
}
