/** Records from whatever packet files are named: captures or packet tables, told by content. */

import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { openCaptures } from './captures.js';
import { bytesOf } from './file-bytes.js';
import { flowTable, isFlowFormat } from './flow-tables/formats.js';
import { expandFolders } from './folders.js';
import { hasConnections } from './formats.js';
import { type Input, type OpenInput, openInput } from './input.js';
import type { RecordSource } from './packet-source.js';
import { PassedOver } from './passed-over.js';
import { type RecordHooks, recordsOf } from './records.js';
import { openTables } from './tables.js';

export type { RecordSource } from './packet-source.js';
export { type RecordHooks, recordsOf } from './records.js';

const OF_OUTERMOST =
  'the table is of the outermost headers, where the inner ones are wanted (--inner, or a model trained with it); sniff its capture again with --inner';

/**
 * Records of captures (pcap, pcapng) or of packet tables, gzipped or not, folders of them, `-` for standard input; several in
 * the order of time.
 * @param openFirst another way to open a path for the first time, for an input that is open already
 * @throws the reason of the signal of `hooks`; AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA for anything else (Zeek logs among them); USAGE for a mixture, or
 * where `hooks` want packets of a table, or inner headers of one that was written without
 */
export async function openRecords(
  named: readonly string[],
  hooks: RecordHooks = {},
  openFirst: OpenInput = openInput,
): Promise<RecordSource> {
  const { signal } = hooks;
  const { files: paths, warnings } = await expandFolders(named, signal);
  const kept = new Map<string, Input>();
  const open = async (path: string): Promise<Input> => {
    const input = kept.get(path);
    kept.delete(path);
    return input ?? openInput(path);
  };
  const passed = new PassedOver(paths);
  const told = (source: RecordSource): RecordSource => {
    const { facts } = source;
    facts.warnings.push(...warnings, ...passed.warnings);
    if (paths.length > named.length) {
      Object.assign(facts, { name: `${paths.length} files of ${named.map(printable).join(', ')}` });
    }
    return source;
  };
  const filled: string[] = [];
  try {
    let tables = 0;
    let innerTables = 0;
    for (const path of paths) {
      signal?.throwIfAborted();
      const input = await passed.leaveOut(() => openFirst(path, signal));
      if (!input) continue;
      filled.push(path);
      if (input.repeatable && paths.length > 1) await input.close();
      else kept.set(path, input);
      if (hasConnections(input.format)) {
        const what = isFlowFormat(input.format) ? `is a ${flowTable(input.format).title}` : 'is a Zeek log';
        // whoever names several kinds wants all of them: none is passed over
        throw new AnomalyError(
          paths.length > 1 ? 'USAGE' : 'BAD_DATA',
          `${input.name}: ${what}, where packets are needed`,
        );
      }
      if (input.format !== 'table') continue;
      tables++;
      if (input.inner) innerTables++;
      else if (hooks.inner) throw new AnomalyError('USAGE', `${input.name}: ${OF_OUTERMOST}`);
    }
    if (tables === 0) {
      const bytes = await bytesOf(filled, signal);
      return told(Object.assign(recordsOf(await openCaptures(filled, open, signal), hooks), { bytes }));
    }
    if (tables < filled.length) {
      throw new AnomalyError('USAGE', 'captures and packet tables cannot be read together: name one kind');
    }
    if (innerTables > 0 && innerTables < tables) {
      throw new AnomalyError('USAGE', 'packet tables written with --inner and without cannot be read together');
    }
    if (hooks.onPackets) {
      const names = named.map(printable).join(', ');
      throw new AnomalyError('USAGE', `${names}: a packet table holds no packets, which -w, -s and --pcap-out need`);
    }
    return told(await openTables(filled, open, signal));
  } catch (error) {
    for (const input of kept.values()) await input.close();
    throw error;
  }
}
