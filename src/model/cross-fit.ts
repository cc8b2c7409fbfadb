/**
 * All nets of a training run. The first is trained without the last time block, which stops it early and so tells the number
 * of epochs E; each other block gets a net that has not seen it, from the same initial weights, with E/2 epochs; the final net
 * is trained on everything with E epochs. Where the engine has lanes all but the first are trained side by side. In rows: 0.8·E + 4·0.8·E/2 + E = 3.4·E against 1.8·E of a plain fit with early stopping and
 * a refit, so cross-fitting costs about twice a plain fit.
 */

import type { Engine, EpochFacts, FitOptions, Lane, NetSpec, NetWeights } from './autoencoder.js';
import type { Fingerprint, FinishedFit, TrainingState } from './checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { Feeder } from './feeder.js';
import { type FitHooks, type FitResult, type FitState, fitNet } from './fit.js';
import { FitProgress } from './fit-progress.js';
import { flatten, initialWeights, unflatten } from './net.js';
import { type Moments, outputWeights, weightedPca } from './pca.js';
import type { RowRange } from './row-order.js';
import { RowView } from './row-view.js';
import type { RobustScaler } from './scaler.js';
import type { Spool } from './spool.js';
import { mergeMoments } from './time-blocks.js';
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

/** Where nets are trained one after the other, and what brings their rows. */
interface Place {
  readonly lane: Lane | undefined;
  readonly feeder: Feeder | undefined;
}

export async function crossFit(input: CrossFitInput): Promise<CrossFit> {
  const { engine, spec, spool } = input;
  const feeds = engine.scales === true && spec.hidden.length > 0;
  const first: Place = { lane: undefined, feeder: feeds ? await Feeder.start(spool) : undefined };
  const places: Place[] = [];
  try {
    return await allNets(input, first, async () => {
      for (let i = 0; i < (engine.lanes ?? 1) && engine.lanes !== 1; i++) {
        const lane = await engine.startLane?.();
        if (!lane) break;
        places.push({ lane, feeder: i === 0 || !feeds ? first.feeder : await Feeder.start(spool) });
      }
      return places.length > 1 ? places : [first];
    });
  } finally {
    for (const { lane, feeder } of [first, ...places]) await Promise.all([lane?.close(), feeder?.close()]);
  }
}

async function allNets(input: CrossFitInput, first: Place, sideBySide: () => Promise<Place[]>): Promise<CrossFit> {
  const { spec, blocks, options } = input;
  const { signal } = options;
  const last = blocks.length - 1;
  const stages = [last, ...blocks.keys()].slice(0, blocks.length).concat(FINAL);
  const run = new Run(input, await resumed(input), stages);
  const folds: (NetWeights | undefined)[] = blocks.map(() => undefined);
  if (spec.hidden.length === 0) {
    for (const block of blocks.keys()) folds[block] = run.start(block).weights;
    const final = run.start(FINAL).weights;
    return { folds, final, epochs: 0, foldEpochs: 0, curve: [], rowsTrained: 0, interrupted: false };
  }
  const { weights: best, bestEpoch } = await run.stage(0, options.epochs, first);
  folds[last] = best;
  const epochs = Math.max(1, bestEpoch);
  const foldEpochs = Math.max(1, Math.ceil(epochs / 2));
  run.know(epochs, foldEpochs);
  let final: NetWeights | undefined;
  const train = async (index: number, place: Place): Promise<void> => {
    const held = stages[index];
    const result = await run.stage(index, held === FINAL ? epochs : foldEpochs, place);
    const whole = result.stopped !== 'signal';
    if (held !== FINAL) {
      if (whole) folds[held] = result.weights;
    } else if (whole || result.curve.length > 1) final = result.weights;
  };
  if (!signal?.aborted) {
    const places = await sideBySide();
    const rest = [...stages.keys()].slice(1);
    // side by side the longest comes first, so that all are done at about the same time
    if (places.length > 1) rest.unshift(...rest.splice(-1));
    await run.all(places.map((place) => () => inTurn(rest, (index) => train(index, place), run)));
  }
  const { curve, rowsTrained } = run;
  const interrupted = signal?.aborted === true;
  return { folds, final: final ?? best, epochs, foldEpochs, curve, rowsTrained, interrupted };
}

/** Takes the next stage, until there is none or the run is to end. */
async function inTurn(rest: number[], train: (index: number) => Promise<void>, run: Run): Promise<void> {
  for (let index = rest.shift(); index !== undefined && !run.signal.aborted; index = rest.shift()) await train(index);
}

