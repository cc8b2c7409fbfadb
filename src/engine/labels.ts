/** The labels file of --labels: CSV `packet,label[,attack]`, packet = 1-based frame number, gzipped or not. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { AnomalyError, systemCode } from '../base/errors.js';
import { readError } from '../base/files.js';
import { checkInput, openToRead, type ReadHandle } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import { Labels } from '../detect/evaluation.js';
import { packerOf } from '../source/packers.js';

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/** What an attack is called where the file does not say. */
const UNNAMED = 'attack';

async function isGzipped(handle: ReadHandle): Promise<boolean> {
  const head = Buffer.alloc(2);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return packerOf(head.subarray(0, bytesRead))?.name === 'gzip';
}

/** @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA with the line of the first fault */
export async function readLabels(path: string, signal?: AbortSignal): Promise<Labels> {
  const labels = new Labels();
  const name = printable(path);
  const rows = parse({ columns: true, bom: true, skip_empty_lines: true, info: true, relax_column_count_less: true });
  let handle: ReadHandle | undefined;
  try {
    // it is read twice
    await checkInput(path, false);
    handle = await openToRead(path);
    const gzipped = await isGzipped(handle);
    const file = createReadStream(path, { fd: handle.fd, start: 0, autoClose: false });
    const reading = gzipped ? pipeline(file, createGunzip(), rows) : pipeline(file, rows);
    // its failure ends the loop below; it is not to be an unhandled rejection meanwhile
    reading.catch(() => undefined);
    for await (const { record, info } of rows as AsyncIterable<Row>) {
      signal?.throwIfAborted();
      const frame = Number(record.packet);
      if (!Number.isSafeInteger(frame) || frame < 1 || (record.label !== '0' && record.label !== '1')) {
        const what = 'columns packet (frame number from 1), label (0 or 1) and perhaps attack expected';
        throw new AnomalyError('BAD_DATA', `${name}: line ${info.lines}: ${what}`);
      }
      labels.row(frame, record.label === '1' ? record.attack || UNNAMED : '');
    }
    await reading;
  } catch (cause) {
    if (cause instanceof AnomalyError || signal?.aborted) throw cause;
    const code = systemCode(cause) ?? '';
    if (code.startsWith('CSV_') || code.startsWith('Z_')) {
      throw new AnomalyError('BAD_DATA', `${name}: ${printable((cause as Error).message)}`, { cause });
    }
    throw readError(path, cause);
  } finally {
    await handle?.close();
  }
  return labels;
}
