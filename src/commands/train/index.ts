/** train: records -> model bundle, with a report of what the data look like. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ALERTS_PER_DAY } from '../../base/defaults.js';
import { EXIT_DONE, EXIT_INTERRUPTED } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { printable } from '../../base/text.js';
import { learn } from '../../engine/learn.js';
import { openSource } from '../../engine/source.js';
import { Interrupted } from '../../engine/training-rows.js';
import { saveBundle } from '../../model/bundle.js';
import type { TrainOptions } from '../../options.js';
import { danfoSummary, loadDanfo } from '../../output/danfo.js';
import { StatusLine } from '../../output/status-line.js';
import { findingText } from '../../report/evidence.js';
import { renderExploration } from '../../report/explore/page.js';
import { counted } from '../../report/format.js';
import { handleSignals } from '../signals.js';
import { type Inputs, newestRun, rereadable } from './inputs.js';
import { progressText, summaryLines } from './text.js';

/** @returns the exit code: 0, or 130 when interrupted before there was anything to keep */
export async function train(options: TrainOptions): Promise<number> {
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
    await trainOn(inputs, options, status, abort.signal);
    return EXIT_DONE;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    status.clear();
    release();
    await inputs.close();
  }
}

async function trainOn(inputs: Inputs, options: TrainOptions, status: StatusLine, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const { modelDir } = options;
  const checkpoint = join(dirname(modelDir), `.${basename(modelDir)}.checkpoint`);
  const danfo = await loadDanfo();
  const source = await openSource(inputs.paths, inputs.names);
  let exploration = '';
  try {
    await makeFolder(dirname(modelDir));
    const bundle = await learn(
      source,
      { ...options, checkpoint, signal, modelName: basename(modelDir) },
      {
        onProgress: (progress) => status.show(() => progressText(progress, source.kind.noun)),
        onLeftOut: (findings, records) => {
          for (const finding of findings) status.say(`left out: ${findingText(finding)}`);
          status.say(`left out: ${counted(records, source.kind.noun)} in all; learning again`);
        },
        onExploration: (data) => {
          exploration = renderExploration(data);
        },
        ...(danfo && { summarise: (...column) => danfoSummary(danfo, ...column) }),
      },
    );
    await saveBundle(modelDir, bundle, exploration);
    await rm(checkpoint, { force: true });
    const seconds = (performance.now() - started) / 1000;
    const dir = printable(modelDir);
    for (const line of summaryLines({
      bundle,
      noun: source.kind.noun,
      dir,
      seconds,
      alertsPerDay: options.alertsPerDay ?? ALERTS_PER_DAY,
    }))
      status.say(line);
  } finally {
    await source.close();
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
