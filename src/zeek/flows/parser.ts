/** Parsers of flow tables, by format. */

import { type FlowFormat, flowTable } from '../../source/flow-tables/formats.js';
import type { LineParser } from '../tsv.js';
import { CsvParser } from './csv.js';
import { EveParser } from './eve.js';
import { NfdumpParser } from './nfdump.js';

export function flowParser(format: FlowFormat, name: string): LineParser {
  if (format === 'eve') return new EveParser();
  if (format === 'nfdump-text') return new NfdumpParser();
  return new CsvParser(name, format, flowTable(format));
}
