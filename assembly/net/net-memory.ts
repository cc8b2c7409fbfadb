/**
 * Where everything lies: addresses in bytes. The module exports them, and src/model/simd/ asks for them by name.
 *
 * Activations, errors and rows in work are held as [unit][64 rows], so that the lanes of a vector are rows and any number of
 * units fits. Kernels of a layer are held in strips of 4 units, [units/4][inputs][4], padded with zeros: forward and backward
 * both read them one after the other.
 */

/** terms of a score */
export const TOP: i32 = 10;
/** rows in work at once */
export const TILE: i32 = 64;
/** bytes from one unit to the next: 64 rows of f32, and half a cache line so that units spread over all sets of the cache */
export const UNIT: usize = <usize>TILE * 4 + 32;
/** rows in registers at once */
export const GROUP: i32 = 8;
export const GROUP_BYTES: usize = <usize>GROUP * 4;

// synchronisation, each on a cache line of its own
export const SEQUENCE: usize = 0;
export const ARRIVED: usize = 64;
export const GENERATION: usize = 128;
export const SLEEPERS: usize = 192;
export const READY: usize = 196;

// kinds of jobs
export const FIT: i32 = 1;
export const FORWARD: i32 = 2;

// the job
/** FIT, FORWARD, or anything else for the end of the workers */
export const KIND: usize = 256;
export const THREADS: usize = 260;
export const COUNT: usize = 264;
export const BATCH: usize = 268;
export const ROWS: usize = 272;
export const OUT: usize = 276;
export const ROW_LOSS: usize = 280;
export const KEY: usize = 284;
export const MASK_BELOW: usize = 288;
export const NOISE: usize = 292;
export const POSITION: usize = 296;
export const RATE: usize = 300;
export const DECAY: usize = 304;
export const FORWARD_PARAMETERS: usize = 308;
export const RESIDUALS: usize = 312;
export const STEP: usize = 316;
/** β₁ and β₂ to the power of the steps so far */
export const POWER_1: usize = 320;
export const POWER_2: usize = 328;
/** 0, or where the numbers of the largest weighted residuals go: [count][TOP] i32 */
export const LARGEST: usize = 336;
/**
 * 0: ROWS has scaled rows, [count x INPUTS]. Else where the numbers of the job's rows are, [count] i32: ROWS has raw rows
 * then, [any number x COLUMNS], which are picked in this order and scaled on the way.
 */
export const ORDER: usize = 340;
export const COLUMNS: usize = 344;
/** raw column of each input, i32 */
export const INPUT_COLUMN: usize = 348;
/** of each input, f64, as SCALE_INVERSE: 1 / scale */
export const CENTER: usize = 352;
export const SCALE_INVERSE: usize = 356;
/** parts of each batch that have a gradient of their own; as many as THREADS, or several of them for each thread */
export const SHARES: usize = 360;
/** scaled values are held within ± this */
export const CLIP: i32 = 8;

// the net
export const LAYERS: usize = 512;
export const INPUTS: usize = 516;
export const PARAMETERS: usize = 520;
export const PARAMETER_COUNT: usize = 524;
export const MOMENT_1: usize = 528;
export const MOMENT_2: usize = 532;
export const AVERAGE: usize = 536;
export const RANK: usize = 540;
export const ENCODE: usize = 544;
export const ENCODE_BIAS: usize = 548;
export const DECODE: usize = 552;
export const DECODE_BIAS: usize = 556;
export const OUTPUT_WEIGHTS: usize = 560;
export const AREAS: usize = 564;
export const AREA_BYTES: usize = 568;
// offsets in a thread's area, which starts with its gradient
export const TARGET: usize = 572;
export const CORRUPTED: usize = 576;
export const CODE: usize = 580;
export const LOSS_LANES: usize = 584;
export const LOSS_SUMS: usize = 588;
/** 1/w of each input, for the largest residuals */
export const INVERSE: usize = 596;
/** the reconstruction when there is no layer but the bypass */
export const RECONSTRUCTION: usize = 592;

// one entry a layer
export const LAYER_TABLE: usize = 1024;
export const LAYER_BYTES: usize = 64;
export const MOST_LAYERS: i32 = 48;
export const L_INPUTS: usize = 0;
export const L_UNITS: usize = 4;
export const L_KERNEL: usize = 8;
export const L_BIAS: usize = 12;
export const L_RELU: usize = 16;
export const L_OUTPUT: usize = 20;
export const L_ERROR: usize = 24;

/** parameters, areas and rows: from here on, where the tables say */
export const DATA: usize = LAYER_TABLE + <usize>MOST_LAYERS * LAYER_BYTES;
