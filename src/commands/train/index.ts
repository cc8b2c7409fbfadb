/** train: records -> features -> autoencoder -> threshold -> model bundle. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnomalyError, EXIT_DONE, EXIT_INTERRUPTED } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { printable } from '../../base/text.js';
import { FirstLook, PACKETS, type RecordKindOf } from '../../engine/record-kind.js';
import { Interrupted } from '../../engine/training-rows.js';
import { TrainingRun } from '../../engine/training-run.js';
import type { EngineChoice } from '../../model/engine.js';
import { StatusLine } from '../../output/status-line.js';
import { handleSignals } from '../signals.js';
import { type Inputs, newestRun, rereadable } from './inputs.js';
import { summaryLines } from './text.js';

export interface TrainCommandOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  readonly epochs: number;
  readonly layers: readonly number[];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** undefined: 99.9, or the highest that so few records support */
  readonly percentile?: number | undefined;
  readonly alertsPerDay?: number | undefined;
  readonly novelty: boolean;
  readonly trim: boolean;
  readonly trainOnLabel?: string | undefined;
  readonly local?: readonly string[] | undefined;
  readonly engine: EngineChoice;
  readonly resume: boolean;
  readonly quiet: boolean;
}

/** @returns the exit code: 0, or 130 when interrupted before there was anything to keep */
export async function train(options: TrainCommandOptions): Promise<number> {
  const status = new StatusLine(process.stderr, options.quiet);
  const abort = new AbortController();
  const release = handleSignals({
    onStop: () => {
      status.say('interrupted: finishing with what was learned so far (again to give up)');
      abort.abort();
    },
    onInterrupt: () => process.exit(EXIT_INTERRUPTED),
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  const inputs = await rereadable(options.inputs.length > 0 ? options.inputs : await newestRun());
  try {
    const look = new FirstLook();
    const kind = await look.kind(inputs.paths[0]);
    await look.close();
    if (kind === 'connection') {
      const { CONNECTIONS } = await import('../../engine/connections.js');
      return await trainKind(CONNECTIONS, options, inputs, status, abort.signal);
    }
    if (options.trainOnLabel !== undefined) {
      throw new AnomalyError('USAGE', '--train-on-label goes with a labelled Zeek conn.log');
    }
    return await trainKind(PACKETS, options, inputs, status, abort.signal);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    status.clear();
    release();
    await inputs.close();
  }
}

async function trainKind<R>(
  kind: RecordKindOf<R>,
  options: TrainCommandOptions,
  inputs: Inputs,
  status: StatusLine,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  const run = new TrainingRun(kind, options, inputs, status, signal);
  await makeFolder(dirname(options.modelDir));
  let fitted = await run.fit();
  if (options.trim && fitted.extreme.length > 0) {
    for (const { name } of fitted.extreme)
      status.say(`left out: ${name}, whose traffic stands far apart from all other`);
    const left = await run.recordsOf(fitted);
    await fitted.spool.close();
    fitted = await run.fit(left);
  }
  try {
    const { model } = fitted;
    await run.save(fitted);
    const seconds = (performance.now() - started) / 1000;
    const dir = printable(options.modelDir);
    for (const line of summaryLines({ model, noun: kind.kind, sources: run.sources, dir, seconds })) status.say(line);
    return EXIT_DONE;
  } finally {
    await fitted.spool.close();
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
