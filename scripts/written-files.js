// The files that the program writes, for the man page and the reference.

import { MODEL_FOLDER } from '../dist/base/defaults.js';
import { BUNDLE_FILES } from '../dist/model/bundle.js';

const model = MODEL_FOLDER;

export const WRITTEN_FILES = [
  {
    name: 'data/packets-START.csv',
    command: 'sniff',
    doc: 'the packet table; further files of a run are numbered .0002, .0003, ...',
  },
  { name: `${model}/`, command: 'train', doc: `the model bundle: ${BUNDLE_FILES.join(', ')}` },
  { name: `${model}/report.html`, command: 'train', doc: 'what the training data look like' },
  { name: 'report.txt', command: 'detect', doc: 'the report, where --out is not given' },
  { name: 'NAME.part', command: 'detect', doc: 'scores or a database while they grow; NAME when they are complete' },
];
