/** The state of a training run between two epochs, as bytes. */

import { createHash } from 'node:crypto';
import { AnomalyError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { replaceFile } from '../base/new-file.js';
import { readWhole } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import type { EpochFacts, NetSpec } from './autoencoder.js';
import type { FitState } from './fit.js';
import { flatten, unflatten } from './net.js';

const MAGIC = 'anomaly checkpoint 2\n';
/** with one fit in work */
const MAGIC_BEFORE = 'anomaly checkpoint 1\n';
const HASH_BYTES = 32;
const MAX_BYTES = 1 << 30;

/** Fits that are finished, as flat parameters, and those in work; by their number. */
export interface TrainingState {
  readonly finished: ReadonlyMap<number, FinishedFit>;
  readonly curve: readonly EpochFacts[];
  readonly current: ReadonlyMap<number, FitState>;
}

export interface FinishedFit {
  readonly parameters: Float32Array;
  readonly epochs: number;
}

/** Same run: same data, options, engine. Anything else must not be continued. */
export type Fingerprint = string;

interface Header {
  readonly fingerprint: Fingerprint;
  readonly finished: readonly { readonly fit: number; readonly epochs: number }[];
  readonly curve: readonly EpochFacts[];
  readonly current: readonly Started[];
}

type Started = Omit<FitState, 'net' | 'best'> & {
  readonly fit: number;
  readonly step: number;
  readonly average: boolean;
};

/** Atomically: a killed process leaves the previous checkpoint. */
export async function saveCheckpoint(path: string, fingerprint: Fingerprint, state: TrainingState): Promise<void> {
  const { finished, curve, current } = state;
  const arrays = [...finished.values()].map(({ parameters }) => parameters);
  const started: Started[] = [];
  for (const [fit, { net, best, ...rest }] of current) {
    started.push({ ...rest, fit, step: net.step, average: net.average !== undefined });
    arrays.push(flatten(best), net.parameters, net.m, net.v);
    if (net.average) arrays.push(net.average);
  }
  const ends = [...finished].map(([fit, { epochs }]) => ({ fit, epochs }));
  const header: Header = { fingerprint, finished: ends, curve, current: started };
  const text = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`);
  const body = Buffer.concat([text, ...arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))]);
  await replaceFile(path, Buffer.concat([createHash('sha256').update(body).digest(), body]));
}

/** Throws NO_INPUT where there is none, BAD_MODEL where it is damaged or belongs to another run. */
export async function loadCheckpoint(path: string, fingerprint: Fingerprint, spec: NetSpec): Promise<TrainingState> {
  let bytes: Buffer;
  try {
    bytes = await readWhole(path);
  } catch (cause) {
    throw readError(path, cause);
  }
  const name = printable(path);
  const damaged = new AnomalyError('BAD_MODEL', `${name}: damaged checkpoint; train without --resume`);
  const body = bytes.subarray(HASH_BYTES);
  if (bytes.length < HASH_BYTES + MAGIC.length || bytes.length > MAX_BYTES) throw damaged;
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(0, HASH_BYTES))) throw damaged;
  const magic = body.toString('latin1', 0, MAGIC.length);
  if (magic === MAGIC_BEFORE) {
    throw new AnomalyError('BAD_MODEL', `${name}: checkpoint of another version; train without --resume`);
  }
  if (magic !== MAGIC) throw damaged;
  const end = body.indexOf('\n', MAGIC.length);
  const header = JSON.parse(body.toString('utf8', MAGIC.length, end)) as Header;
  if (header.fingerprint !== fingerprint) {
    throw new AnomalyError(
      'BAD_MODEL',
      `${name}: belongs to a training run with other data or options; train without --resume`,
    );
  }
  const floats = new Float32Array(body.buffer.slice(body.byteOffset + end + 1, body.byteOffset + body.length));
  const count = header.finished.length + header.current.reduce((sum, { average }) => sum + 4 + Number(average), 0);
  const size = count === 0 ? 0 : floats.length / count;
  let at = 0;
  const next = () => floats.slice(at * size, ++at * size);
  const finished = new Map<number, FinishedFit>();
  for (const { fit, epochs } of header.finished) finished.set(fit, { parameters: next(), epochs });
  const current = new Map<number, FitState>();
  for (const { fit, step, average, ...rest } of header.current) {
    const best = unflatten(spec, next());
    const net = { parameters: next(), m: next(), v: next(), step };
    current.set(fit, { ...rest, best, net: average ? { ...net, average: next() } : net });
  }
  return { finished, curve: header.curve, current };
}
