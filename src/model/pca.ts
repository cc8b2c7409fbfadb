/** The linear part of the model: a principal component analysis in weighted units, and the output weights of the loss. */

import type { Bypass } from './autoencoder.js';
import { symmetricEigen } from './eigen.js';

/** keeps almost constant columns from dominating */
const VARIANCE_FLOOR = 0.01;

/** Sums over rows from which means and covariances of any union of row sets follow. */
export class Moments {
  count = 0;
  readonly sum: Float64Array;
  /** Σ x xᵀ, upper triangle of a row-major [width x width] */
  readonly products: Float64Array;

  constructor(readonly width: number) {
    this.sum = new Float64Array(width);
    this.products = new Float64Array(width * width);
  }

  /** The first `count` of rows [.. x width], four at a time: the sums of products are what memory is busy with. */
  add(rows: Float32Array, count: number): void {
    const { width } = this;
    const fours = count & ~3;
    for (let r = 0; r < fours; r += 4) this.#four(rows, r * width);
    for (let r = fours; r < count; r++) this.#one(rows, r * width);
    this.count += count;
  }

  #four(rows: Float32Array, at: number): void {
    const { width, sum, products } = this;
    const b = at + width;
    const c = b + width;
    const d = c + width;
    for (let i = 0; i < width; i++) {
      const x0 = rows[at + i];
      const x1 = rows[b + i];
      const x2 = rows[c + i];
      const x3 = rows[d + i];
      sum[i] += x0 + x1 + x2 + x3;
      for (let j = i, p = i * width + i; j < width; j++, p++) {
        products[p] += x0 * rows[at + j] + x1 * rows[b + j] + x2 * rows[c + j] + x3 * rows[d + j];
      }
    }
  }

  #one(rows: Float32Array, at: number): void {
    const { width, sum, products } = this;
    for (let i = 0; i < width; i++) {
      const x = rows[at + i];
      sum[i] += x;
      for (let j = i, p = i * width + i; j < width; j++, p++) products[p] += x * rows[at + j];
    }
  }

  merge(other: Moments): void {
    this.count += other.count;
    for (let i = 0; i < this.sum.length; i++) this.sum[i] += other.sum[i];
    for (let i = 0; i < this.products.length; i++) this.products[i] += other.products[i];
  }

  mean(i: number): number {
    return this.sum[i] / this.count;
  }

  /** i <= j */
  covariance(i: number, j: number): number {
    return this.products[i * this.width + j] / this.count - this.mean(i) * this.mean(j);
  }
}

/**
 * x̂ = center + decode·encode·(x − center): a PCA of the columns divided by sqrt(variance + 0.01), so that each column counts
 * by its relative error. `rank` is cut to the width.
 */
export function weightedPca(moments: Moments, rank: number): Bypass {
  const { width } = moments;
  const kept = Math.min(rank, width);
  const scale = new Float64Array(width);
  for (let j = 0; j < width; j++) scale[j] = 1 / Math.sqrt(Math.max(0, moments.covariance(j, j)) + VARIANCE_FLOOR);
  const matrix = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      const value = moments.covariance(i, j) * scale[i] * scale[j];
      matrix[i * width + j] = matrix[j * width + i] = value;
    }
  }
  const { vectors } = symmetricEigen(matrix, width);
  const center = Float32Array.from({ length: width }, (_, j) => moments.mean(j));
  const encode = new Float32Array(width * kept);
  const decode = new Float32Array(kept * width);
  for (let j = 0; j < width; j++) {
    for (let r = 0; r < kept; r++) {
      encode[j * kept + r] = vectors[j * width + r] * scale[j];
      decode[r * width + j] = vectors[j * width + r] / scale[j];
    }
  }
  return { center, encode, decode };
}

/** 1/(variance + 0.01) per column, scaled to mean 1. */
export function outputWeights(moments: Moments): Float32Array {
  const weights = Float32Array.from(
    { length: moments.width },
    (_, j) => 1 / (Math.max(0, moments.covariance(j, j)) + VARIANCE_FLOOR),
  );
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
  return weights.map((w) => w / mean);
}
