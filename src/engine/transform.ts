/** The feature matrix of records, as the model sees it before scaling. */
import type { RecordContext } from '../features/extractor.js';
import type { Bundle } from '../model/bundle.js';
import { requireHeaders } from './inner-headers.js';
import { extractorOf } from './pipeline.js';
import type { RecordStream, Source } from './record-kind.js';

export interface FeatureRow {
  /** in the order of `bundle.schema.columns`, in the units that they name; overwritten by the next row */
  readonly values: Float32Array;
  /** who did what to whom; overwritten by the next row */
  readonly context: RecordContext;
}

/**
 * One row a record, in input order, with the vocabularies of `bundle`. The source is closed at the end.
 * @throws AnomalyError BAD_MODEL where the model is for other records; what the source throws
 */
export async function* transform<R>(source: Source<R>, bundle: Bundle): AsyncGenerator<FeatureRow> {
  let stream: RecordStream<R> | undefined;
  try {
    const extractor = extractorOf(source.kind, bundle, { dir: 'model' });
    const { context } = extractor;
    const values = new Float32Array(extractor.schema.columns.length);
    const record = source.kind.newRecord();
    stream = await source.open();
    requireHeaders(bundle, stream.facts, 'model');
    for await (const batch of stream.batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        extractor.transform(record, values, 0);
        yield { values, context };
      }
    }
  } finally {
    await stream?.close();
    await source.close();
  }
}
