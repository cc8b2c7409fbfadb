/** train: records -> model bundle, with a report of what the data look like. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ALERTS_PER_DAY } from '../../base/defaults.js';
import { EXIT_DONE, EXIT_INTERRUPTED, EXIT_KEPT } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { printable } from '../../base/text.js';
import { learn } from '../../engine/learn.js';
import type { Source } from '../../engine/record-kind.js';
import { openSource } from '../../engine/source.js';
import { Interrupted } from '../../engine/training-rows.js';
import { type Bundle, checkReplaceable, saveBundle } from '../../model/bundle.js';
import type { TrainOptions } from '../../options.js';
import { danfoSummary, loadDanfo } from '../../output/danfo.js';
import { StatusLine } from '../../output/status-line.js';
import { findingText } from '../../report/evidence.js';
import type { ExplorationData } from '../../report/explore/data.js';
import { renderExploration } from '../../report/explore/page.js';
import { counted } from '../../report/format.js';
import { comparisonLines, powerLines } from '../../report/power/lines.js';
import { handleSignals } from '../signals.js';
import { type Inputs, newestRun, rereadable } from './inputs.js';
import { besideBefore, measuredPower, modelBefore } from './power.js';
import { progressText, summaryLines } from './text.js';

/** @returns the exit code: 0, 4 where the model before was kept, or 130 when interrupted before there was anything to keep */
export async function train(options: TrainOptions): Promise<number> {
  const status = new StatusLine(process.stderr, options.quiet);
  const abort = new AbortController();
  const run = new Training(options, status, abort.signal);
  const release = handleSignals({
    onStop: () => {
      status.say(run.onStop());
      abort.abort();
    },
    onInterrupt: () => process.exit(EXIT_INTERRUPTED),
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  const inputs = await rereadable(options.inputs.length > 0 ? options.inputs : await newestRun());
  try {
    return await run.on(inputs);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    status.clear();
    release();
    await inputs.close();
  }
}

/** What a model is learned from, and what its report shows. */
interface Learned {
  readonly bundle: Bundle;
  readonly from: Source;
  readonly exploration: ExplorationData;
}

class Training {
  /** where the model is, once it is kept */
  private kept = '';

  constructor(
    private readonly options: TrainOptions,
    private readonly status: StatusLine,
    private readonly signal: AbortSignal,
  ) {}

  /** What is said at the first Ctrl+C. */
  onStop(): string {
    return this.kept === ''
      ? 'interrupted: finishing with what was learned so far (again to give up)'
      : `interrupted: the model is kept in ${this.kept}, its power is not measured`;
  }

  async on(inputs: Inputs): Promise<number> {
    const source = await openSource(inputs.paths, inputs.names);
    try {
      return await this.keep(source);
    } finally {
      await source.close();
    }
  }

  private async learn(source: Source, checkpoint: string): Promise<Learned> {
    const { options, status, signal } = this;
    const danfo = await loadDanfo();
    let exploration: ExplorationData | undefined;
    let from = source;
    const bundle = await learn(
      source,
      { ...options, checkpoint, signal, modelName: basename(options.modelDir) },
      {
        onProgress: (progress) => status.show(() => progressText(progress, source.kind.noun)),
        onSource: (chosen) => {
          from = chosen;
        },
        onLeftOut: (findings, records) => {
          for (const finding of findings) status.say(`left out: ${findingText(finding)}`);
          status.say(`left out: ${counted(records, source.kind.noun)} in all; learning again`);
        },
        onExploration: (data) => {
          exploration = data;
        },
        ...(danfo && { summarise: (...column) => danfoSummary(danfo, ...column) }),
      },
    );
    return { bundle, from, exploration: exploration as unknown as ExplorationData };
  }

  /** The model is on disk before its power is measured, whatever ends that. */
  private async keep(source: Source): Promise<number> {
    const { options, status, signal } = this;
    const { modelDir } = options;
    const beside = (name: string): string => join(dirname(modelDir), name);
    const newDir = beside(`${basename(modelDir)}.new`);
    // before hours of learning, not after them
    for (const dir of options.keepIfWeaker ? [modelDir, newDir] : [modelDir]) await checkReplaceable(dir);
    const checkpoint = beside(`.${basename(modelDir)}.checkpoint`);
    const started = performance.now();
    await makeFolder(dirname(modelDir));
    const { bundle, from, exploration } = await this.learn(source, checkpoint);
    const before = options.power === 'off' ? undefined : await modelBefore(modelDir, bundle);
    const place = options.keepIfWeaker && before ? newDir : modelDir;
    await saveBundle(place, bundle, renderExploration(exploration));
    this.kept = printable(place);
    await rm(checkpoint, { force: true });
    const trainedMs = performance.now() - started;
    const seconds = trainedMs / 1000;
    const alertsPerDay = options.alertsPerDay ?? ALERTS_PER_DAY;
    for (const line of summaryLines({ bundle, noun: source.kind.noun, seconds, alertsPerDay })) status.say(line);

    const measured = await measuredPower(bundle, from, options, trainedMs, status, signal);
    const power = measured && besideBefore(measured, before);
    const whole = { bundle: { ...bundle, power }, report: renderExploration({ ...exploration, power }) };
    if (power) {
      await saveBundle(place, whole.bundle, whole.report);
      for (const line of [...powerLines(power), ...comparisonLines(power)]) status.say(line);
    }
    if (place !== modelDir && (!power || power.compared?.weaker)) {
      status.say(`the model before is kept in ${printable(modelDir)}; the new one: ${this.kept}`);
      return EXIT_KEPT;
    }
    if (place !== modelDir) {
      await saveBundle(modelDir, whole.bundle, whole.report);
      await rm(place, { recursive: true, force: true });
    }
    status.say(`model: ${printable(modelDir)}`);
    return EXIT_DONE;
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
