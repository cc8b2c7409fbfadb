/** One net in the kernel's memory. */

import type { Worker } from 'node:worker_threads';
import type {
  Bypass,
  FitOptions,
  Net,
  NetSpec,
  NetState,
  NetWeights,
  RawRows,
  RowSlot,
  RowSource,
  Scaling,
} from '../autoencoder.js';
import { corruptionOf, shuffleSeed } from '../corruption.js';
import { bypassBias, flatten, multiplyAdds, unflatten } from '../net.js';
import { CHUNK_ROWS } from '../row-order.js';
import { TOP } from '../score.js';
import type { KernelLane } from './lane.js';
import { type Layout, layoutOf, type NetConstants, packLayers, toStrips, unpackLayers, writeTables } from './layout.js';
import {
  instantiate,
  type KernelExports,
  loadKernel,
  type SharedMemory,
  sharedMemory,
  startWorkers,
  stopWorkers,
} from './net-kernel.js';

/** below this many multiply-adds a batch, waiting for each other costs threads more than they gain */
const WORTH_THREADS = 400_000;
/** the same for scoring, which waits once a call */
const WORTH_THREADS_FORWARD = 4_000_000;

export interface SimdNetOptions {
  readonly capacity?: number | undefined;
  readonly columns?: number | undefined;
  readonly beside?: { readonly lane: KernelLane; readonly threads: number } | undefined;
}

export class SimdNet implements Net {
  readonly residualsAndLargest?: NonNullable<Net['residualsAndLargest']>;
  readonly rawResidualsAndLargest?: NonNullable<Net['rawResidualsAndLargest']>;
  readonly #at: NetConstants = loadKernel().constants;
  readonly #shares: number;
  readonly #threads: number;
  readonly #lane: KernelLane | undefined;
  readonly #layout: Layout;
  readonly #memory: SharedMemory;
  readonly #kernel: KernelExports;
  readonly #view: DataView;
  readonly #floats: Float32Array;
  readonly #ints: Int32Array;
  readonly #bypass: Bypass | undefined;
  /** of raw rows; 0: there are none */
  readonly #columns: number;
  #workers: Worker[] | undefined;
  #starting: Promise<void> | undefined;
  #step = 0;
  #power1 = 1;
  #power2 = 1;
  #averaging = false;

  /** rows a job can hold; a batch may not be larger */
  readonly capacity: number;

