/** Power at the end of a training: measured, and put beside that of the model that was there before. */
import { AnomalyError } from '../../base/errors.js';
import { budgetFor, type PowerProgress, power } from '../../engine/power.js';
import type { Source } from '../../engine/record-kind.js';
import { Interrupted } from '../../engine/training-rows.js';
import type { Bundle } from '../../model/bundle.js';
import type { Power } from '../../model/power-schema.js';
import type { TrainOptions } from '../../options.js';
import type { StatusLine } from '../../output/status-line.js';
import { comparePower } from '../../report/power/compare.js';
import { trustedBundle } from '../trusted.js';

type Wanted = Pick<TrainOptions, 'power' | 'engine' | 'alertsPerDay' | 'local'>;

/**
 * Undefined where it was not asked for, or could not be measured, which is said; then the model is as good without.
 * @param source what the model was learned from
 * @param trainedMs what that took, reading and all
 */
export async function measuredPower(
  bundle: Bundle,
  source: Source,
  { power: effort, engine, alertsPerDay, local }: Wanted,
  trainedMs: number,
  status: StatusLine,
  signal: AbortSignal,
): Promise<Power | undefined> {
  if (effort === 'off') return undefined;
  if (signal.aborted) {
    status.say('power: not measured, for training was interrupted');
    return undefined;
  }
  status.show(() => 'measuring power  learning all but one block');
  const onProgress = (progress: PowerProgress): void => status.show(() => progressText(progress));
  try {
    const measured = await power(bundle, source, {
      ...{ effort, engine, alertsPerDay, local, signal, onProgress },
      budgetMs: budgetFor(trainedMs),
    });
    // a pass that was cut short says nothing
    if (signal.aborted) throw new Interrupted();
    return measured;
  } catch (error) {
    // who interrupted it was told so
    if (error instanceof Interrupted) return undefined;
    if (!(error instanceof AnomalyError)) throw error;
    status.say(`power: not measured: ${error.message}`);
    return undefined;
  }
}

function progressText({ done, of, passes }: PowerProgress): string {
  return `measuring power  ${done} of ${of} templates  pass ${passes + 1}`;
}

/** The model that is to be replaced, where it can be read and is of the same kind of records and headers; one that cannot is said. */
export async function modelBefore(
  dir: string,
  { schema, facts }: Bundle,
  say: (line: string) => void,
): Promise<Bundle | undefined> {
  try {
    const before = await trustedBundle(dir, say);
    const comparable = before.schema.kind === schema.kind && (before.facts.inner ?? false) === (facts.inner ?? false);
    return comparable ? before : undefined;
  } catch (error) {
    // none, or one that cannot be read: it is replaced all the same
    if (!(error instanceof AnomalyError)) throw error;
    if (error.code !== 'NO_INPUT') say(`the model before is compared with nothing: ${error.message}`);
    return undefined;
  }
}

/** With what became better and worse since the model before. */
export function besideBefore(measured: Power, before: Bundle | undefined): Power {
  if (!before?.power) return measured;
  return { ...measured, compared: comparePower(before.power, before.facts.trainedAt, measured) };
}
