/** detect: records, live or from files, through a model; incidents on the console, in reports and for programs. */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Labels } from '../../detect/evaluation.js';
import { AllowList } from '../../detect/incidents/allow.js';
import { isInner } from '../../engine/inner-headers.js';
import { readLabels } from '../../engine/labels.js';
import { PACKETS } from '../../engine/packets.js';
import type { Source } from '../../engine/record-kind.js';
import { followLog, noRecords, openSource } from '../../engine/source.js';
import { Watch } from '../../engine/watch.js';
import type { Bundle } from '../../model/bundle.js';
import type { DetectOptions } from '../../options.js';
import { readAllowList } from '../../output/allow-file.js';
import type { Listener } from '../../output/listen/server.js';
import { readToken } from '../../output/listen/token.js';
import { type NamedReceiver, nameReceiver } from '../../output/notify/receiver-words.js';
import { unlessStopped } from '../first-byte.js';
import { Detection } from './detection.js';
import { loadModel } from './model.js';
import { reportsElsewhere } from './outputs.js';

/** @returns the exit code: 0, 3 with --fail-on-anomaly and incidents above notice, 130 when interrupted twice */
export async function detect(options: DetectOptions): Promise<number> {
  // what is misspelt is told before anything is read
  const receivers = options.notify.map(nameReceiver);
  const bundle = await loadModel(options.modelDir);
  if (options.inner && !isInner(bundle)) {
    const what = 'was trained without --inner; train again with it, or leave it away';
    throw new AnomalyError('USAGE', `${printable(options.modelDir)}: ${what}`);
  }
  // before the input, which may let wait: that an address is in use is said at once
  const listener = await listen(options);
  try {
    return await examined(options, receivers, bundle, listener);
  } finally {
    await listener?.close();
  }
}

async function listen({ listen: address, listenToken }: DetectOptions): Promise<Listener | undefined> {
  if (!address) return undefined;
  const { Listener } = await import('../../output/listen/server.js');
  return Listener.open(address, readToken(listenToken));
}

async function examined(
  options: DetectOptions,
  receivers: readonly NamedReceiver[],
  bundle: Bundle,
  listener: Listener | undefined,
): Promise<number> {
  const { read, follow } = options;
  const ready = read
    ? await unlessStopped((signal) => opened(read, options, bundle, signal))
    : { input: follow === undefined ? undefined : await followLog(follow), labels: undefined };
  const { input, labels } = ready ?? {
    input: await noRecords(bundle.schema.kind, (read ?? []).map(printable), isInner(bundle)),
  };
  try {
    const kind = input?.kind ?? PACKETS;
    const allowed = options.allow === undefined ? undefined : new AllowList(await readAllowList(options.allow));
    const { alertsPerDay, local, engine, count, modelDir, sensor } = options;
    const wholePaths = reportsElsewhere(options.out);
    const set = { alertsPerDay, local, engine, count, modelDir, sensor, wholePaths };
    const watch = await Watch.begin(kind, bundle, { ...set, labels, allowed });
    try {
      return await new Detection({ options, bundle, kind, watch, allowed, receivers, listener }).run(input);
    } finally {
      await watch.close();
    }
  } finally {
    await input?.close();
  }
}

interface Opened {
  /** undefined: an interface, which is opened last, for it drops root's rights */
  readonly input?: Source | undefined;
  readonly labels?: Labels | undefined;
}

/** Files, with the labels that were named, or that labelled logs have themselves. */
async function opened(
  read: readonly string[],
  { labels }: Pick<DetectOptions, 'labels'>,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<Opened> {
  const input = await openSource(read, undefined, signal, { inner: isInner(bundle) });
  try {
    if (labels !== undefined) return { input, labels: await readLabels(labels, signal) };
    return { input, labels: await input.kind.labelsOf?.(read, signal) };
  } catch (error) {
    await input.close();
    throw error;
  }
}
