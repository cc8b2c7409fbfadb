/** A net as tfjs Layers model: `model.json` text and `weights.bin` bytes. Opens in tf.loadLayersModel and in Netron. */

import type { DenseWeights, NetSpec, NetWeights } from './autoencoder.js';
import { BYPASS_DECODER, BYPASS_ENCODER, bypassBias, layerShapes, RECONSTRUCTION } from './net.js';

interface Entry {
  readonly name: string;
  readonly units: number;
  readonly relu: boolean;
  readonly trainable: boolean;
  readonly inbound: string;
  readonly shape: readonly [number, number];
}

function entries(spec: NetSpec): Entry[] {
  const list: Entry[] = layerShapes(spec).map(({ name, inputs, units, relu }, i, all) => ({
    name,
    units,
    relu,
    trainable: true,
    inbound: all[i - 1]?.name ?? 'input',
    shape: [inputs, units],
  }));
  if (spec.bypassRank > 0) {
    const linear = { relu: false, trainable: false };
    const { inputs, bypassRank } = spec;
    list.push({ ...linear, name: BYPASS_ENCODER, units: bypassRank, inbound: 'input', shape: [inputs, bypassRank] });
    list.push({
      ...linear,
      name: BYPASS_DECODER,
      units: inputs,
      inbound: BYPASS_ENCODER,
      shape: [bypassRank, inputs],
    });
  }
  return list;
}

function denseJson({ name, units, relu, trainable, inbound }: Entry): object {
  const config = {
    units,
    activation: relu ? 'relu' : 'linear',
    use_bias: true,
    kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
    bias_initializer: { class_name: 'Zeros', config: {} },
    kernel_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    bias_constraint: null,
    name,
    trainable,
  };
  return { name, class_name: 'Dense', config, inbound_nodes: [[[inbound, 0, 0, {}]]] };
}

/** Topology and weights manifest. */
export function modelJson(spec: NetSpec, generatedBy: string): string {
  const list = entries(spec);
  const name = 'input';
  const inputConfig = { batch_input_shape: [null, spec.inputs], dtype: 'float32', sparse: false, name };
  const layers: object[] = [{ name, class_name: 'InputLayer', config: inputConfig, inbound_nodes: [] }];
  layers.push(...list.map(denseJson));
  const ends = list.filter((e) => !list.some((other) => other.inbound === e.name)).map((e) => e.name);
  let output = ends[0];
  if (ends.length > 1) {
    const inbound = [ends.map((end) => [end, 0, 0, {}])];
    output = RECONSTRUCTION;
    layers.push({ name: output, class_name: 'Add', config: { name: output, trainable: true }, inbound_nodes: inbound });
  }
  const config = { name: 'anomaly', layers, input_layers: [[name, 0, 0]], output_layers: [[output, 0, 0]] };
  const weights = list.flatMap(({ name: layer, units, shape }) => [
    { name: `${layer}/kernel`, shape, dtype: 'float32' },
    { name: `${layer}/bias`, shape: [units], dtype: 'float32' },
  ]);
  return `${JSON.stringify({
    format: 'layers-model',
    generatedBy,
    convertedBy: null,
    modelTopology: { class_name: 'Model', config, keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  })}\n`;
}

/** Little-endian float32 in the order of the manifest. */
export function weightsBytes(weights: NetWeights): Uint8Array {
  const list: DenseWeights[] = [...weights.layers];
  if (weights.bypass) {
    const { center, encode, decode } = weights.bypass;
    list.push({ kernel: encode, bias: bypassBias(weights.bypass) }, { kernel: decode, bias: center });
  }
  const values = list.flatMap(({ kernel, bias }) => [kernel, bias]);
  const bytes = new Uint8Array(values.reduce((sum, v) => sum + v.byteLength, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const array of values) {
    for (const value of array) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** The inverse; undefined when the length is another than the spec's, a value is not finite, or the bypass's bias is not its own. */
export function readWeights(spec: NetSpec, bytes: Uint8Array): NetWeights | undefined {
  const list = entries(spec);
  const count = list.reduce((sum, { shape, units }) => sum + shape[0] * shape[1] + units, 0);
  if (bytes.length !== 4 * count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flat = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  if (!flat.every(Number.isFinite)) return undefined;
  let at = 0;
  const take = (size: number) => {
    at += size;
    return flat.slice(at - size, at);
  };
  const dense = list.map(({ shape, units }) => ({ kernel: take(shape[0] * shape[1]), bias: take(units) }));
  if (spec.bypassRank === 0) return { layers: dense };
  const [encode, decode] = dense.splice(-2) as [DenseWeights, DenseWeights];
  const bypass = { center: decode.bias, encode: encode.kernel, decode: decode.kernel };
  return bypassBias(bypass).every((value, r) => value === encode.bias[r]) ? { layers: dense, bypass } : undefined;
}
