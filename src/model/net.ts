/** Shapes and initial weights of the autoencoder. */

import type { Bypass, DenseWeights, NetSpec, NetWeights } from './autoencoder.js';
import { Random, seedOf } from './random.js';

export interface LayerShape {
  /** what the layer is, for whoever opens the model elsewhere; weights are found by their order, so bundles with other names load */
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly relu: boolean;
}

/** the two linear layers beside them, and the sum of both ways */
export const BYPASS_ENCODER = 'bypass_encoder';
export const BYPASS_DECODER = 'bypass_decoder';
export const RECONSTRUCTION = 'reconstruction';

/** [48, 16] on n inputs: n-48-16-48-n, hidden layers ReLU, output linear. No hidden sizes: no layers, the bypass alone. */
export function layerShapes(spec: NetSpec): LayerShape[] {
  if (spec.hidden.length === 0) return [];
  const sizes = [spec.inputs, ...spec.hidden, ...spec.hidden.slice(0, -1).reverse(), spec.inputs];
  const bottleneck = spec.hidden.length - 1;
  const nameOf = (i: number): string => {
    if (i < bottleneck) return `encoder_${i + 1}`;
    if (i === bottleneck) return 'bottleneck';
    return i < sizes.length - 2 ? `decoder_${i - bottleneck}` : 'decoder_output';
  };
  return sizes.slice(1).map((units, i) => ({
    name: nameOf(i),
    inputs: sizes[i],
    units,
    relu: i < sizes.length - 2,
  }));
}

/** Trained parameters; the frozen bypass is not counted. */
export function parameterCount(spec: NetSpec): number {
  return layerShapes(spec).reduce((sum, layer) => sum + (layer.inputs + 1) * layer.units, 0);
}

/** Multiply-adds of one forward pass of a row. */
export function multiplyAdds(spec: NetSpec): number {
  const dense = layerShapes(spec).reduce((sum, layer) => sum + layer.inputs * layer.units, 0);
  return dense + 2 * spec.inputs * spec.bypassRank;
}

/**
 * Glorot-uniform kernels (Glorot and Bengio 2010, eq. 16) and zero biases. Beside a bypass the last layer starts at zero, so
 * that training starts from the bypass alone.
 */
export function initialWeights(spec: NetSpec, seed: number, bypass?: Bypass): NetWeights {
  const shapes = layerShapes(spec);
  const layers = shapes.map(({ inputs, units }, index): DenseWeights => {
    const kernel = new Float32Array(inputs * units);
    if (!bypass || index < shapes.length - 1) {
      const random = new Random(seedOf(seed, index));
      const limit = Math.sqrt(6 / (inputs + units));
      for (let i = 0; i < kernel.length; i++) kernel[i] = (2 * random.uniform() - 1) * limit;
    }
    return { kernel, bias: new Float32Array(units) };
  });
  return bypass ? { layers, bypass } : { layers };
}

/** kernel, bias, kernel, bias, … in one array */
export function flatten(layers: readonly DenseWeights[]): Float32Array {
  const flat = new Float32Array(layers.reduce((sum, l) => sum + l.kernel.length + l.bias.length, 0));
  let at = 0;
  for (const { kernel, bias } of layers) {
    flat.set(kernel, at);
    flat.set(bias, at + kernel.length);
    at += kernel.length + bias.length;
  }
  return flat;
}

/** The inverse of `flatten`; copies. */
export function unflatten(spec: NetSpec, flat: Float32Array): DenseWeights[] {
  let at = 0;
  return layerShapes(spec).map(({ inputs, units }) => {
    const kernel = flat.slice(at, at + inputs * units);
    at += kernel.length;
    const bias = flat.slice(at, at + units);
    at += units;
    return { kernel, bias };
  });
}

/** The bypass as two dense layers, x·encode + encodeBias and z·decode + center: [rank] values −center·encode. */
export function bypassBias(bypass: Bypass): Float32Array {
  const inputs = bypass.center.length;
  const rank = bypass.encode.length / inputs;
  const bias = new Float32Array(rank);
  for (let r = 0; r < rank; r++) {
    let sum = 0;
    for (let j = 0; j < inputs; j++) sum -= bypass.center[j] * bypass.encode[j * rank + r];
    bias[r] = sum;
  }
  return bias;
}

/** How much of the newest weights enters the average at `step` (1-based): slow averages start fast (as TensorFlow's num_updates). */
export function averageShare(decay: number, step: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}