async function resumed({ options, fingerprint, spec }: CrossFitInput): Promise<TrainingState | undefined> {
  if (!options.resume || !options.checkpoint) return undefined;
  return loadCheckpoint(options.checkpoint, fingerprint, spec);
}

/** The stages of one run, with what a checkpoint needs. */
class Run {
  curve: readonly EpochFacts[];
  readonly #finished = new Map<number, FinishedFit>();
  readonly #current = new Map<number, FitState>();
  readonly #progress: FitProgress;
  /** ends all stages: the user's signal, or the failure of one of them */
  readonly #end = new AbortController();
  #saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly input: CrossFitInput,
    private readonly saved: TrainingState | undefined,
    private readonly stages: readonly number[],
  ) {
    this.curve = saved?.curve ?? [];
    const { blocks, options, progress, spool } = input;
    this.#progress = new FitProgress(blocks, stages, spool.rows, options.epochs, progress);
    const { signal } = options;
    if (signal?.aborted) this.#end.abort();
    signal?.addEventListener('abort', () => this.#end.abort(), { once: true, signal: this.#end.signal });
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get rowsTrained(): number {
    return this.#progress.rowsTrained;
  }

  know(epochs: number, foldEpochs: number): void {
    this.#progress.know(epochs, foldEpochs);
  }

  /** All of them at once; where one fails the others are ended first. */
  async all(works: readonly (() => Promise<void>)[]): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const watched = works.map((work) =>
      work().catch((error: unknown) => {
        failure ??= { error };
        this.#end.abort();
      }),
    );
    await Promise.all(watched);
    if (failure) throw failure.error;
  }

  /** PCA, loss weights and initial weights without the held block; they follow from the data, so no checkpoint has them. */
  start(held: number): { weights: NetWeights; outputs: Float32Array } {
    const { spec, moments, options } = this.input;
    const seen = mergeMoments(moments, held);
    const bypass = spec.bypassRank > 0 ? weightedPca(seen, spec.bypassRank) : undefined;
    return { weights: initialWeights(spec, options.seed, bypass), outputs: outputWeights(seen) };
  }

  async stage(index: number, epochs: number, { lane, feeder }: Place): Promise<FitResult> {
    const { engine, spec, spool, blocks, options } = this.input;
    const held = this.stages[index];
    const { weights, outputs } = this.start(held);
    const done = this.saved?.finished.get(index);
    if (done) {
      this.#finished.set(index, done);
      this.#progress.finished(index);
      const net = { ...weights, layers: unflatten(spec, done.parameters) };
      return { weights: net, bestEpoch: done.epochs, curve: index === 0 ? this.curve : [], stopped: 'epochs' };
    }
    const rowsOf = (ranges: readonly RowRange[]): RowView => new RowView(spool, ranges, this.input.scaler, feeder);
    const data = rowsOf(blocks.filter((_, block) => block !== held).flat());
    const validation = index === 0 ? rowsOf(blocks[held] ?? []) : undefined;
    const fit: FitOptions = { ...options, epochs, outputWeights: outputs };
    const net = engine.create(spec, weights, feeder && spool.width, lane);
    try {
      const resume = this.saved?.current.get(index);
      if (resume) this.#current.set(index, resume);
      const result = await fitNet(net, data, validation, fit, this.#hooks(index, resume));
      if (index === 0) this.curve = result.curve;
      // an interrupted fit is not finished: --resume goes on from its last checkpoint
      if (result.stopped === 'signal') return result;
      this.#finished.set(index, { parameters: flatten(result.weights.layers), epochs: result.bestEpoch });
      this.#current.delete(index);
      this.#progress.finished(index);
      await this.#save();
      return result;
    } finally {
      net.dispose();
    }
  }

  /** One after the other, each as things stand when its turn comes. */
  #save(): Promise<void> {
    const { checkpoint } = this.input.options;
    if (!checkpoint) return Promise.resolve();
    const turn = this.#saving.then(() =>
      saveCheckpoint(checkpoint, this.input.fingerprint, {
        finished: this.#finished,
        curve: this.curve,
        current: this.#current,
      }),
    );
    // who waits for this one hears of its failure
    this.#saving = turn.catch(() => undefined);
    return turn;
  }

  #hooks(index: number, resume: FitState | undefined): FitHooks {
    const progress = this.#progress;
    const hooks: FitHooks = {
      signal: this.signal,
      resume,
      onRows: (epoch, done, rate) => progress.rows(index, epoch, done, rate),
      onEpoch: (facts) => progress.epoch(index, facts),
    };
    if (!this.input.options.checkpoint) return hooks;
    const checkpoint = (state: FitState): Promise<void> => {
      this.#current.set(index, state);
      return this.#save();
    };
    return { ...hooks, checkpoint };
  }
}
