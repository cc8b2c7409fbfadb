/**
 * The jobs: FIT trains on rows, batch by batch; FORWARD reconstructs rows. Every thread runs the same job on its
 * own shares of each batch; each share has a gradient of its own, and the gradients are added in the order of the shares. So the
 * bits depend on the number of shares, and not on how many threads there are for them.
 */

import { int, pointer } from '../address';
import { adam } from './adam';
import { backErrors, backParameters } from './backward';
import { dense, strips } from './dense';
import { largest } from './largest';
import { collectLoss, outputErrors, squaredErrors } from './loss';
import * as at from './net-memory';
import { FIT, FORWARD, GROUP_BYTES, TILE } from './net-memory';
import { advance, awaitChange, barrier } from './sync';
import { corrupt, gather, gatherScaled, scatter } from './tiles';

export * from './net-memory';

// @inline
function areaOf(share: i32): usize {
  return pointer(at.AREAS) + <usize>share * pointer(at.AREA_BYTES);
}

// @inline
function layer(index: i32): usize {
  return at.LAYER_TABLE + <usize>index * at.LAYER_BYTES;
}

/** Tile of inputs at `x` -> reconstruction; returns its address. */
function reconstruct(area: usize, x: usize, groups: i32, parameters: usize): usize {
  const inputs = int(at.INPUTS);
  const layers = int(at.LAYERS);
  const rank = int(at.RANK);
  const out = area + (layers > 0 ? pointer(layer(layers - 1) + at.L_OUTPUT) : pointer(at.RECONSTRUCTION));
  if (rank > 0) {
    const code = area + pointer(at.CODE);
    dense(x, code, pointer(at.ENCODE), pointer(at.ENCODE_BIAS), inputs, strips(rank), groups, false, false);
    dense(code, out, pointer(at.DECODE), pointer(at.DECODE_BIAS), rank, strips(inputs), groups, false, false);
  }
  let from = x;
  for (let i = 0; i < layers; i++) {
    const l = layer(i);
    const n = int(l + at.L_UNITS);
    const to = area + pointer(l + at.L_OUTPUT);
    dense(
      from,
      to,
      parameters + pointer(l + at.L_KERNEL),
      parameters + pointer(l + at.L_BIAS),
      int(l + at.L_INPUTS),
      strips(n),
      groups,
      int(l + at.L_RELU) !== 0,
      i === layers - 1 && rank > 0,
    );
    from = to;
  }
  return out;
}

/** A group of the tile from the job's rows from number `first` on, of which `count` are left. */
// @inline
function take(first: i32, count: i32, inputs: i32, group: usize): void {
  const rows = pointer(at.ROWS);
  const order = pointer(at.ORDER);
  if (order === 0) {
    gather(rows + <usize>(first * inputs) * 4, inputs, count, group);
    return;
  }
  gatherScaled(
    rows,
    order + <usize>first * 4,
    int(at.COLUMNS),
    count,
    inputs,
    pointer(at.INPUT_COLUMN),
    pointer(at.CENTER),
    pointer(at.SCALE_INVERSE),
    group,
  );
}

/** Gradients of `count` of the job's rows from number `first` on (at most TILE) are added to `gradient`; the rest is work in `area`. */
function learn(area: usize, gradient: usize, first: i32, count: i32, scale: f32): void {
  const inputs = int(at.INPUTS);
  const layers = int(at.LAYERS);
  const groups = (count + 7) >> 3;
  const position = int(at.POSITION) + first;
  const target = area + pointer(at.TARGET);
  const maskBelow = int(at.MASK_BELOW);
  const noise = load<f32>(at.NOISE);
  const clean = maskBelow === 0 && noise === 0;
  const x = clean ? target : area + pointer(at.CORRUPTED);
  for (let g = 0; g < groups; g++) {
    const offset = <usize>g * GROUP_BYTES;
    take(first + g * 8, count - g * 8, inputs, target + offset);
    if (!clean) corrupt(target + offset, inputs, position + g * 8, int(at.KEY), maskBelow, noise, x + offset);
  }
  const parameters = pointer(at.PARAMETERS);
  const out = reconstruct(area, x, groups, parameters);
  for (let g = 0; g < groups; g++) {
    const offset = <usize>g * GROUP_BYTES;
    outputErrors(
      out + offset,
      target + offset,
      pointer(at.OUTPUT_WEIGHTS),
      inputs,
      count - g * 8,
      scale,
      area + pointer(at.LOSS_LANES),
    );
  }
  let errors = out;
  for (let i = layers - 1; i >= 0; i--) {
    const l = layer(i);
    const k = int(l + at.L_INPUTS);
    const n = strips(int(l + at.L_UNITS));
    const kernel = pointer(l + at.L_KERNEL);
    const below = i > 0 ? area + pointer(layer(i - 1) + at.L_OUTPUT) : x;
    backParameters(below, errors, gradient + kernel, gradient + pointer(l + at.L_BIAS), k, n, groups);
    if (i > 0) {
      const next = area + pointer(layer(i - 1) + at.L_ERROR);
      backErrors(errors, next, below, parameters + kernel, k, n, groups);
      errors = next;
    }
  }
}

