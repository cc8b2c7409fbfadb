// The files that the program writes, for the man page and the reference.

import { MODEL_FOLDER } from '../dist/base/defaults.js';
import { BUNDLE_FILES, POWER_FILE } from '../dist/model/bundle-files.js';

const model = MODEL_FOLDER;

export const WRITTEN_FILES = [
  {
    name: 'data/packets-START.csv',
    command: 'sniff',
    doc: 'the packet table; further files of a run are numbered .0002, .0003, ...',
  },
  { name: model, command: 'train', doc: 'a link to the model in use' },
  {
    name: `${model}.DATE/`,
    command: 'train',
    doc: `the last models (--keep-models), each a bundle: ${BUNDLE_FILES.join(', ')}`,
  },
  {
    name: `${model}/${POWER_FILE}`,
    command: 'train',
    doc: 'which attacks the model would have raised, and how large (schema/power.schema.json); not with --power off',
  },
  {
    name: `${model}/report.html`,
    command: 'train',
    doc: 'what the training data look like, and which attacks in them would be raised',
  },
  { name: 'report.txt', command: 'detect', doc: 'the report, where --out is not given' },
  {
    name: 'report-TIME.txt',
    command: 'detect',
    doc: 'a report of an earlier run, or a .jsonl or .sqlite before --rotate-hours',
  },
  { name: 'NAME.part', command: 'detect', doc: 'scores while they grow; NAME when they are complete' },
  { name: 'NAME-TIME.part', command: 'detect', doc: 'scores that a killed run had written' },
  { name: '.NAME.lock', command: 'all', doc: 'which run writes NAME, a model or an output; gone at its end' },
  {
    name: 'NAME.jsonl.run',
    command: 'detect',
    doc: 'which run writes the file; what is left of it tells the next one of a kill',
  },
];
