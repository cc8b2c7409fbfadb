/**
 * The oracle of the engines: the same net as a user of tfjs writes it, trained by the Layers API with tf.train.adam on the pure
 * JavaScript backend. Slow and obvious.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { FitOptions, NetSpec, NetWeights } from '../../../src/model/autoencoder.js';
import { corrupt, corruptionOf } from '../../../src/model/corruption.js';
import { modelJson, weightsBytes } from '../../../src/model/layers-format.js';
import { averageShare, flatten, layerShapes } from '../../../src/model/net.js';
import { useBackend } from '../../../src/model/tfjs/backend.js';

/** The model of a bundle's model.json and weights.bin. */
export async function layersModel(json: string, bytes: Uint8Array): Promise<layers.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(json);
  const weightData = Uint8Array.from(bytes).buffer;
  return layers.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  });
}

export interface Trained {
  /** of each epoch */
  readonly losses: number[];
  /** flat, the moving average where one is kept */
  readonly weights: Float32Array;
  /** Adam's moments, flat */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** the reconstruction of the rows */
  readonly out: Float32Array;
}

export async function trainPlain(
  spec: NetSpec,
  weights: NetWeights,
  rows: Float32Array,
  options: FitOptions,
  epochs: number,
): Promise<Trained> {
  useBackend('cpu');
  const model = await layersModel(modelJson(spec, ''), weightsBytes(weights));
  const parts = () => layerShapes(spec).flatMap(({ name }) => model.getLayer(name).getWeights());
  const values = (tensors: readonly { dataSync(): ArrayLike<number> }[]) =>
    Float32Array.from(tensors.flatMap((tensor) => Array.from(tensor.dataSync())));
  const outputWeights = tf.tensor1d(options.outputWeights);
  const optimizer = tf.train.adam(options.learningRate);
  model.compile({
    optimizer,
    loss: (target, output) => tf.mean(tf.mul(outputWeights, tf.square(tf.sub(output, target))), -1),
  });
  const width = spec.inputs;
  const total = rows.length / width;
  let average = flatten(weights.layers);
  const losses: number[] = [];
  for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
    let sum = 0;
    for (let from = 0; from < total; from += options.batchSize) {
      const clean = rows.subarray(from * width, Math.min(total, from + options.batchSize) * width);
      const count = clean.length / width;
      const corrupted = new Float32Array(clean.length);
      corrupt(clean, count, width, from, corruptionOf(options, epoch), corrupted);
      const batch = [tf.tensor2d(corrupted, [count, width]), tf.tensor2d(clean.slice(), [count, width])] as const;
      sum += count * ((await model.trainOnBatch(...batch)) as number);
      tf.dispose([...batch]);
      const share = averageShare(options.ema, ++step);
      const now = values(parts());
      average = options.ema === 0 ? now : average.map((a, i) => a + share * (now[i] - a));
    }
    losses.push(sum / total);
  }
  const [, ...moments] = (await optimizer.getWeights()).map(({ tensor }) => tensor);
  const middle = moments.length / 2;
  const [m, v] = [values(moments.slice(0, middle)), values(moments.slice(middle))];
  setFlat(model, spec, average);
  const out = tf.tidy(() => (model.predictOnBatch(tf.tensor2d(rows, [total, width])) as tf.Tensor).dataSync());
  model.dispose();
  return { losses, weights: average, m, v, out: out as Float32Array };
}

function setFlat(model: layers.LayersModel, spec: NetSpec, flat: Float32Array): void {
  let at = 0;
  for (const { name, inputs, units } of layerShapes(spec)) {
    const kernel = tf.tensor2d(flat.slice(at, at + inputs * units), [inputs, units]);
    at += inputs * units;
    const bias = tf.tensor1d(flat.slice(at, at + units));
    at += units;
    model.getLayer(name).setWeights([kernel, bias]);
  }
}