function train(thread: i32): void {
  const threads = int(at.THREADS);
  const shares = int(at.SHARES);
  const count = int(at.COUNT);
  const batch = int(at.BATCH);
  const inputs = int(at.INPUTS);
  const area = areaOf(thread);
  const parameterCount = int(at.PARAMETER_COUNT);
  const slice = ((parameterCount / 4 + threads - 1) / threads) * 4;
  const sliceFrom = min(parameterCount, thread * slice);
  const sliceTo = min(parameterCount, sliceFrom + slice);
  const decay = <f64>load<f32>(at.DECAY);
  const lossLanes = area + pointer(at.LOSS_LANES);
  const lossSums = pointer(at.LOSS_SUMS);
  let step = int(at.STEP);
  let power1 = load<f64>(at.POWER_1);
  let power2 = load<f64>(at.POWER_2);
  for (let s = thread; s < shares; s += threads) memory.fill(areaOf(s) + lossSums, 0, <usize>inputs * 8);
  for (let start = 0; start < count; start += batch) {
    const size = min(batch, count - start);
    const share = ((((size + 7) >> 3) + shares - 1) / shares) * 8;
    const scale = <f32>(2.0 / (<f64>size * <f64>inputs));
    for (let s = thread; s < shares; s += threads) {
      const from = min(size, s * share);
      const to = min(size, from + share);
      const gradient = areaOf(s);
      memory.fill(gradient, 0, <usize>parameterCount * 4);
      for (let r = from; r < to; r += TILE) {
        learn(area, gradient, start + r, min(TILE, to - r), scale);
      }
      collectLoss(lossLanes, gradient + lossSums, inputs);
    }
    step++;
    power1 *= 0.9;
    power2 *= 0.999;
    const average = decay > 0 ? 1.0 - min(decay, (1.0 + <f64>step) / (10.0 + <f64>step)) : 0.0;
    barrier(threads);
    adam(
      pointer(at.PARAMETERS),
      pointer(at.MOMENT_1),
      pointer(at.MOMENT_2),
      pointer(at.AVERAGE),
      pointer(at.AREAS),
      pointer(at.AREA_BYTES),
      shares,
      sliceFrom,
      sliceTo,
      load<f32>(at.RATE),
      <f32>(1.0 / (1.0 - power1)),
      <f32>(1.0 / (1.0 - power2)),
      <f32>average,
    );
    barrier(threads);
  }
}

function forward(thread: i32): void {
  const threads = int(at.THREADS);
  const count = int(at.COUNT);
  const inputs = int(at.INPUTS);
  const area = areaOf(thread);
  const target = area + pointer(at.TARGET);
  const share = ((((count + 7) >> 3) + threads - 1) / threads) * 8;
  const end = min(count, (thread + 1) * share);
  for (let first = thread * share; first < end; first += TILE) {
    const rows = min(TILE, end - first);
    const groups = (rows + 7) >> 3;
    for (let g = 0; g < groups; g++) {
      const row = first + g * 8;
      take(row, rows - g * 8, inputs, target + <usize>g * GROUP_BYTES);
    }
    const out = reconstruct(area, target, groups, pointer(at.FORWARD_PARAMETERS));
    for (let g = 0; g < groups; g++) {
      const offset = <usize>g * GROUP_BYTES;
      const row = first + g * 8;
      const left = min(8, rows - g * 8);
      if (int(at.RESIDUALS) !== 0) {
        squaredErrors(out + offset, target + offset, inputs, left, pointer(at.ROW_LOSS) + <usize>row * 4);
        const ranks = pointer(at.LARGEST);
        if (ranks !== 0) {
          const to = ranks + <usize>(row * at.TOP) * 4;
          largest(out + offset, pointer(at.INVERSE), inputs, left, to);
          if (left > 4) largest(out + offset + 16, pointer(at.INVERSE), inputs, left - 4, to + 16 * at.TOP);
        }
      }
      scatter(out + offset, inputs, left, pointer(at.OUT) + <usize>(row * inputs) * 4);
    }
  }
}

function run(thread: i32): void {
  if (int(at.KIND) === FIT) train(thread);
  else if (int(at.KIND) === FORWARD) forward(thread);
}

/** Carries out the job in memory, with the workers when THREADS says so. Returns when all of it is done. */
export function dispatch(): void {
  const threads = int(at.THREADS);
  if (threads > 1) advance(at.SEQUENCE);
  run(0);
  barrier(threads);
}

/** A worker's life: jobs until one of another kind comes. */
export function work(thread: i32): void {
  let seen = 0;
  advance(at.READY);
  for (;;) {
    awaitChange(at.SEQUENCE, seen, 0);
    seen = atomic.load<i32>(at.SEQUENCE);
    if (int(at.KIND) !== FIT && int(at.KIND) !== FORWARD) return;
    run(thread);
    barrier(int(at.THREADS));
  }
}

/** A bare matrix product of the same kind, y = x·W + b: the roof that the benchmarks compare with. */
export function product(x: usize, y: usize, kernel: usize, bias: usize, inputs: i32, units: i32, groups: i32): void {
  dense(x, y, kernel, bias, inputs, strips(units), groups, false, false);
}
