/** Driver `cap`: our own capture child. */
import { fileURLToPath } from 'node:url';
import type { Driver } from './protocol.js';

const CAPTURE = fileURLToPath(new URL('./capture.js', import.meta.url));

export const capDriver: Driver = {
  name: 'cap',
  command: (options) => [process.execPath, CAPTURE, JSON.stringify(options)],
  isMissing: (words) => words.includes('npm cap:'),
  // it ends by itself, with everything written, when its standard input does
  stopSignal: undefined,
  countsDrops: false,
};
