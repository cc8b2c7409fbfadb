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

const MAGIC = 'anomaly checkpoint 1\n';
const HASH_BYTES = 32;
const MAX_BYTES = 1 << 30;

/** Fits that are finished, as flat parameters, and the one in work. */
export interface TrainingState {
  readonly finished: readonly { readonly parameters: Float32Array; readonly epochs: number }[];
  readonly curve: readonly EpochFacts[];
  readonly current: FitState | undefined;
}

/** Same run: same data, options, engine. Anything else must not be continued. */
export type Fingerprint = string;

interface Header {
  readonly fingerprint: Fingerprint;
  readonly epochs: readonly number[];
  readonly curve: readonly EpochFacts[];
  readonly current?: Omit<FitState, 'net' | 'best'> & { readonly step: number; readonly average: boolean };
}

/** Atomically: a killed process leaves the previous checkpoint. */
export async function saveCheckpoint(path: string, fingerprint: Fingerprint, state: TrainingState): Promise<void> {
  const { finished, curve, current } = state;
  const arrays = finished.map((f) => f.parameters);
  let header: Header = { fingerprint, epochs: finished.map((f) => f.epochs), curve };
  if (current) {
    const { net, best, ...rest } = current;
    header = { ...header, current: { ...rest, step: net.step, average: net.average !== undefined } };
    arrays.push(flatten(best), net.parameters, net.m, net.v);
    if (net.average) arrays.push(net.average);
  }
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
  if (body.toString('latin1', 0, MAGIC.length) !== MAGIC) throw damaged;
  const end = body.indexOf('\n', MAGIC.length);
  const header = JSON.parse(body.toString('utf8', MAGIC.length, end)) as Header;
  if (header.fingerprint !== fingerprint) {
    throw new AnomalyError(
      'BAD_MODEL',
      `${name}: belongs to a training run with other data or options; train without --resume`,
    );
  }
  const floats = new Float32Array(body.buffer.slice(body.byteOffset + end + 1, body.byteOffset + body.length));
  const current = header.current;
  const count = header.epochs.length + (current ? 4 + Number(current.average) : 0);
  const size = count === 0 ? 0 : floats.length / count;
  const array = (i: number) => floats.slice(i * size, (i + 1) * size);
  const finished = header.epochs.map((epochs, i) => ({ parameters: array(i), epochs }));
  if (!current) return { finished, curve: header.curve, current: undefined };
  const at = header.epochs.length;
  const { step, average, ...rest } = current;
  const net = { parameters: array(at + 1), m: array(at + 2), v: array(at + 3), step };
  return {
    finished,
    curve: header.curve,
    current: {
      ...rest,
      best: unflatten(spec, array(at)),
      net: average ? { ...net, average: array(at + 4) } : net,
    },
  };
}
