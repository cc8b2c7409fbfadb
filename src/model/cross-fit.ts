/**
 * All nets of a training run. The first is trained without the last time block, which stops it early and so tells the number
 * of epochs E; each other block gets a net that has not seen it, from the same initial weights, with E/2 epochs; the final net
 * is trained on everything with E epochs. In rows: 0.8·E + 4·0.8·E/2 + E = 3.4·E against 1.8·E of a plain fit with early stopping and
 * a refit, so cross-fitting costs about twice a plain fit.
 */

import type { Engine, EpochFacts, FitOptions, NetSpec, NetWeights } from './autoencoder.js';
import type { Fingerprint, TrainingState } from './checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { Feeder } from './feeder.js';
import { type FitHooks, type FitResult, type FitState, fitNet } from './fit.js';
import { flatten, initialWeights, unflatten } from './net.js';
import { type Moments, outputWeights, weightedPca } from './pca.js';
import type { RowRange } from './row-order.js';
import { RowView } from './row-view.js';
import type { RobustScaler } from './scaler.js';
import type { Spool } from './spool.js';
import { mergeMoments, rowsIn } from './time-blocks.js';
import type { TrainOptions, TrainProgress } from './train-options.js';

export interface CrossFit {
  /** by block: a net that has not seen it; undefined where an interruption left none */
  readonly folds: readonly (NetWeights | undefined)[];
  readonly final: NetWeights;
  readonly epochs: number;
  readonly foldEpochs: number;
  readonly curve: readonly EpochFacts[];
  readonly rowsTrained: number;
  readonly interrupted: boolean;
}

export interface CrossFitInput {
  readonly engine: Engine;
  readonly spec: NetSpec;
  readonly spool: Spool;
  readonly scaler: RobustScaler;
  readonly blocks: readonly (readonly RowRange[])[];
  /** scaled, by block */
  readonly moments: readonly Moments[];
  readonly options: TrainOptions;
  readonly fingerprint: Fingerprint;
  readonly progress: (progress: TrainProgress) => void;
}

const FINAL = -1;

export async function crossFit(input: CrossFitInput): Promise<CrossFit> {
  const { engine, spec, spool } = input;
  const feeder = engine.scales && spec.hidden.length > 0 ? await Feeder.start(spool) : undefined;
  try {
    return await allNets(input, feeder);
  } finally {
    await feeder?.close();
  }
}

async function allNets(input: CrossFitInput, feeder: Feeder | undefined): Promise<CrossFit> {
  const { spec, blocks, options } = input;
  const { signal } = options;
  const last = blocks.length - 1;
  const stages = [last, ...blocks.keys()].slice(0, blocks.length).concat(FINAL);
  const run = new Run(input, await resumed(input), feeder);
  const folds: (NetWeights | undefined)[] = blocks.map(() => undefined);
  if (spec.hidden.length === 0) {
    for (const block of blocks.keys()) folds[block] = run.start(block).weights;
    const final = run.start(FINAL).weights;
    return { folds, final, epochs: 0, foldEpochs: 0, curve: [], rowsTrained: 0, interrupted: false };
  }
  let best: NetWeights | undefined;
  let epochs = options.epochs;
  let foldEpochs = epochs;
  let final: NetWeights | undefined;
  for (const [index, held] of stages.entries()) {
    if (signal?.aborted && best) break;
    const planned = index === 0 || held === FINAL ? epochs : foldEpochs;
    const result = await run.stage(index, held, planned);
    if (index === 0) {
      epochs = Math.max(1, result.bestEpoch);
      foldEpochs = Math.max(1, Math.ceil(epochs / 2));
      best = result.weights;
    }
    const whole = result.stopped !== 'signal';
    if (held === FINAL) {
      if (whole || result.curve.length > 1) final = result.weights;
    } else if (whole || index === 0) {
      folds[held] = result.weights;
    }
  }
  const { curve, rowsTrained } = run;
  const interrupted = signal?.aborted === true;
  return { folds, final: final ?? (best as NetWeights), epochs, foldEpochs, curve, rowsTrained, interrupted };
}

async function resumed({ options, fingerprint, spec }: CrossFitInput): Promise<TrainingState | undefined> {
  if (!options.resume || !options.checkpoint) return undefined;
  return loadCheckpoint(options.checkpoint, fingerprint, spec);
}

/** The stages of one run, with what a checkpoint needs. */
class Run {
  curve: readonly EpochFacts[];
  rowsTrained = 0;
  readonly #finished: { readonly parameters: Float32Array; readonly epochs: number }[] = [];

