/** Epochs of one net: early stopping, best weights kept, progress, interruption. */

import { AnomalyError } from '../base/errors.js';
import type { EpochFacts, FitOptions, Net, NetState, NetWeights, RawRows, RowSource } from './autoencoder.js';

/** a validation loss must fall by this share to count as better for early stopping; the best weights are kept regardless */
const BETTER = 0.002;
const VALIDATION_ROWS = 1024;

/** Where a fit stands between two epochs. */
export interface FitState {
  readonly epoch: number;
  readonly net: NetState;
  readonly best: NetWeights['layers'];
  readonly bestLoss: number;
  readonly bestEpoch: number;
  readonly markLoss: number;
  readonly waited: number;
  readonly curve: readonly EpochFacts[];
}

export interface FitHooks {
  /** during an epoch: rows done so far and rows/s; `loss` NaN before the first epoch ended */
  readonly onRows?: (epoch: number, rows: number, rowsPerSecond: number) => void;
  readonly onEpoch?: (facts: EpochFacts) => void;
  /** awaited after each epoch */
  readonly checkpoint?: (state: FitState) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly resume?: FitState | undefined;
}

export interface FitResult {
  readonly weights: NetWeights;
  /** epochs until the best weights */
  readonly bestEpoch: number;
  readonly curve: readonly EpochFacts[];
  readonly stopped: 'epochs' | 'patience' | 'signal';
}

/**
 * Trains until `options.epochs`, or until the validation loss has not fallen for `options.patience` epochs. Without validation
 * data the last weights are the result. Throws BAD_DATA when the loss is no number.
 */
export async function fitNet(
  net: Net,
  data: RowSource,
  validation: RowSource | undefined,
  options: FitOptions,
  hooks: FitHooks = {},
): Promise<FitResult> {
  const { signal, resume } = hooks;
  let { bestLoss, bestEpoch, markLoss, waited } = resume ?? {
    bestLoss: Number.POSITIVE_INFINITY,
    bestEpoch: 0,
    markLoss: Number.POSITIVE_INFINITY,
    waited: 0,
  };
  let best = resume?.best ?? net.weights().layers;
  const curve: EpochFacts[] = [...(resume?.curve ?? [])];
  if (resume) net.restore(resume.net);
  const done = (stopped: FitResult['stopped']): FitResult => ({
    weights: { ...net.weights(), layers: best },
    bestEpoch,
    curve,
    stopped,
  });
  for (let epoch = resume?.epoch ?? 0; epoch < options.epochs; epoch++) {
    if (signal?.aborted) return done('signal');
    const watched = new WatchedSource(data, signal, (rows, rate) => hooks.onRows?.(epoch, rows, rate));
    const loss = await net.fitEpoch(watched, options, epoch);
    const validationLoss = validation ? await weightedLoss(net, validation, options.outputWeights) : loss;
    if (!Number.isFinite(loss) || !Number.isFinite(validationLoss)) {
      throw new AnomalyError(
        'BAD_DATA',
        `training diverged: the loss of epoch ${epoch + 1} is no number; try a smaller --learning-rate than ${options.learningRate}`,
      );
    }
    const facts: EpochFacts = { epoch: epoch + 1, loss, validationLoss, rowsPerSecond: watched.rowsPerSecond };
    curve.push(facts);
    hooks.onEpoch?.(facts);
    if (!validation || validationLoss < bestLoss) {
      best = net.weights().layers;
      bestLoss = validationLoss;
      bestEpoch = epoch + 1;
    }
    if (validationLoss < markLoss * (1 - BETTER)) {
      markLoss = validationLoss;
      waited = 0;
    } else {
      waited++;
    }
    if (signal?.aborted) return done('signal');
    if (validation && options.patience > 0 && waited >= options.patience) return done('patience');
    if (hooks.checkpoint) {
      const state = { epoch: epoch + 1, net: await net.state(), best, bestLoss, bestEpoch, markLoss, waited, curve };
      await hooks.checkpoint(state);
    }
  }
  return done('epochs');
}

/** Mean of weight·(x − x̂)² over all values. */
async function weightedLoss(net: Net, data: RowSource, weights: Float32Array): Promise<number> {
  const { width } = data;
  const squared = new Float32Array(VALIDATION_ROWS * width);
  const loss = new Float32Array(VALIDATION_ROWS);
  let sum = 0;
  let rows = 0;
  for await (const chunk of data.chunks()) {
    for (let from = 0; from < chunk.count; from += VALIDATION_ROWS) {
      const count = Math.min(VALIDATION_ROWS, chunk.count - from);
      net.residuals(chunk.rows.subarray(from * width, (from + count) * width), count, squared, loss);
      for (let r = 0, i = 0; r < count; r++) {
        for (let j = 0; j < width; j++, i++) sum += weights[j] * squared[i];
      }
      rows += count;
    }
  }
  return rows === 0 ? 0 : sum / (rows * width);
}

/** Counts rows and time, and ends early once the signal is given, so that every engine can be interrupted in the same way. */
class WatchedSource implements RowSource {
  readonly rows: number;
  readonly width: number;
  rowsPerSecond = 0;

  constructor(
    private readonly source: RowSource,
    private readonly signal: AbortSignal | undefined,
    private readonly onRows: (rows: number, rowsPerSecond: number) => void,
  ) {
    this.rows = source.rows;
    this.width = source.width;
  }

  chunks(seed?: number): AsyncGenerator<{ readonly rows: Float32Array; readonly count: number }> {
    return this.#watched(this.source.chunks(seed));
  }

  get raw(): RawRows | undefined {
    const { raw } = this.source;
    return raw && { ...raw, into: (...place) => this.#watched(raw.into(...place)) };
  }

  async *#watched<Chunk extends { readonly count: number }>(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
    const start = performance.now();
    let rows = 0;
    for await (const chunk of chunks) {
      if (this.signal?.aborted) return;
      yield chunk;
      rows += chunk.count;
      this.rowsPerSecond = rows / Math.max(1e-6, (performance.now() - start) / 1000);
      this.onRows(rows, this.rowsPerSecond);
    }
  }
}
