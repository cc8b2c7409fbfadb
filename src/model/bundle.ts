/**
 * A model as a folder: model.json and weights.bin (tfjs Layers format), power.json where power was measured, and bundle.json,
 * whose first line holds the sha256 of the rest of it, and which holds the sha256 of the others. Files are found by these
 * names only; no path in a file is followed.
 */

import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AnomalyError, systemCode } from '../base/errors.js';
import { readError, replaceFile, writeError } from '../base/files.js';
import { printable } from '../base/text.js';
import type { SavedSchema } from '../features/extractor.js';
import { savedSchema, schemaText } from '../features/schema.js';
import { bundleSchema } from './bundle-schema.js';
import { modelJson, readWeights, weightsBytes } from './layers-format.js';
import { type Power, powerSchema } from './power-schema.js';
import type { TrainedModel } from './trained.js';

export const BUNDLE_FILES = ['model.json', 'weights.bin', 'bundle.json'] as const;
/** which attacks the model would have raised; a bundle without it is whole */
export const POWER_FILE = 'power.json';
type BundleFile = (typeof BUNDLE_FILES)[number] | typeof POWER_FILE;
/** for people, beside the model; never read back */
export const REPORT_FILE = 'report.html';

const LIMITS: Readonly<Record<BundleFile, number>> = {
  'model.json': 4 << 20,
  'weights.bin': 512 << 20,
  'bundle.json': 256 << 20,
  [POWER_FILE]: 4 << 20,
};
const { O_NOFOLLOW = 0, O_RDONLY } = constants;
const HEAD = /^\{"sha256":"([0-9a-f]{64})",\n$/;
const HEAD_BYTES = 78;
/** of a model's id: no two of the models that anybody has will share 64 bits */
const ID_DIGITS = 16;

export interface Bundle extends TrainedModel {
  /** 16 hex digits of the SHA-256 of what was saved; absent before */
  readonly id?: string;
  /** what the extractor's and the detector's `state()` gave; JSON-safe */
  readonly extractorState: unknown;
  readonly detectorState: unknown;
  /** names of the inputs trained on, safe to print */
  readonly sources: readonly string[];
  /** absent: not measured */
  readonly power?: Power | undefined;
  /** of the program that trained it */
  readonly versions: { readonly anomaly: string; readonly node: string };
}

export function schemaHash(schema: SavedSchema): string {
  return sha256(Buffer.from(schemaText(schema)));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** beside the model: where the old one waits while the new one takes its place */
function previousOf(dir: string): string {
  return join(dirname(dir), `.${basename(dir)}.previous`);
}

/**
 * Writes the bundle into a folder of its own and renames it: whenever the process dies, `loadBundle` finds the old model or
 * the new one. `report`: a page for people about the training, kept in the same folder. Throws CANNOT_CREATE when `dir` is something else than a bundle, and the errors of writing.
 */
export async function saveBundle(dir: string, bundle: Bundle, report?: string): Promise<void> {
  const target = resolve(dir);
  await mkdir(dirname(target), { recursive: true }).catch((cause: unknown) => {
    throw writeError(dirname(target), cause);
  });
  const exists = await checkReplaceable(dir);
  const previous = previousOf(target);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(temporary, { mode: 0o700 });
    for (const [file, bytes] of bundleFiles(bundle)) await replaceFile(join(temporary, file), bytes);
    if (report !== undefined) await replaceFile(join(temporary, REPORT_FILE), report);
    if (exists) {
      await rm(previous, { recursive: true, force: true });
      await rename(target, previous);
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
    await rm(previous, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(dir, cause);
  }
}

/** A folder is replaced only when all it holds is a bundle: else CANNOT_CREATE is thrown. @returns whether there is one */
export async function checkReplaceable(dir: string): Promise<boolean> {
  const target = resolve(dir);
  const name = printable(dir);
  let facts: Stats;
  try {
    facts = await lstat(target);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw writeError(target, cause);
  }
  if (!facts.isDirectory()) {
    const what = facts.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'not a folder';
    throw new AnomalyError('CANNOT_CREATE', `${name}: is ${what}; choose another place for the model`);
  }
  const known: readonly string[] = [...BUNDLE_FILES, POWER_FILE, REPORT_FILE];
  const other = (await readdir(target)).find((file) => !known.includes(file));
  if (other !== undefined) {
    const what = `${name}: holds ${printable(other)}, which is no part of a model, and is not replaced`;
    throw new AnomalyError('CANNOT_CREATE', `${what}; choose another place for the model`);
  }
  return true;
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, O_RDONLY);
  // some file systems cannot sync a folder; the rename is atomic all the same
  await handle.sync().catch(() => undefined);
  await handle.close();
}

function bundleFiles(bundle: Bundle): [BundleFile, Uint8Array][] {
  const { id: _id, weights, residualWeights, power, folds: _folds, ...rest } = bundle;
  const parts: [BundleFile, Uint8Array][] = [
    ['model.json', Buffer.from(modelJson(bundle.spec, `anomaly ${bundle.versions.anomaly}`))],
    ['weights.bin', weightsBytes(weights)],
  ];
  // a line for each of its values, for people look into it
  if (power) parts.push([POWER_FILE, Buffer.from(`${JSON.stringify(power, null, 1)}\n`)]);
  const content = {
    format: 'anomaly bundle',
    version: 1,
    files: Object.fromEntries(parts.map(([file, bytes]) => [file, { bytes: bytes.length, sha256: sha256(bytes) }])),
    schemaHash: schemaHash(bundle.schema),
    ...rest,
    schema: savedSchema(bundle.schema),
    residualWeights: [...residualWeights],
  };
  const body = Buffer.from(`${JSON.stringify(content).slice(1)}\n`);
  const head = Buffer.from(`{"sha256":"${sha256(body)}",\n`);
  return [...parts, ['bundle.json', Buffer.concat([head, body])]];
}

/** Throws NO_INPUT or NO_PERMISSION where there is no bundle, BAD_MODEL, one line, where it is damaged or foreign. */
export async function loadBundle(dir: string): Promise<Bundle> {
  const folder = await findFolder(resolve(dir));
  const name = printable(dir);
  const bad = (what: string) => new AnomalyError('BAD_MODEL', `${name}: ${what}; train again or name another model`);
  const text = await readLimited(folder, 'bundle.json', name);
  const body = text.subarray(HEAD_BYTES);
  const head = HEAD.exec(text.toString('latin1', 0, HEAD_BYTES));
  if (!head) throw bad('bundle.json is not of this program, or damaged');
  if (head[1] !== sha256(body)) throw bad('bundle.json is damaged: its checksum does not match');
  const parsed = bundleSchema.safeParse(parseJson(`{${body.toString('utf8')}`));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const what = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw bad(`bundle.json is not valid or of another version (${printable(what).slice(0, 200)})`);
  }
  const { format: _format, version: _version, files, schemaHash: hash, residualWeights, ...rest } = parsed.data;
  if (hash !== schemaHash(rest.schema)) throw bad('its feature table does not match its checksum');
  const bytesOf = async (file: keyof typeof files): Promise<Buffer> => {
    const bytes = await readLimited(folder, file, name);
    if (bytes.length !== files[file]?.bytes || sha256(bytes) !== files[file]?.sha256)
      throw bad(`${file} is damaged: its checksum does not match`);
    return bytes;
  };
  await bytesOf('model.json');
  const weights = readWeights(rest.spec, await bytesOf('weights.bin'));
  if (!weights) throw bad('weights.bin does not fit the net, or holds values that are no numbers');
  const model = {
    ...rest,
    id: head[1].slice(0, ID_DIGITS),
    weights,
    residualWeights: Float32Array.from(residualWeights),
  } as Bundle;
  // of before power was measured, or of a training that left it out
  if (!files[POWER_FILE]) return model;
  const power = powerSchema.safeParse(parseJson((await bytesOf(POWER_FILE)).toString('utf8')));
  if (!power.success) throw bad(`${POWER_FILE} is not valid or of another version`);
  return { ...model, power: power.data };
}

/** Throws BAD_MODEL when the model was trained on other features than `schema`. */
export function requireSchema(bundle: Bundle, schema: SavedSchema, dir: string): void {
  if (schemaHash(bundle.schema) === schemaHash(schema)) return;
  const what =
    bundle.schema.kind === schema.kind
      ? 'was trained with other features than this version computes'
      : `is for ${bundle.schema.kind} records, and the input holds ${schema.kind} records`;
  throw new AnomalyError('BAD_MODEL', `${printable(dir)}: the model ${what}; train again or name another model`);
}

/** The model's folder, or the previous model when a crash left it aside. */
async function findFolder(target: string): Promise<string> {
  const isFolder = (path: string) =>
    lstat(path).then(
      (facts) => facts.isDirectory() || facts.isSymbolicLink(),
      () => false,
    );
  return !(await isFolder(target)) && (await isFolder(previousOf(target))) ? previousOf(target) : target;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readLimited(folder: string, file: BundleFile, name: string): Promise<Buffer> {
  const path = join(folder, file);
  try {
    const handle = await open(path, O_RDONLY | O_NOFOLLOW);
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) throw new AnomalyError('BAD_MODEL', `${name}: ${file} is not a file`);
      if (facts.size > LIMITS[file]) throw new AnomalyError('BAD_MODEL', `${name}: ${file} is too large to be a model`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof AnomalyError) throw cause;
    if (systemCode(cause) === 'ELOOP') {
      throw new AnomalyError('BAD_MODEL', `${name}: ${file} is a symbolic link, which is not followed`, { cause });
    }
    if (systemCode(cause) === 'ENOENT' && file !== 'bundle.json') {
      throw new AnomalyError('BAD_MODEL', `${name}: ${file} is missing; train again or name another model`, { cause });
    }
    throw readError(path, cause);
  }
}
