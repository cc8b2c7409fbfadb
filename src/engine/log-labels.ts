/** A labelled conn.log's own labels, for evaluation; never an input of the model. */
import { Labels } from '../detect/evaluation.js';
import { openConnLogs } from '../zeek/reader.js';
import { ConnRecord } from '../zeek/record.js';

/** What labelled logs call traffic that is no attack, or of which nothing is known. */
const HARMLESS = /^(benign|normal|background|unknown|\(empty\)|-)?$/i;

/** Undefined where the logs have no labels, or cannot be read twice. */
export async function labelsOfLogs(paths: readonly string[], signal?: AbortSignal): Promise<Labels | undefined> {
  if (paths.includes('-')) return undefined;
  const labels = new Labels();
  const record = new ConnRecord();
  const source = await openConnLogs(paths, undefined, signal);
  let frame = 0;
  let labelled = false;
  try {
    for await (const batch of source.batches) {
      signal?.throwIfAborted();
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        frame++;
        if (record.label.length === 0) continue;
        labelled = true;
        const label = record.label.toString();
        if (HARMLESS.test(label)) continue;
        const detail = record.detailedLabel.toString();
        labels.set(frame, HARMLESS.test(detail) ? label : detail);
      }
    }
  } finally {
    await source.close();
  }
  signal?.throwIfAborted();
  return labelled ? labels : undefined;
}
