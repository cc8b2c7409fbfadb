/** The autoencoder as every engine sees it. Rows are scaled float32 feature vectors of `inputs` values. */

export interface NetSpec {
  readonly inputs: number;
  /** encoder sizes: [48, 16] is inputs-48-16-48-inputs; the last is the bottleneck */
  readonly hidden: readonly number[];
  /** rank of the frozen linear bypass; 0 = none */
  readonly bypassRank: number;
}

/** kernel: row-major [inputs x units], as tfjs; bias: [units] */
export interface DenseWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Frozen x̂ = center + decode·encode·(x − center); encode: [inputs x rank], decode: [rank x inputs], row-major. */
export interface Bypass {
  readonly center: Float32Array;
  readonly encode: Float32Array;
  readonly decode: Float32Array;
}

export interface NetWeights {
  readonly layers: readonly DenseWeights[];
  readonly bypass?: Bypass;
}

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** share of inputs set to 0 in each training row */
  readonly maskRate: number;
  /** decay of the exponential moving average of the weights; 0 = off */
  readonly ema: number;
  /** loss weight per output, scaled to mean 1 */
  readonly outputWeights: Float32Array;
  /** standard deviation of noise added to each scaled input of a training row; 0 or absent = none */
  readonly noise?: number;
  /** epochs without a better validation loss before stopping; 0 = never stop early */
  readonly patience: number;
}

/** Everything that a net's next training step depends on. Parameters are flat: kernel, bias, kernel, bias, … as tfjs orders them. */
export interface NetState {
  readonly parameters: Float32Array;
  /** Adam's first and second moments */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** training steps done */
  readonly step: number;
  /** moving average of the parameters; absent when off */
  readonly average?: Float32Array;
}

export interface EpochFacts {
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number;
  readonly rowsPerSecond: number;
}

/** What RobustScaler does, for who does it elsewhere: raw column, centre and 1/scale of each input. */
export interface Scaling {
  /** values of a raw row */
  readonly columns: number;
  readonly inputs: Int32Array;
  readonly center: Float64Array;
  readonly inverse: Float64Array;
}

/** Raw row -> scaled row of `width` values. */
export interface RowScaler {
  readonly width: number;
  readonly scaling: Scaling;
  apply(source: Float32Array, from: number, out: Float32Array, to: number): void;
}

/** Where a chunk of raw rows goes, and the order in which its rows are used (i32): bytes from the start of a memory. */
export interface RowSlot {
  readonly rows: number;
  readonly order: number;
}

export interface RawChunk {
  /** number of the slot that has it, until the next is asked for */
  readonly slot: number;
  readonly count: number;
}

/** Rows as they lie in a spool, brought by a thread that stays ahead of who trains on them. */
export interface RawRows {
  readonly scaling: Scaling;
  /** the chunks of `chunks(seed)`, in the same order, one after the other in `slots` of `memory` */
  into(slots: readonly RowSlot[], memory: SharedArrayBuffer, seed: number): AsyncIterable<RawChunk>;
}

/** Rows of a training run, read again for every epoch. `rows` of a chunk is reused. */
export interface RowSource {
  readonly rows: number;
  readonly width: number;
  /** chunks of rows; with a seed in shuffled order and shuffled within, without one in order */
  chunks(seed?: number): AsyncIterable<{ readonly rows: Float32Array; readonly count: number }>;
  /** the same for an engine that scales; absent where nothing brings them */
  readonly raw?: RawRows | undefined;
}

export type EngineName = 'simd' | 'tfjs' | 'tfjs-node';

/** A net on an engine. `forward` is synchronous; `out` may not alias `rows`. */
export interface Net {
  readonly spec: NetSpec;
  /** rows: [count x inputs] -> out: [count x inputs], the reconstruction */
  forward(rows: Float32Array, count: number, out: Float32Array): void;
  /** squared: [count x inputs], (x − x̂)² per value; loss: [count], its mean per row */
  residuals(rows: Float32Array, count: number, squared: Float32Array, loss: Float32Array): void;
  /**
   * `residuals`, and the numbers of the inputs with the TOP largest squared·inverse of each row, largest first, to largest:
   * [count x TOP]. Absent where the engine has nothing faster than a loop for this net.
   */
  residualsAndLargest?(
    rows: Float32Array,
    count: number,
    inverse: Float32Array,
    squared: Float32Array,
    loss: Float32Array,
    largest: Int32Array,
  ): void;
  /** The same of raw rows, [.. x columns], from number `first` on. Absent where the net was created without columns, too. */
  rawResidualsAndLargest?(
    raw: Float32Array,
    first: number,
    count: number,
    scaling: Scaling,
    inverse: Float32Array,
    squared: Float32Array,
    loss: Float32Array,
    largest: Int32Array,
  ): void;
  /** one pass over `data`; resolves to the mean training loss */
  fitEpoch(data: RowSource, options: FitOptions, epoch: number): Promise<number>;
  /** the weights that `forward` uses: the moving average where one is kept */
  weights(): NetWeights;
  /** for a checkpoint; `restore` on a net of the same spec and bypass continues with the same bits */
  state(): Promise<NetState>;
  restore(state: NetState): void;
  dispose(): void;
}

/** Where one of several nets is trained beside the others. */
export interface Lane {
  close(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  /** one line about what was chosen: threads, SIMD, fallback */
  readonly note: string;
  /** which engine it replaces, and why; absent where it is the one that was asked for */
  readonly instead?: string;
  /** true: its nets are trained on raw rows where there are some */
  readonly scales?: boolean;
  /** so many nets are best trained side by side; absent: one */
  readonly lanes?: number;
  /** a place for one of them, to be closed by the caller; undefined where none starts here */
  startLane?(): Promise<Lane | undefined>;
  /**
   * `columns`: of the raw rows that the net will be trained on, or score; absent: there will be none. `lane`: of this engine, for this net
   * alone until it is disposed; absent: the net is trained here, by all threads. The weights are the same to the bit.
   */
  create(spec: NetSpec, weights: NetWeights, columns?: number, lane?: Lane): Net;
  dispose(): Promise<void>;
}
