/** train: records -> model bundle, with a report of what the data look like. */
import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sweepLeftOvers } from '../../base/aside.js';
import { ALERTS_PER_DAY, DATA_FOLDER, MODEL_FOLDER } from '../../base/defaults.js';
import { AnomalyError, EXIT_DONE, EXIT_INTERRUPTED, EXIT_KEPT } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { toJournal } from '../../base/journal.js';
import { Locks } from '../../base/lock.js';
import { standardError, standardOutput } from '../../base/standard-streams.js';
import { printable } from '../../base/text.js';
import type { TrainingFinding } from '../../detect/evidence/found.js';
import { learn } from '../../engine/learn.js';
import type { Source } from '../../engine/record-kind.js';
import { openSource } from '../../engine/source.js';
import { Interrupted } from '../../engine/training-rows.js';
import { addBundle, type Bundle } from '../../model/bundle.js';
import { ModelPlace } from '../../model/place.js';
import type { TrainOptions } from '../../options.js';
import { danfoSummary, loadDanfo } from '../../output/danfo.js';
import { StatusLine } from '../../output/status-line.js';
import { findingText } from '../../report/evidence.js';
import type { ExplorationData } from '../../report/explore/data.js';
import { renderExploration } from '../../report/explore/page.js';
import type { Summarise } from '../../report/explore/summary.js';
import { counted } from '../../report/format.js';
import { comparisonLines, powerLines } from '../../report/power/lines.js';
import { giveUpRoot } from '../give-up-root.js';
import { handleSignals } from '../signals.js';
import { checkTrust } from '../trusted.js';
import { type Inputs, newestRun, rereadable } from './inputs.js';
import { listModels, rollBack, shareModel, useModel } from './models.js';
import { besideBefore, measuredPower, modelBefore } from './power.js';
import { progressText, prunedLines, summaryLines } from './text.js';
import { Worse } from './worse.js';

