/** Options of learning: the part of the table of options that is of `train`. */
import { KEPT_MODELS, TRAINING } from '../base/defaults.js';
import { count, layers, percent, positive, whole } from './parsers.js';
import { ANY, FILE, type OptionSpec } from './spec.js';

export const LEARNING_OPTIONS = {
  epochs: {
    flags: '--epochs <n>',
    on: { train: FILE },
    doc: 'at most so many passes over the data; stops early when it stops learning',
    fallback: TRAINING.epochs,
    parse: count,
  },
  layers: {
    flags: '--layers <sizes>',
    on: { train: FILE },
    doc: 'encoder layers; the decoder mirrors them',
    fallback: TRAINING.layers,
    parse: layers,
    expert: true,
  },
  batchSize: {
    flags: '--batch-size <n>',
    on: { train: FILE },
    doc: 'rows a step',
    fallback: TRAINING.batchSize,
    parse: count,
    expert: true,
  },
  learningRate: {
    flags: '--learning-rate <x>',
    on: { train: FILE },
    doc: "Adam's step size",
    fallback: TRAINING.learningRate,
    parse: positive,
    expert: true,
  },
  seed: {
    flags: '--seed <n>',
    on: { train: FILE },
    doc: 'seed of every random choice',
    fallback: TRAINING.seed,
    parse: whole,
    expert: true,
  },
  percentile: {
    flags: '--percentile <p>',
    on: { train: FILE },
    doc: 'threshold of the score: percentile of the out-of-fold scores',
    fallbackDoc: `${TRAINING.percentile}, less where the data are few`,
    parse: percent,
    expert: true,
  },
  alertsPerDay: {
    flags: '--alerts-per-day <n>',
    on: {
      train: { ...FILE, fallback: TRAINING.alertsPerDay },
      detect: { ...ANY, fallbackDoc: 'as trained' },
    },
    doc: 'false alarms that may come in a day, all kinds together',
    parse: positive,
  },
  noNovelty: {
    flags: '--no-novelty',
    on: { train: FILE },
    doc: 'leave out the features about addresses never seen before',
    expert: true,
  },
  trim: {
    flags: '--trim',
    on: { train: FILE },
    doc: 'leave what may be an attack out of the training data, and say what',
  },
  power: {
    flags: '--power <effort>',
    on: { train: FILE },
    doc: "which attacks the model would have raised, in a third of training's time (10 s at least) or in all it takes",
    choices: ['off', 'quick', 'full'],
    fallback: 'quick',
  },
  keepModels: {
    flags: '--keep-models <n>',
    on: { train: FILE },
    doc: 'keep so many models, the newest and the one in use; older ones are removed',
    fallback: KEPT_MODELS,
    parse: count,
  },
  keepIfWorse: {
    flags: '--keep-if-worse',
    on: { train: FILE },
    doc: 'go on with the model before, and keep the new one beside it, where that learned what may be an attack, raises other incidents in the same data, or sees fewer attacks (--power); exit with 4',
  },
  listModels: {
    flags: '--list-models',
    on: { train: { with: ['models'] } },
    doc: 'list the models that are kept, and end',
  },
  use: {
    flags: '--use <name>',
    on: { train: { with: ['use'] } },
    doc: 'go over to a kept model, without learning',
  },
  rollback: {
    flags: '--rollback',
    on: { train: { with: ['rollback'] } },
    doc: 'go back to the kept model before the one in use, without learning',
  },
  share: {
    flags: '--share <dir>',
    on: { train: { with: ['share'] } },
    doc: 'write a copy of the model for giving away, without addresses and names, without learning',
  },
  trainOnLabel: {
    flags: '--train-on-label <label>',
    on: { train: FILE },
    doc: 'only rows with this label of a labelled conn.log or flow table',
    expert: true,
  },
} as const satisfies Record<string, OptionSpec>;
