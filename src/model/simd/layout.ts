/**
 * The kernel's memory: the addresses of assembly/memory.ts and where the arrays of one net lie.
 *
 *   0     synchronisation, job, net and layer tables
 *   4096  parameters | Adam m | Adam v | average     kernels in strips of 4 units [units/4][inputs][4], then biases
 *         bypass: encode, bias, decode, center | output weights
 *         thread 0: gradient | target | corrupted | code | layer outputs | layer errors | losses     [unit][64 rows]
 *         thread 1: the same ...
 *         rows [capacity x inputs] | out [capacity x inputs] | loss of each row | its largest residuals [capacity x 10]
 */

import type { DenseWeights, NetSpec } from '../autoencoder.js';
import { layerShapes } from '../net.js';
import { TOP } from '../score.js';

export const AT = {
  sequence: 0,
  ready: 196,
  kind: 256,
  threads: 260,
  count: 264,
  batch: 268,
  rows: 272,
  out: 276,
  rowLoss: 280,
  key: 284,
  maskBelow: 288,
  noise: 292,
  position: 296,
  rate: 300,
  decay: 304,
  forwardParameters: 308,
  residuals: 312,
  step: 316,
  power1: 320,
  power2: 328,
  largest: 336,
  net: 512,
  outputWeights: 560,
  inverse: 596,
  layerTable: 1024,
} as const;

/** LAYOUT_VERSION of assembly/memory.ts */
export const LAYOUT_VERSION = 3;
const DATA = 4096;
const LAYER_BYTES = 64;
/** bytes of a unit of the 64 rows in work, as in assembly/memory.ts */
const UNIT = 288;
export const MAX_LAYERS = (DATA - AT.layerTable) / LAYER_BYTES;

const align = (bytes: number): number => (bytes + 63) & ~63;
const padded = (units: number): number => (units + 3) & ~3;

export interface LayerPlace {
  readonly inputs: number;
  readonly units: number;
  readonly relu: boolean;
  /** bytes from the start of the parameters (and of a gradient) */
  readonly kernel: number;
  readonly bias: number;
  /** bytes from the start of a thread's area */
  readonly output: number;
  readonly error: number;
}

export interface Layout {
  readonly layers: readonly LayerPlace[];
  /** floats, with padding */
  readonly parameterCount: number;
  readonly parameters: number;
  readonly m: number;
  readonly v: number;
  readonly average: number;
  readonly encode: number;
  readonly encodeBias: number;
  readonly decode: number;
  readonly decodeBias: number;
  readonly outputWeights: number;
  readonly inverse: number;
  readonly areas: number;
  readonly areaBytes: number;
  readonly lossSums: number;
  readonly target: number;
  readonly corrupted: number;
  readonly code: number;
  readonly lossLanes: number;
  readonly rows: number;
  readonly out: number;
  readonly rowLoss: number;
  readonly largest: number;
  readonly capacity: number;
  readonly totalBytes: number;
}

