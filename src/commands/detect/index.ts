/** detect: records, live or from files, through a model; incidents on the console, in reports and for programs. */
import { FLEET_REPORTS, REPORTS } from '../../base/defaults.js';
import { AnomalyError } from '../../base/errors.js';
import { isHub } from '../../base/hub.js';
import { printable } from '../../base/text.js';
import type { Labels } from '../../detect/evaluation.js';
import { isInner } from '../../engine/inner-headers.js';
import type { Source } from '../../engine/record-kind.js';
import { followLog, noRecords, openInterface, openSource } from '../../engine/source.js';
import { Watch } from '../../engine/watch.js';
import type { Bundle } from '../../model/bundle.js';
import type { DetectOptions, DetectRun } from '../../options.js';
import type { Listener } from '../../output/listen/server.js';
import { readToken } from '../../output/listen/token.js';
import { nameReceiver } from '../../output/notify/receiver-words.js';
import { unlessStopped } from '../first-byte.js';
import { giveUpRoot, openBeforeCapture } from '../give-up-root.js';
import { keepInputs } from '../kept-inputs.js';
import { handleSignals } from '../signals.js';
import { Allowed } from './allowed.js';
import { Detection, type Parts } from './detection.js';
import { expectModel, loadModel } from './model.js';
import { Notes } from './notes.js';
import { reportsElsewhere } from './outputs.js';

/** @returns the exit code: 0, 3 with --fail-on-anomaly and incidents above notice, 130 when interrupted twice */
export async function detect(given: DetectOptions): Promise<number> {
  const hub = given.read?.find(isHub);
  if (hub === undefined) return detectRecords({ ...given, out: given.out ?? REPORTS });
  const { watchFleet } = await import('./fleet.js');
  return watchFleet(hub, { ...given, out: given.out ?? FLEET_REPORTS });
}

async function detectRecords(options: DetectRun): Promise<number> {
  // what is misspelt is told before anything is read
  const receivers = options.notify.map(nameReceiver);
  const { read = [], follow, labels, allow, out, scores, csv, pcapOut, hubKey, hubCa } = options;
  keepInputs([...read, follow, labels, allow], [...out, scores, csv, pcapOut]);
  const notes = new Notes();
  const live = options.read === undefined && options.follow === undefined;
  const rights = live ? openBeforeCapture : giveUpRoot;
  rights({
    user: options.user,
    paths: [...read, follow, labels, allow, hubKey, hubCa],
    model: options.modelDir,
    followed: follow,
    note: notes.note,
  });
  // before the input, which may let wait: that an address is in use is said at once
  const listener = await listen(options);
  try {
    // the first thing, for it drops root's rights: the model and all else is read without them
    const capture = live ? await openCapture(options, notes.note) : undefined;
    try {
      const bundle = await loadModel(options.modelDir, notes.note);
      if (options.inner && !isInner(bundle)) {
        const what = 'was trained without --inner; train again with it, or leave it away';
        throw new AnomalyError('USAGE', `${printable(options.modelDir)}: ${what}`);
      }
      return await examined(options, { receivers, bundle, listener, notes }, capture);
    } finally {
      await capture?.close();
    }
  } finally {
    await listener?.close();
  }
}

function openCapture(options: DetectRun, notice: (line: string) => void): Promise<Source> {
  const { interface: name, filter, count, promiscuous, driver, user, modelDir } = options;
  // said before an interface is looked for, which may be the next thing that is not there
  expectModel(modelDir);
  return openInterface({ interface: name, filter, count, promiscuous, driver, user, notice });
}

async function listen({ listen: address, listenToken }: DetectRun): Promise<Listener | undefined> {
  if (!address) return undefined;
  const { Listener } = await import('../../output/listen/server.js');
  return Listener.open(address, readToken(listenToken));
}

async function examined(
  options: DetectRun,
  parts: Pick<Parts, 'receivers' | 'bundle' | 'listener' | 'notes'>,
  capture: Source | undefined,
): Promise<number> {
  const ending = new AbortController();
  // from now on, for the run takes signals itself only when it begins
  const release = handleSignals({
    onStop: () => ending.abort(),
    onInterrupt: () => undefined,
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  try {
    return await begun({ ...parts, options, ending }, capture);
  } finally {
    release();
  }
}

async function begun(given: Omit<Parts, 'kind' | 'watch' | 'allowed'>, capture: Source | undefined): Promise<number> {
  const { options, bundle, notes } = given;
  const { input, labels } = (await sourceOf(given, capture)) ?? {
    input: await noRecords(bundle.schema.kind, (options.read ?? []).map(printable), isInner(bundle)),
  };
  try {
    const { kind } = input;
    const allowed = await Allowed.read(options.allow, options.hubTrust.length > 0, notes.note);
    const { alertsPerDay, local, engine, count, modelDir, sensor } = options;
    const wholePaths = reportsElsewhere(options.out);
    const set = { alertsPerDay, local, engine, count, modelDir, sensor, wholePaths };
    const watch = await Watch.begin(kind, bundle, { ...set, labels, allowed: allowed.list });
    try {
      return await new Detection({ ...given, kind, watch, allowed }).run(input);
    } finally {
      await watch.close();
    }
  } finally {
    await input.close();
  }
}

interface Opened {
  readonly input: Source;
  readonly labels?: Labels | undefined;
}

/** Undefined: told to end before it was known what the files are. */
async function sourceOf(
  { options, bundle, ending: { signal } }: Pick<Parts, 'options' | 'bundle' | 'ending'>,
  capture: Source | undefined,
): Promise<Opened | undefined> {
  const { read, follow = '' } = options;
  if (capture) return { input: capture };
  return read ? unlessStopped(opened(read, options, bundle, signal), signal) : { input: await followLog(follow) };
}

/** Files, with the labels that were named, or that labelled logs have themselves. */
async function opened(
  read: readonly string[],
  { labels }: Pick<DetectRun, 'labels'>,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<Opened> {
  const input = await openSource(read, undefined, signal, { inner: isInner(bundle) });
  try {
    if (labels !== undefined) {
      const { readLabels } = await import('../../engine/labels.js');
      return { input, labels: await readLabels(labels, signal) };
    }
    return { input, labels: await input.kind.labelsOf?.(read, signal) };
  } catch (error) {
    await input.close();
    throw error;
  }
}