  /**
   * @param shares parts of each batch with a gradient of their own, and threads for them; bits depend on it
   * @param columns of the raw rows that it may be trained on, or score; 0: none
   * @param beside where it is trained beside others, and with how many threads: the bits stay the same
   */
  constructor(
    readonly spec: NetSpec,
    weights: NetWeights,
    shares: number,
    { capacity = CHUNK_ROWS, columns = 0, beside }: SimdNetOptions = {},
  ) {
    this.#shares = shares;
    this.#threads = beside?.threads ?? shares;
    this.#lane = beside?.lane;
    this.#columns = columns;
    this.capacity = capacity;
    this.#layout = layoutOf(this.#at, spec, shares, capacity, columns);
    this.#memory = sharedMemory(this.#layout.totalBytes);
    this.#kernel = instantiate(this.#memory);
    this.#view = new DataView(this.#memory.buffer);
    this.#floats = new Float32Array(this.#memory.buffer);
    this.#ints = new Int32Array(this.#memory.buffer);
    writeTables(this.#view, this.#at, spec, this.#layout);
    packLayers(weights.layers, this.#layout, this.#region(this.#layout.parameters));
    // the number of an input must fit the ten lowest bits of a value, and every place must be taken
    if (spec.inputs >= TOP && spec.inputs <= 1024) {
      this.residualsAndLargest = (rows, count, inverse, squared, loss, largest) => {
        this.#floats.set(inverse, this.#layout.inverse / 4);
        this.#score(rows, count, squared, loss, largest);
      };
      const [slot] = this.#layout.slots;
      if (slot) {
        const order = this.#ints.subarray(slot.order / 4, slot.order / 4 + capacity);
        this.rawResidualsAndLargest = (raw, first, count, scaling, inverse, squared, loss, largest) => {
          // the rows as they come: training may have left another order there
          for (let i = 0; i < Math.min(count, capacity); i++) order[i] = i;
          this.#writeScaling(scaling);
          this.#floats.set(inverse, this.#layout.inverse / 4);
          this.#score(raw.subarray(first * scaling.columns), count, squared, loss, largest, slot);
        };
      }
    }
    this.#bypass = weights.bypass;
    if (weights.bypass) this.#writeBypass(weights.bypass);
  }

  #region(at: number): Float32Array {
    return this.#floats.subarray(at / 4, at / 4 + this.#layout.parameterCount);
  }

  #writeBypass(bypass: Bypass): void {
    const { inputs, bypassRank } = this.spec;
    const { encode, encodeBias, decode, decodeBias } = this.#layout;
    toStrips(bypass.encode, inputs, bypassRank, this.#floats.subarray(encode / 4));
    toStrips(bypass.decode, bypassRank, inputs, this.#floats.subarray(decode / 4));
    this.#floats.set(bypassBias(bypass), encodeBias / 4);
    this.#floats.set(bypass.center, decodeBias / 4);
  }

  forward(rows: Float32Array, count: number, out: Float32Array): void {
    this.#score(rows, count, out);
  }

  residuals(rows: Float32Array, count: number, squared: Float32Array, loss: Float32Array): void {
    this.#score(rows, count, squared, loss);
  }

  /** @param raw where raw rows go, which `rows` are then */
  #score(
    rows: Float32Array,
    count: number,
    out: Float32Array,
    loss?: Float32Array,
    largest?: Int32Array,
    raw?: RowSlot,
  ): void {
    const { inputs } = this.spec;
    const values = raw ? this.#columns : inputs;
    const at = this.#at;
    const layout = this.#layout;
    const view = this.#view;
    view.setInt32(at.KIND, at.FORWARD, true);
    view.setInt32(at.RESIDUALS, loss ? 1 : 0, true);
    view.setUint32(at.LARGEST, largest ? layout.largest : 0, true);
    view.setUint32(at.FORWARD_PARAMETERS, this.#averaging ? layout.average : layout.parameters, true);
    this.#places();
    const place = raw?.rows ?? layout.rows;
    view.setUint32(at.ROWS, place, true);
    view.setUint32(at.ORDER, raw?.order ?? 0, true);
    for (let from = 0; from < count; from += this.capacity) {
      const part = Math.min(this.capacity, count - from);
      this.#floats.set(rows.subarray(from * values, (from + part) * values), place / 4);
      const worth = this.#workers && part * multiplyAdds(this.spec) >= WORTH_THREADS_FORWARD;
      view.setInt32(at.THREADS, worth ? this.#threads : 1, true);
      view.setInt32(at.COUNT, part, true);
      this.#kernel.dispatch();
      out.set(this.#floats.subarray(layout.out / 4, layout.out / 4 + part * inputs), from * inputs);
      loss?.set(this.#floats.subarray(layout.rowLoss / 4, layout.rowLoss / 4 + part), from);
      largest?.set(this.#ints.subarray(layout.largest / 4, layout.largest / 4 + part * TOP), from * TOP);
    }
  }

  #places(): void {
    const at = this.#at;
    this.#view.setUint32(at.ROWS, this.#layout.rows, true);
    this.#view.setUint32(at.OUT, this.#layout.out, true);
    this.#view.setUint32(at.ROW_LOSS, this.#layout.rowLoss, true);
  }

  async fitEpoch(data: RowSource, options: FitOptions, epoch: number): Promise<number> {
    if (this.spec.hidden.length === 0) return 0;
    const { batchSize } = options;
    const { inputs } = this.spec;
    if (batchSize > this.capacity) throw new RangeError(`batches of at most ${this.capacity} rows`);
    const worth = batchSize * multiplyAdds(this.spec) >= WORTH_THREADS;
    if (worth && this.#threads > 1) await this.#start();
    const threads = worth && this.#workers ? this.#threads : 1;
    // without a lane, where no threads start, all is one share
    const shares = worth && (this.#lane || threads > 1) ? this.#shares : 1;
    const corruption = corruptionOf(options, epoch);
    const perJob = Math.floor(this.capacity / batchSize) * batchSize;
    const at = this.#at;
    const view = this.#view;
    this.#floats.set(options.outputWeights, this.#layout.outputWeights / 4);
    if (options.ema > 0 && !this.#averaging) {
      this.#region(this.#layout.average).set(this.#region(this.#layout.parameters));
      this.#averaging = true;
    }
    let position = 0;
    let loss = 0;
    for await (const chunk of this.#chunks(data, shuffleSeed(options, epoch))) {
      for (let from = 0; from < chunk.count; from += perJob) {
        const count = Math.min(perJob, chunk.count - from);
        this.#places();
        if ('slot' in chunk) {
          const { rows, order } = this.#layout.slots[chunk.slot] as RowSlot;
          view.setUint32(at.ROWS, rows, true);
          view.setUint32(at.ORDER, order + 4 * from, true);
        } else {
          this.#floats.set(chunk.rows.subarray(from * inputs, (from + count) * inputs), this.#layout.rows / 4);
          view.setUint32(at.ORDER, 0, true);
        }
        view.setInt32(at.KIND, at.FIT, true);
        view.setInt32(at.THREADS, threads, true);
        view.setInt32(at.SHARES, shares, true);
        view.setInt32(at.COUNT, count, true);
        view.setInt32(at.BATCH, batchSize, true);
        view.setUint32(at.KEY, corruption.key, true);
        view.setUint32(at.MASK_BELOW, corruption.maskBelow, true);
        view.setFloat32(at.NOISE, corruption.noiseScale, true);
        view.setInt32(at.POSITION, position, true);
        view.setFloat32(at.RATE, options.learningRate, true);
        view.setFloat32(at.DECAY, options.ema, true);
        view.setInt32(at.STEP, this.#step, true);
        view.setFloat64(at.POWER_1, this.#power1, true);
        view.setFloat64(at.POWER_2, this.#power2, true);
        if (this.#lane) await this.#lane.run(this.#memory);
        else this.#kernel.dispatch();
        loss += this.#lossSum(shares);
        this.#advance(Math.ceil(count / batchSize));
        position += count;
      }
    }
    return position === 0 ? 0 : loss / (position * inputs);
  }

  /** Raw rows, in a slot, where there are some and room for them; else scaled ones. */
  #chunks(data: RowSource, seed: number): ReturnType<RowSource['chunks'] | RawRows['into']> {
    const { slots } = this.#layout;
    if (!data.raw || slots.length === 0) return data.chunks(seed);
    this.#writeScaling(data.raw.scaling);
    return data.raw.into(slots, this.#memory.buffer, seed);
  }

  #writeScaling({ columns, inputs, center, inverse }: Scaling): void {
    const at = this.#at;
    const { inputColumn, center: centers, scaleInverse } = this.#layout;
    this.#ints.set(inputs, inputColumn / 4);
    new Float64Array(this.#memory.buffer, centers).set(center);
    new Float64Array(this.#memory.buffer, scaleInverse).set(inverse);
    this.#view.setInt32(at.COLUMNS, columns, true);
    this.#view.setUint32(at.INPUT_COLUMN, inputColumn, true);
    this.#view.setUint32(at.CENTER, centers, true);
    this.#view.setUint32(at.SCALE_INVERSE, scaleInverse, true);
  }

  #lossSum(shares: number): number {
    const { areas, areaBytes, lossSums } = this.#layout;
    let sum = 0;
    for (let t = 0; t < shares; t++) {
      const sums = new Float64Array(this.#memory.buffer, areas + t * areaBytes + lossSums, this.spec.inputs);
      for (const value of sums) sum += value;
    }
    return sum;
  }

  /** The kernel multiplies the powers of β step by step; so does this, to the same bits. */
  #advance(steps: number): void {
    this.#step += steps;
    for (let i = 0; i < steps; i++) {
      this.#power1 *= 0.9;
      this.#power2 *= 0.999;
    }
  }

  #start(): Promise<void> {
    this.#starting ??= startWorkers(this.#memory, this.#threads).then((workers) => {
      this.#workers = workers;
    });
    return this.#starting;
  }

  weights(): NetWeights {
    const from = this.#averaging ? this.#layout.average : this.#layout.parameters;
    const layers = unpackLayers(this.#layout, this.#region(from));
    return this.#bypass ? { layers, bypass: this.#bypass } : { layers };
  }

  async state(): Promise<NetState> {
    const read = (at: number) => flatten(unpackLayers(this.#layout, this.#region(at)));
    const { parameters, m, v, average } = this.#layout;
    const state = { parameters: read(parameters), m: read(m), v: read(v), step: this.#step };
    return this.#averaging ? { ...state, average: read(average) } : state;
  }

  restore(state: NetState): void {
    const write = (at: number, flat: Float32Array) =>
      packLayers(unflatten(this.spec, flat), this.#layout, this.#region(at));
    write(this.#layout.parameters, state.parameters);
    write(this.#layout.m, state.m);
    write(this.#layout.v, state.v);
    this.#averaging = state.average !== undefined;
    if (state.average) write(this.#layout.average, state.average);
    this.#step = 0;
    this.#power1 = this.#power2 = 1;
    this.#advance(state.step);
  }

  dispose(): void {
    if (this.#workers) stopWorkers(this.#memory);
    this.#workers = undefined;
  }
}
