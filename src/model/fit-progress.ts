/** What is told while the nets of a training are fitted, one after the other or side by side. */

import type { EpochFacts } from './autoencoder.js';
import type { RowRange } from './row-order.js';
import { rowsIn } from './time-blocks.js';
import type { TrainProgress } from './train-options.js';

/** One net. */
interface Stage {
  /** of one epoch */
  readonly rows: number;
  epochs: number;
  /** that have ended, and rows of the one in work */
  epoch: number;
  done: number;
  loss: number;
  validationLoss: number;
  /** rows/s; 0: it is not in work */
  rate: number;
}

export class FitProgress {
  rowsTrained = 0;
  readonly #stages: Stage[];

  /**
   * @param held by stage the block that its net does not see; -1: it sees all
   * @param rows of all blocks
   * @param epochs of the first net at most
   */
  constructor(
    blocks: readonly (readonly RowRange[])[],
    private readonly held: readonly number[],
    rows: number,
    epochs: number,
    private readonly tell: (progress: TrainProgress) => void,
  ) {
    this.#stages = held.map((block) => ({
      rows: rows - rowsIn(blocks[block] ?? []),
      epochs,
      epoch: 0,
      done: 0,
      loss: Number.NaN,
      validationLoss: Number.NaN,
      rate: 0,
    }));
    this.know(epochs, Math.ceil(epochs / 2));
  }

  /** How many epochs the nets after the first have. */
  know(epochs: number, foldEpochs: number): void {
    for (const [index, stage] of this.#stages.entries())
      if (index > 0) stage.epochs = this.held[index] < 0 ? epochs : foldEpochs;
  }

  rows(index: number, epoch: number, done: number, rate: number): void {
    const stage = this.#stages[index];
    stage.epoch = epoch;
    stage.done = done;
    stage.rate = rate;
    // one line is told: that of the first net in work
    if (this.#stages.findIndex((other) => other.rate > 0) === index) this.#tell(index, false);
  }

  epoch(index: number, facts: EpochFacts): void {
    const stage = this.#stages[index];
    stage.epoch = facts.epoch;
    stage.done = 0;
    stage.loss = facts.loss;
    stage.validationLoss = index === 0 ? facts.validationLoss : Number.NaN;
    stage.rate = facts.rowsPerSecond;
    this.rowsTrained += stage.rows;
    this.#tell(index, true);
  }

  /** It may have needed fewer epochs. */
  finished(index: number): void {
    const stage = this.#stages[index];
    stage.epoch = stage.epochs;
    stage.done = 0;
    stage.rate = 0;
  }

  #tell(index: number, epochEnded: boolean): void {
    const { epoch, epochs, loss, validationLoss } = this.#stages[index];
    const stage = index === 0 ? 'fit' : this.held[index] < 0 ? 'final fit' : 'cross-fit';
    const isFold = stage === 'cross-fit';
    let left = 0;
    let rowsPerSecond = 0;
    for (const other of this.#stages) {
      left += Math.max(0, other.epochs - other.epoch) * other.rows - other.done;
      rowsPerSecond += other.rate;
    }
    this.tell({
      stage,
      part: isFold ? index : 1,
      parts: isFold ? this.#stages.length - 2 : 1,
      epoch: epochEnded ? epoch : epoch + 1,
      epochs,
      loss,
      validationLoss,
      rowsPerSecond,
      etaS: rowsPerSecond > 0 ? left / rowsPerSecond : Number.NaN,
      epochEnded,
    });
  }
}
