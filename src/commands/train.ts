/** train: records -> features -> autoencoder -> threshold -> model bundle. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EXIT_DONE, EXIT_INTERRUPTED } from '../base/errors.js';
import { writeError } from '../base/files.js';
import { printable } from '../base/text.js';
import { VERSION } from '../base/version.js';
import { saveBundle } from '../model/bundle.js';
import type { EngineChoice } from '../model/engine.js';
import { trainModel } from '../model/train.js';
import { TRAIN_DEFAULTS, type TrainOptions } from '../model/train-options.js';
import { count, counted } from '../report/format.js';
import type { SourceFacts } from '../source/types.js';
import { FirstLook, PACKETS, type RecordKindOf } from './record-kind.js';
import { handleSignals } from './sniff-signals.js';
import { StatusLine } from './status-line.js';
import { type Inputs, newestRun, rereadable } from './train-inputs.js';
import { gatherRows, Interrupted } from './train-rows.js';
import { progressText, summaryLines } from './train-text.js';

export interface TrainCommandOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  readonly epochs: number;
  readonly layers: readonly number[];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly percentile: number;
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
    await look.kind(inputs.paths[0] as string);
    await look.close();
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
  const { spool, extractor, baseline, facts } = await gatherRows(kind, {
    paths: inputs.paths,
    novelty: options.novelty,
    signal,
    onProgress: (stage, records, of) => status.show(() => `${stage}  ${counted(records, kind.kind)} of ${count(of)}`),
    ...(options.local && { local: options.local }),
  });
  const checkpoint = join(dirname(options.modelDir), `.${basename(options.modelDir)}.checkpoint`);
  try {
    await makeFolder(dirname(options.modelDir));
    const model = await trainModel(
      spool,
      extractor.schema,
      {
        ...TRAIN_DEFAULTS,
        epochs: options.epochs,
        layers: options.layers,
        batchSize: options.batchSize,
        learningRate: options.learningRate,
        seed: options.seed,
        engine: options.engine,
        threshold: thresholdRequest(options),
        warnings: inputWarnings(facts),
        checkpoint,
        resume: options.resume,
        signal,
      },
      (progress) => status.show(() => progressText(progress)),
    );
    const sources = inputs.names.map(printable);
    await saveBundle(options.modelDir, {
      ...model,
      extractorState: extractor.state(),
      detectorState: baseline.state(),
      sources,
      versions: { anomaly: VERSION, node: process.version },
    });
    await rm(checkpoint, { force: true });
    const seconds = (performance.now() - started) / 1000;
    const dir = printable(options.modelDir);
    for (const line of summaryLines({ model, noun: kind.kind, sources, dir, seconds })) status.say(line);
    return EXIT_DONE;
  } finally {
    await spool.close();
  }
}

function thresholdRequest({ alertsPerDay, percentile }: TrainCommandOptions): TrainOptions['threshold'] {
  return alertsPerDay === undefined ? { percentile } : { alertsPerDay };
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}

/** What the capture says against itself. */
function inputWarnings(facts: SourceFacts): string[] {
  const lost = facts.dropped
    ? [`the capture lost ${counted(facts.dropped, 'packet')}; the model may take that for normal`]
    : [];
  return [...facts.warnings, ...lost];
}