/** @returns the exit code: 0, 4 where the model before was kept, or 130 when interrupted before there was anything to keep */
export async function train(options: TrainOptions): Promise<number> {
  const status = new StatusLine(toJournal(standardError()), options.quiet);
  const { user, inputs: named, allow, modelDir, resume, sign, hubKey, hubCa } = options;
  const read = [allow, sign, hubKey, hubCa, resume ? checkpointOf(modelDir) : undefined];
  const paths = [...(named.length > 0 ? named : [DATA_FOLDER]), ...read];
  giveUpRoot({ user, paths, model: modelDir, note: (line) => status.say(line) });
  const aside = await lookedAfter(options, status);
  if (aside !== undefined) return aside;
  const abort = new AbortController();
  const run = new Training(options, status, abort.signal);
  const release = handleSignals({
    onStop: () => {
      status.say(run.onStop());
      abort.abort(new Interrupted());
    },
    onInterrupt: () => process.exit(EXIT_INTERRUPTED),
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  let inputs: Inputs | undefined;
  try {
    inputs = await rereadable(options.inputs.length > 0 ? options.inputs : await newestRun(), abort.signal);
    return await run.on(inputs);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    status.clear();
    release();
    await inputs?.close();
  }
}

/** What only looks after the models that are kept. @returns the exit code; undefined: it is to learn */
async function lookedAfter(options: TrainOptions, status: StatusLine): Promise<number | undefined> {
  const { modelDir, listModels: list, use, rollback, share, inputs, keepNet } = options;
  const ways: readonly [boolean, string][] = [
    [list, '--list-models'],
    [rollback, '--rollback'],
    [use !== undefined, '--use'],
    [share !== undefined, '--share'],
    [keepNet, '--keep-net'],
  ];
  const chosen = ways.find(([is]) => is)?.[1];
  if (chosen === undefined) return undefined;
  if (inputs.length > 0) {
    const files = inputs.map(printable).join(', ');
    throw new AnomalyError('USAGE', `${files}: files are for learning, and ${chosen} learns nothing`);
  }
  if (list) return listModels(modelDir, (line) => standardOutput().write(`${line}\n`));
  const note = (line: string): void => status.say(line);
  if (keepNet) {
    const { publishAllowList } = await import('./publish.js');
    for (const line of await publishAllowList(options, note)) status.say(line);
  } else if (share !== undefined) status.say(await shareModel(modelDir, share));
  else if (use !== undefined) status.say(await useModel(modelDir, use, note));
  else status.say(await rollBack(modelDir, note));
  return EXIT_DONE;
}

/** What a model is learned from, and what its report shows. */
interface Learned {
  readonly bundle: Bundle;
  readonly from: Source;
  readonly exploration: ExplorationData;
  readonly findings: readonly TrainingFinding[];
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
    const source = await openSource(inputs.paths, inputs.names, this.signal, { inner: this.options.inner });
    try {
      return await this.keep(source);
    } finally {
      await source.close();
    }
  }

  private async learn(source: Source, checkpoint: string): Promise<Learned> {
    const { options, status, signal } = this;
    let exploration: ExplorationData | undefined;
    let from = source;
    let findings: readonly TrainingFinding[] = [];
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
        onFindings: (found) => {
          findings = found;
        },
        onExploration: (data) => {
          exploration = data;
        },
        summarise,
      },
    );
    return { bundle, from, findings, exploration: exploration as unknown as ExplorationData };
  }

  /** One training at a time for a model: they would share its checkpoint, and the last to end would win. */
  private async keep(source: Source): Promise<number> {
    const { modelDir } = this.options;
    const place = new ModelPlace(modelDir);
    // before hours of learning, not after them
    await place.check();
    const folder = dirname(modelDir);
    await makeFolder(folder);
    const locks = Locks.take([modelDir], 'train');
    try {
      const left = [locks.before, sweepLeftOvers([folder]), await place.sweep()];
      for (const line of left) if (line !== '') this.status.say(line);
      return await this.learnInto(place, source);
    } finally {
      locks.release();
    }
  }

  /** The model is on disk before its power is measured, whatever ends that. */
  private async learnInto(place: ModelPlace, source: Source): Promise<number> {
    const { options, status, signal } = this;
    const { modelDir, keepModels } = options;
    const worse = options.keepIfWorse ? await Worse.with(options, status) : undefined;
    const checkpoint = checkpointOf(modelDir);
    if (options.resume) checkTrust('the checkpoint', [checkpoint], (line) => status.say(line));
    const started = performance.now();
    const { bundle, from, exploration, findings } = await this.learn(source, checkpoint);
    const before = await modelBefore(modelDir, bundle, (line) => status.say(line));
    // where it may be kept from it, the new model takes the place of the one before at the end
    const waits = worse && before;
    let name = await addBundle(place, bundle, renderExploration(exploration));
    if (!waits) await place.use(name);
    this.kept = printable(waits ? place.pathOf(name) : modelDir);
    await rm(checkpoint, { force: true });
    const trainedMs = performance.now() - started;
    const seconds = trainedMs / 1000;
    const alertsPerDay = options.alertsPerDay ?? ALERTS_PER_DAY;
    for (const line of summaryLines({ bundle, noun: source.kind.noun, seconds, alertsPerDay })) status.say(line);
    if (waits) {
      worse.findings(findings);
      await worse.incidents(before, bundle, from, signal);
    }

    const measured = await measuredPower(bundle, from, options, trainedMs, status, signal);
    const power = measured && besideBefore(measured, before);
    if (power) {
      const first = name;
      name = await addBundle(place, { ...bundle, power }, renderExploration({ ...exploration, power }));
      if (!waits) await place.use(name);
      await place.drop(first);
      for (const line of [...powerLines(power), ...comparisonLines(power)]) status.say(line);
    }
    worse?.power(before?.power, power);
    const why = waits ? worse.why : '';
    if (waits && why === '') await place.use(name);
    for (const line of prunedLines(await place.prune(keepModels, [name]))) status.say(line);
    if (why === '') {
      status.say(`model: ${printable(modelDir)}`);
      return EXIT_DONE;
    }
    const where = modelDir === MODEL_FOLDER ? '' : ` --model ${printable(modelDir)}`;
    status.say(
      `the model before stays in use: ${why}; to go over all the same: anomaly train${where} --use ${printable(name)}`,
    );
    return EXIT_KEPT;
  }
}

/** By the data-frame package, where it is there. */
async function summarise(): Promise<Summarise | undefined> {
  const danfo = await loadDanfo();
  return danfo && ((...column) => danfoSummary(danfo, ...column));
}

const checkpointOf = (modelDir: string): string => join(dirname(modelDir), `.${basename(modelDir)}.checkpoint`);

/** One that a model can be put into: before hours of learning, not after them. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw writeError(path, cause);
  }
}