  constructor(
    private readonly input: CrossFitInput,
    private readonly saved: TrainingState | undefined,
    private readonly feeder: Feeder | undefined,
  ) {
    this.curve = saved?.curve ?? [];
  }

  /** PCA, loss weights and initial weights without the held block; they follow from the data, so no checkpoint has them. */
  start(held: number): { weights: NetWeights; outputs: Float32Array } {
    const { spec, moments, options } = this.input;
    const seen = mergeMoments(moments, held);
    const bypass = spec.bypassRank > 0 ? weightedPca(seen, spec.bypassRank) : undefined;
    return { weights: initialWeights(spec, options.seed, bypass), outputs: outputWeights(seen) };
  }

  async stage(index: number, held: number, epochs: number): Promise<FitResult> {
    const { engine, spec, spool, blocks, options } = this.input;
    const { weights, outputs } = this.start(held);
    const done = this.saved?.finished[index];
    if (done) {
      this.#finished.push(done);
      const net = { ...weights, layers: unflatten(spec, done.parameters) };
      return { weights: net, bestEpoch: done.epochs, curve: index === 0 ? this.curve : [], stopped: 'epochs' };
    }
    const data = this.#rows(blocks.filter((_, block) => block !== held).flat());
    const validation = index === 0 ? this.#rows(blocks[held] ?? []) : undefined;
    const fit: FitOptions = { ...options, epochs, outputWeights: outputs };
    const net = engine.create(spec, weights, this.feeder && spool.width);
    try {
      const resume = this.saved?.finished.length === index ? this.saved.current : undefined;
      const result = await fitNet(net, data, validation, fit, this.#hooks(index, held, epochs, data.rows, resume));
      if (index === 0) this.curve = result.curve;
      // an interrupted fit is not finished: --resume goes on from its last checkpoint
      if (result.stopped === 'signal') return result;
      this.#finished.push({ parameters: flatten(result.weights.layers), epochs: result.bestEpoch });
      await this.#save(undefined);
      return result;
    } finally {
      net.dispose();
    }
  }

  #rows(ranges: readonly RowRange[]): RowView {
    return new RowView(this.input.spool, ranges, this.input.scaler, this.feeder);
  }

  async #save(current: FitState | undefined): Promise<void> {
    const { checkpoint } = this.input.options;
    if (!checkpoint) return;
    const state = { finished: this.#finished, curve: this.curve, current };
    await saveCheckpoint(checkpoint, this.input.fingerprint, state);
  }

  #hooks(index: number, held: number, epochs: number, rows: number, resume: FitState | undefined): FitHooks {
    const { blocks, options, progress } = this.input;
    const stage = index === 0 ? 'fit' : held === FINAL ? 'final fit' : 'cross-fit';
    const part = stage === 'cross-fit' ? index : 1;
    const parts = stage === 'cross-fit' ? blocks.length - 1 : 1;
    let loss = Number.NaN;
    let validationLoss = Number.NaN;
    const tell = (epoch: number, done: number, rowsPerSecond: number, epochEnded: boolean) => {
      const left = (epochs - epoch) * rows - done + this.#rowsAfter(index, epochs);
      const etaS = rowsPerSecond > 0 ? left / rowsPerSecond : Number.NaN;
      const epochNow = epochEnded ? epoch : epoch + 1;
      progress({ stage, part, parts, epoch: epochNow, epochs, loss, validationLoss, rowsPerSecond, etaS, epochEnded });
    };
    return {
      signal: options.signal,
      resume,
      onRows: (epoch, done, rate) => tell(epoch, done, rate, false),
      onEpoch: (facts) => {
        loss = facts.loss;
        validationLoss = index === 0 ? facts.validationLoss : Number.NaN;
        this.rowsTrained += rows;
        tell(facts.epoch, 0, facts.rowsPerSecond, true);
      },
      ...(options.checkpoint ? { checkpoint: (state: FitState) => this.#save(state) } : {}),
    };
  }

  /** Rows of the stages after this one, if it needs all its epochs. */
  #rowsAfter(index: number, epochs: number): number {
    const { blocks, spool } = this.input;
    const full = index === 0 ? epochs : epochs * 2;
    if (index === blocks.length) return 0;
    let rows = full * spool.rows;
    for (let fold = Math.max(index, 0); fold < blocks.length - 1; fold++) {
      rows += Math.ceil(full / 2) * (spool.rows - rowsIn(blocks[fold] ?? []));
    }
    return rows;
  }
}
