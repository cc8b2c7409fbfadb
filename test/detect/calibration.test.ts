import { expect, it } from 'vitest';
import { Key } from '../../src/base/hash.js';
import type { ScoredBatch } from '../../src/detect/score/scored-batch.js';
import { RECORD_KINDS } from '../../src/features/record-kinds.js';
import { calibrate } from '../../src/model/calibrate.js';
import { chooseEngine } from '../../src/model/engine.js';
import { initialWeights } from '../../src/model/net.js';
import { Random } from '../../src/model/random.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Scorer } from '../../src/model/score.js';
import { Spool } from '../../src/model/spool.js';
import { survey } from '../../src/model/survey.js';
import { timeBlocks } from '../../src/model/time-blocks.js';
import { batchOf, detector, SCHEMA } from './traffic.js';

const WIDTH = SCHEMA.columns.length;
const BLOCKS = 3;
/** with twice as many initiators as are remembered, and more pairs than some sets of their table hold */
const PER_BLOCK = 60_000;
const INITIATORS = 32_768;
const RESPONDERS = 3;

/** Records 0.1 s apart of one in ten initiators busy, the others rarely there, with rows of noise. */
function traffic(block: number): ScoredBatch {
  const random = new Random(block);
  const address = (net: number, host: number) => `${net}.${host >> 16}.${(host >> 8) & 255}.${host & 255}`;
  const batch = batchOf(
    Array.from({ length: PER_BLOCK }, (_, i) => ({
      at: (block * PER_BLOCK + i) / 10,
      from: address(10, random.integer(random.uniform() < 0.2 ? 50 : INITIATORS)),
      to: address(11, random.integer(RESPONDERS)),
    })),
  );
  for (let i = 0; i < batch.rows.length; i++) batch.rows[i] = Math.abs(random.normal());
  return batch;
}

async function spoolOf(batches: readonly ScoredBatch[]): Promise<Spool> {
  const spool = new Spool(WIDTH);
  const key = new Key();
  for (const [block, { rows, count, timestampUs, initiator, responder }] of batches.entries()) {
    for (let k = 0; k < count; k++) {
      spool.buffer.set(rows.subarray(k * WIDTH, (k + 1) * WIDTH), spool.offset);
      key.startPair(initiator.low[k], initiator.high[k], responder.low[k], responder.high[k]);
      await spool.push(timestampUs[k], initiator.low[k], initiator.high[k], key.low, key.high, block);
    }
  }
  await spool.finish();
  return spool;
}

/** The promised percentile is of the number that detection compares with the threshold. */
it('Detection smooths each record of training to the very number that calibration took its percentile of', async () => {
  const engine = await chooseEngine('simd', { threads: 1 });
  const batches = Array.from({ length: BLOCKS }, (_, block) => traffic(block));
  const spool = await spoolOf(batches);
  const scaler = RobustScaler.fit(await survey(spool, SCHEMA, 1), SCHEMA);
  const spec = { inputs: scaler.width, hidden: [4, 2], bypassRank: 0 };
  const folds = batches.map((_, block) => initialWeights(spec, block));
  const calibrated: number[] = [];
  const { residualWeights, calibration } = await calibrate({
    engine,
    spec,
    spool,
    scaler,
    smoothing: RECORD_KINDS.packet.smoothing,
    blocks: timeBlocks(spool),
    folds,
    onScore: (_low, _high, smoothed) => calibrated.push(smoothed),
    onRows: () => undefined,
  });
  await spool.close();

  const under = detector({ smoothing: calibration.smoothing });
  const detected = batches.flatMap((batch, block) => {
    const scorer = new Scorer(engine.create(spec, folds[block]), scaler, residualWeights, PER_BLOCK);
    scorer.run(batch.rows, batch.count);
    batch.setScores(0, batch.count, scorer);
    under.process(batch);
    return [...batch.smoothed];
  });
  await engine.dispose();
  expect([detected.length, calibrated.length]).toEqual([BLOCKS * PER_BLOCK, BLOCKS * PER_BLOCK]);
  expect(detected.filter((smoothed, i) => smoothed !== calibrated[i]).length, 'records that differ').toBe(0);
  expect(calibration.blocks.map((block) => block.values[0])).toEqual(
    batches.map((batch) => Math.fround(Math.max(...batch.smoothed))),
  );
});