/** `capacity`: rows held at once for a job. */
export function layoutOf(spec: NetSpec, threads: number, capacity: number): Layout {
  const shapes = layerShapes(spec);
  let floats = 0;
  const places = shapes.map(({ inputs, units }) => {
    const kernel = floats * 4;
    floats += inputs * padded(units);
    const bias = floats * 4;
    floats += padded(units);
    return { kernel, bias };
  });
  const parameterCount = (floats + 15) & ~15;

  let end = 0;
  const area = (bytes: number): number => {
    const at = end;
    end = align(end + bytes);
    return at;
  };
  const block = (units: number): number => area(padded(units) * UNIT);
  area(parameterCount * 4);
  const target = block(spec.inputs);
  const corrupted = block(spec.inputs);
  const code = block(spec.bypassRank);
  const outputs = shapes.map((shape) => block(shape.units));
  // the last layer's output becomes its own error
  const errors = shapes.map((shape, i) => (i < shapes.length - 1 ? block(shape.units) : outputs[i]));
  if (shapes.length === 0) outputs.push(block(spec.inputs));
  const lossLanes = area(padded(spec.inputs) * 16);
  const lossSums = area(padded(spec.inputs) * 8);
  const areaBytes = end;

  end = DATA;
  const parameters = area(parameterCount * 4);
  const m = area(parameterCount * 4);
  const v = area(parameterCount * 4);
  const average = area(parameterCount * 4);
  const encode = area(padded(spec.bypassRank) * spec.inputs * 4);
  const encodeBias = area(padded(spec.bypassRank) * 4);
  const decode = area(padded(spec.inputs) * spec.bypassRank * 4);
  const decodeBias = area(padded(spec.inputs) * 4);
  const outputWeights = area(padded(spec.inputs) * 4);
  const inverse = area(padded(spec.inputs) * 4);
  const areas = area(areaBytes * threads);
  const rowBytes = capacity * spec.inputs * 4 + 16;
  const rows = area(rowBytes);
  const out = area(rowBytes);
  const rowLoss = area(capacity * 4);
  const largest = area(capacity * TOP * 4);
  const layers = shapes.map((shape, i): LayerPlace => {
    const { kernel, bias } = places[i] as { kernel: number; bias: number };
    return { ...shape, kernel, bias, output: outputs[i], error: errors[i] };
  });
  if (shapes.length === 0) {
    layers.push({ inputs: 0, units: 0, relu: false, kernel: 0, bias: 0, output: outputs[0], error: 0 });
  }
  return {
    layers,
    parameterCount,
    parameters,
    m,
    v,
    average,
    encode,
    encodeBias,
    decode,
    decodeBias,
    outputWeights,
    inverse,
    areas,
    areaBytes,
    lossSums,
    target,
    corrupted,
    code,
    lossLanes,
    rows,
    out,
    rowLoss,
    largest,
    capacity,
    totalBytes: end,
  };
}

/** Fills the net's table and the layer table. */
export function writeTables(view: DataView, spec: NetSpec, layout: Layout): void {
  const layers = layerShapes(spec).length;
  const words = [
    layers,
    spec.inputs,
    layout.parameters,
    layout.parameterCount,
    layout.m,
    layout.v,
    layout.average,
    spec.bypassRank,
    layout.encode,
    layout.encodeBias,
    layout.decode,
    layout.decodeBias,
    layout.outputWeights,
    layout.areas,
    layout.areaBytes,
    layout.target,
    layout.corrupted,
    layout.code,
    layout.lossLanes,
    layout.lossSums,
    (layout.layers.at(-1) as LayerPlace).output,
  ];
  view.setUint32(AT.inverse, layout.inverse, true);
  for (const [i, word] of words.entries()) view.setUint32(AT.net + 4 * i, word, true);
  for (const [i, layer] of layout.layers.entries()) {
    const row = [layer.inputs, layer.units, layer.kernel, layer.bias, layer.relu ? 1 : 0, layer.output, layer.error];
    for (const [j, word] of row.entries()) view.setUint32(AT.layerTable + LAYER_BYTES * i + 4 * j, word, true);
  }
}

/** [inputs x units] row-major -> strips [units/4][inputs][4]; the padding stays as it is. */
export function toStrips(kernel: Float32Array, inputs: number, units: number, strips: Float32Array): void {
  for (let k = 0; k < inputs; k++) {
    for (let n = 0; n < units; n++) strips[((n >> 2) * inputs + k) * 4 + (n & 3)] = kernel[k * units + n];
  }
}

function fromStrips(strips: Float32Array, inputs: number, units: number): Float32Array {
  const kernel = new Float32Array(inputs * units);
  for (let k = 0; k < inputs; k++) {
    for (let n = 0; n < units; n++) kernel[k * units + n] = strips[((n >> 2) * inputs + k) * 4 + (n & 3)];
  }
  return kernel;
}

/** Layers -> the parameter region `memory`, which is [parameterCount]. */
export function packLayers(layers: readonly DenseWeights[], layout: Layout, memory: Float32Array): void {
  for (const [i, { kernel, bias }] of layers.entries()) {
    const place = layout.layers[i];
    toStrips(kernel, place.inputs, place.units, memory.subarray(place.kernel / 4));
    memory.set(bias, place.bias / 4);
  }
}

export function unpackLayers(layout: Layout, memory: Float32Array): DenseWeights[] {
  return layout.layers
    .filter((place) => place.units > 0)
    .map((place) => ({
      kernel: fromStrips(memory.subarray(place.kernel / 4), place.inputs, place.units),
      bias: memory.slice(place.bias / 4, place.bias / 4 + place.units),
    }));
}
