/** Records of a part of a set, and their labels. */
import { anomaly } from './run.js';

/** The name under which labels keep what is not judged. */
export const NOT_JUDGED = 'not judged';
/** what a labels file without names calls its attack */
const UNNAMED = 'attack';

export async function openPart({ paths, accept, share }) {
  let source = await anomaly.openSource(paths);
  if (accept) source = anomaly.filterSource(source, accept);
  if (!share) return source;
  let count = 0;
  await eachRecord(source, () => count++);
  const [from, to] = share.map((edge) => Math.floor(edge * count));
  // numbered among the accepted ones: one filter on another
  return anomaly.filterSource(source, (_record, index) => index >= from && index < to);
}

/** Calls `visit` with each record, which is overwritten by the next, and its number from 1. */
export async function eachRecord(source, visit) {
  const record = source.kind.newRecord();
  const stream = await source.open();
  let number = 0;
  for await (const batch of stream.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      visit(record, ++number);
    }
  }
  await stream.close();
}

/** Labels of a part's records: those of attacks by name, and NOT_JUDGED. */
export async function labelsOf(part) {
  if (part.labels) return anomaly.readLabels(part.labels);
  const labels = new anomaly.Labels();
  await eachRecord(await openPart(part), (record, number) => {
    const verdict = part.verdict(record);
    if (verdict !== 0) labels.set(number, verdict > 0 ? (part.nameOf?.(record) ?? part.name) : NOT_JUDGED);
  });
  return labels;
}

/** Attacks of a part, with their codes in its labels. */
export function attacksOf(part, labels) {
  return labels.names
    .map((name, code) => ({ name: name === UNNAMED ? part.name : name, code }))
    .filter(({ name, code }) => code > 0 && name !== NOT_JUDGED);
}
