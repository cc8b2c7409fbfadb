/** Compares the packet table of a capture with tshark's account of it, cell by cell. */

import { openRecords } from '../../src/source/open.ts';
import { type ColumnName, ENCAP_COLUMN, HEADER } from '../../src/table/columns.ts';
import { encodeRecord, MAX_ROW_BYTES } from '../../src/table/encode.ts';
import { PacketRecord } from '../../src/table/record.ts';
import type { Capture } from './captures.ts';
import { classify, type Difference, UNEXPLAINED } from './differences.ts';
import { expectedOf, stackOf } from './expected.ts';
import { type Packet, packetsOf } from './layers.ts';
import { type Dissection, dissect } from './tshark.ts';

const COLUMNS = HEADER.split(',') as ColumnName[];

/** tshark processes at a time */
const LANES = 2;

interface Example {
  readonly file: string;
  readonly frame: number;
  readonly difference: Difference;
}

/** Sums over captures. A cell counts where both sides say what it must be and at least one says more than "empty". */
export class Comparison {
  packets = 0;
  cells = 0;
  equal = 0;
  /** equal cells that are empty on both sides: not counted in `cells` */
  empty = 0;
  /** packets of which one in a tunnel was compared */
  inner = 0;
  /** count of differing cells by class, and the first examples of each */
  readonly classes = new Map<string, { count: number; examples: Example[] }>();
  /** captures left out, with the reason */
  readonly skipped: string[] = [];

  get share(): number {
    return this.cells === 0 ? 1 : this.equal / this.cells;
  }

  compare(file: string, frame: number, difference: Difference): void {
    const { ours, theirs } = difference;
    if (ours === '' && theirs === '') this.empty++;
    else {
      this.cells++;
      if (ours === theirs) this.equal++;
      else this.differing(file, frame, difference);
    }
  }

  private differing(file: string, frame: number, difference: Difference): void {
    const name = classify(difference);
    const known = this.classes.get(name) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < 20) known.examples.push({ file, frame, difference });
    this.classes.set(name, known);
  }

  summary(): string {
    const lines = [
      `${this.packets} packets, ${this.cells} cells that are not empty on both sides, ${this.equal} equal: ${(100 * this.share).toFixed(4)} %${this.inner > 0 ? `; ${this.inner} in tunnels` : ''}`,
      ...[...this.classes].sort((a, b) => b[1].count - a[1].count).map(([name, { count }]) => `  ${count}  ${name}`),
      ...this.skipped.map((text) => `  left out: ${text}`),
    ];
    return lines.join('\n');
  }
}

/** The table's rows of a capture, as `sniff -r` writes them, with or without --inner. */
async function* tableRows(path: string, inner: boolean): AsyncGenerator<string[]> {
  const source = await openRecords([path], { inner });
  const record = new PacketRecord();
  const buffer = new Uint8Array(MAX_ROW_BYTES);
  const text = new TextDecoder();
  try {
    for await (const batch of source.batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        const end = encodeRecord(record, buffer, 0, inner);
        yield text.decode(buffer.subarray(0, end - 1)).split(','); // no cell holds a comma: names escape it
      }
    }
  } finally {
    await source.close();
  }
}

/** tshark lists blocks of a pcapng that hold no packet (events, custom blocks) among the packets: bare data at no time. */
function isNoPacket(dissection: Dissection): boolean {
  return dissection.first('frame.protocols') === 'data' && dissection.first('frame.time_epoch') === '';
}

/** The packet that a row describes: as deep in tunnels as it says; whether it should be deeper is a cell of its own. */
function meantBy(row: readonly string[], packets: readonly Packet[]): Packet | undefined {
  return packets.find(({ encap }) => encap === row.at(-1));
}

/** Adds up to `limit` packets of the capture to `sums`. */
async function compareCapture({ path, name }: Capture, limit: number, inner: boolean, sums: Comparison): Promise<void> {
  const { rows, failed } = dissect(path, limit);
  const ours = tableRows(path, inner);
  let frame = 0;
  try {
    for await (const dissection of rows) {
      frame++;
      if (isNoPacket(dissection)) continue;
      const row = await ours.next();
      if (row.done) throw new Error(`tshark reads packet ${frame}, the table has ended`);
      sums.packets++;
      const packets = packetsOf(dissection);
      const packet = (inner && meantBy(row.value, packets)) || packets[0];
      const { dissection: meant } = packet;
      const stack = stackOf(packet);
      const stop = row.value[COLUMNS.indexOf('stop')];
      if (inner) {
        const innermost = packets.at(-1)?.encap ?? '';
        const facts = { stop, stack, dissection: meant };
        sums.compare(name, frame, {
          column: ENCAP_COLUMN.name,
          ours: row.value.at(-1) ?? '',
          theirs: innermost,
          ...facts,
        });
        if (packet.encap !== '') sums.inner++;
      }
      const expected = expectedOf(meant, stack);
      COLUMNS.forEach((column, i) => {
        const theirs = expected[column];
        if (theirs === undefined) return;
        sums.compare(name, frame, { column, ours: row.value[i], theirs, stop, stack, dissection: meant });
      });
    }
    if (frame < limit && !(await ours.next()).done && failed() === '') {
      throw new Error(`tshark ends after packet ${frame}, the table goes on`);
    }
  } catch (error) {
    sums.skipped.push(`${name}: ${(error as Error).message}`);
  } finally {
    await ours.return(undefined);
  }
  if (failed() !== '') sums.skipped.push(`${name}: tshark after packet ${frame}: ${failed().split('\n').at(-1)}`);
}

/**
 * Compares captures, a few at a time: most of the work is tshark's own.
 * @param inner what tunnels carry, where there is some
 */
export async function compareCaptures(captures: readonly Capture[], limit: number, inner = false): Promise<Comparison> {
  const sums = new Comparison();
  const queue = [...captures];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await compareCapture(next, limit, inner, sums);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return sums;
}

/** What differed without a known reason, for the message of a failing test. */
export function unexplained(sums: Comparison): string[] {
  const examples = sums.classes.get(UNEXPLAINED)?.examples ?? [];
  return examples.map(
    ({ file, frame, difference: { column, ours, theirs, stop, stack } }) =>
      `${file} frame ${frame} ${column}: table '${ours}', tshark '${theirs}' (stop '${stop}', ${stack.tokens.join(':')})`,
  );
}
