/**
 * The kernel's memory: where the arrays of one net lie. What comes before them, and how the rows in work are held, the
 * kernel says (assembly/net/net-memory.ts).
 *
 *   0     synchronisation, job, net and layer tables
 *   DATA  parameters | Adam m | Adam v | average     kernels in strips of 4 units [units/4][inputs][4], then biases
 *         bypass: encode, bias, decode, center | output weights
 *         share 0: gradient | target | corrupted | code | layer outputs | layer errors | losses     [unit][rows in work]
 *         share 1: the same ...; a thread that has several works in the arrays of its first
 *         rows [capacity x inputs] | out [capacity x inputs] | loss of each row | its largest residuals [capacity x 10]
 *         where raw rows are to be trained on: column | center | 1/scale of each input
 *         slots of raw rows, each [capacity x columns] | order of its rows [capacity]
 */

import type { DenseWeights, NetSpec, RowSlot } from '../autoencoder.js';
import { layerShapes } from '../net.js';
import { TOP } from '../score.js';

const NET_WORDS = [
  'LAYERS',
  'INPUTS',
  'PARAMETERS',
  'PARAMETER_COUNT',
  'MOMENT_1',
  'MOMENT_2',
  'AVERAGE',
  'RANK',
  'ENCODE',
  'ENCODE_BIAS',
  'DECODE',
  'DECODE_BIAS',
  'OUTPUT_WEIGHTS',
  'INVERSE',
  'AREAS',
  'AREA_BYTES',
  'TARGET',
  'CORRUPTED',
  'CODE',
  'LOSS_LANES',
  'LOSS_SUMS',
  'RECONSTRUCTION',
] as const;
const LAYER_WORDS = ['L_INPUTS', 'L_UNITS', 'L_KERNEL', 'L_BIAS', 'L_RELU', 'L_OUTPUT', 'L_ERROR'] as const;

/** Constants of the kernel that TypeScript needs. */
export const NET_CONSTANTS = [
  'UNIT',
  'FIT',
  'FORWARD',
  'SEQUENCE',
  'READY',
  'KIND',
  'THREADS',
  'COUNT',
  'BATCH',
  'ROWS',
  'OUT',
  'ROW_LOSS',
  'KEY',
  'MASK_BELOW',
  'NOISE',
  'POSITION',
  'RATE',
  'DECAY',
  'FORWARD_PARAMETERS',
  'RESIDUALS',
  'STEP',
  'POWER_1',
  'POWER_2',
  'LARGEST',
  'ORDER',
  'COLUMNS',
  'INPUT_COLUMN',
  'CENTER',
  'SCALE_INVERSE',
  'SHARES',
  ...NET_WORDS,
  'LAYER_TABLE',
  'LAYER_BYTES',
  'MOST_LAYERS',
  ...LAYER_WORDS,
  'DATA',
] as const;

export type NetConstants = Readonly<Record<(typeof NET_CONSTANTS)[number], number>>;

const align = (bytes: number): number => (bytes + 63) & ~63;
const padded = (units: number): number => (units + 3) & ~3;

export interface LayerPlace {
  readonly inputs: number;
  readonly units: number;
  readonly relu: boolean;
  /** bytes from the start of the parameters (and of a gradient) */
  readonly kernel: number;
  readonly bias: number;
  /** bytes from the start of a share's area */
  readonly output: number;
  readonly error: number;
}

/** chunks of raw rows in memory: one in work, and as many ahead as hide how unevenly they come */
const SLOTS = 3;

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
  readonly inputColumn: number;
  readonly center: number;
  readonly scaleInverse: number;
  readonly slots: readonly RowSlot[];
  readonly capacity: number;
  readonly totalBytes: number;
}

/** `capacity`: rows held at once for a job; `columns`: of raw rows, 0 where none will come. */
export function layoutOf(at: NetConstants, spec: NetSpec, shares: number, capacity: number, columns: number): Layout {
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
    const start = end;
    end = align(end + bytes);
    return start;
  };
  const tile = (units: number): number => area(padded(units) * at.UNIT);
  area(parameterCount * 4);
  const target = tile(spec.inputs);
  const corrupted = tile(spec.inputs);
  const code = tile(spec.bypassRank);
  const outputs = shapes.map((shape) => tile(shape.units));
  // the last layer's output becomes its own error
  const errors = shapes.map((shape, i) => (i < shapes.length - 1 ? tile(shape.units) : outputs[i]));
  if (shapes.length === 0) outputs.push(tile(spec.inputs));
  const lossLanes = area(padded(spec.inputs) * 16);
  const lossSums = area(padded(spec.inputs) * 8);
  const areaBytes = end;

  end = at.DATA;
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
  const areas = area(areaBytes * shares);
  const rowBytes = capacity * spec.inputs * 4 + 16;
  const rows = area(rowBytes);
  const out = area(rowBytes);
  const rowLoss = area(capacity * 4);
  const largest = area(capacity * TOP * 4);
  const ofRaw = columns === 0 ? 0 : spec.inputs;
  const inputColumn = area(ofRaw * 4);
  const center = area(ofRaw * 8);
  const scaleInverse = area(ofRaw * 8);
  const slots = Array.from({ length: columns === 0 ? 0 : SLOTS }, () => {
    return { rows: area(capacity * columns * 4), order: area(capacity * 4) };
  });
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
    inputColumn,
    center,
    scaleInverse,
    slots,
    capacity,
    totalBytes: end,
  };
}

/** Fills the net's table and the layer table. */
export function writeTables(view: DataView, at: NetConstants, spec: NetSpec, layout: Layout): void {
  const net: Record<(typeof NET_WORDS)[number], number> = {
    LAYERS: layerShapes(spec).length,
    INPUTS: spec.inputs,
    PARAMETERS: layout.parameters,
    PARAMETER_COUNT: layout.parameterCount,
    MOMENT_1: layout.m,
    MOMENT_2: layout.v,
    AVERAGE: layout.average,
    RANK: spec.bypassRank,
    ENCODE: layout.encode,
    ENCODE_BIAS: layout.encodeBias,
    DECODE: layout.decode,
    DECODE_BIAS: layout.decodeBias,
    OUTPUT_WEIGHTS: layout.outputWeights,
    INVERSE: layout.inverse,
    AREAS: layout.areas,
    AREA_BYTES: layout.areaBytes,
    TARGET: layout.target,
    CORRUPTED: layout.corrupted,
    CODE: layout.code,
    LOSS_LANES: layout.lossLanes,
    LOSS_SUMS: layout.lossSums,
    RECONSTRUCTION: (layout.layers.at(-1) as LayerPlace).output,
  };
  for (const word of NET_WORDS) view.setUint32(at[word], net[word], true);
  for (const [i, place] of layout.layers.entries()) {
    const layer: Record<(typeof LAYER_WORDS)[number], number> = {
      L_INPUTS: place.inputs,
      L_UNITS: place.units,
      L_KERNEL: place.kernel,
      L_BIAS: place.bias,
      L_RELU: place.relu ? 1 : 0,
      L_OUTPUT: place.output,
      L_ERROR: place.error,
    };
    const entry = at.LAYER_TABLE + at.LAYER_BYTES * i;
    for (const word of LAYER_WORDS) view.setUint32(entry + at[word], layer[word], true);
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
