/**
 * A model as a folder: model.json and weights.bin (tfjs Layers format), power.json where power was measured, and bundle.json,
 * whose first line holds the sha256 of the rest of it, and which holds the sha256 of the others. Files are found by these
 * names only; no path in a file is followed. Which folder is in use, place.ts says.
 */

import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { KEPT_MODELS } from '../base/defaults.js';
import { AnomalyError, systemCode } from '../base/errors.js';
import { readError } from '../base/files.js';
import { replaceFile } from '../base/new-file.js';
import { openToRead } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import type { SavedSchema } from '../features/extractor.js';
import { savedSchema, schemaText } from '../features/schema.js';
import { type BundleFile, POWER_FILE, REPORT_FILE } from './bundle-files.js';
import { BUNDLE_VERSION, bundleSchema } from './bundle-schema.js';
import { checkOf, differenceOf } from './check.js';
import { keyedStates } from './keyed-hashes.js';
import { modelJson, readWeights, weightsBytes } from './layers-format.js';
import { ModelPlace } from './place.js';
import { type Power, powerSchema } from './power-schema.js';
import { unsound } from './sound.js';
import { apart } from './together.js';
import type { TrainedModel } from './trained.js';

const LIMITS: Readonly<Record<BundleFile, number>> = {
  'model.json': 4 << 20,
  'weights.bin': 512 << 20,
  'bundle.json': 256 << 20,
  [POWER_FILE]: 4 << 20,
};
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
const HEAD = /^\{"sha256":"([0-9a-f]{64})",\n$/;
const HEAD_BYTES = 78;
const HASH_KEY_BYTES = 8;
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
  /** made for giving away: it names nobody */
  readonly shared?: true | undefined;
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

/**
 * Makes the bundle the model of `dir`: writes it into a dated folder beside, then switches the link `dir`. Whenever the process
 * dies, `loadBundle` finds the old model or the new one. Older ones stay, three models in all.
 * @param report a page for people about the training, kept in the same folder
 * @throws AnomalyError CANNOT_CREATE when `dir` is something else than a model, and the errors of writing
 */
export async function saveBundle(dir: string, bundle: Bundle, report?: string): Promise<void> {
  const place = new ModelPlace(dir);
  await place.use(await addBundle(place, bundle, report));
  await place.prune(KEPT_MODELS);
}

/** Keeps the bundle in a dated folder, not in use yet. @returns the folder's name */
export function addBundle(place: ModelPlace, bundle: Bundle, report?: string): Promise<string> {
  return place.add(async (folder) => {
    await writeBundle(folder, bundle);
    if (report !== undefined) await replaceFile(join(folder, REPORT_FILE), report);
  });
}

async function writeBundle(folder: string, bundle: Bundle): Promise<void> {
  for (const [file, bytes] of bundleFiles(bundle)) await replaceFile(join(folder, file), bytes);
}

/**
 * Writes the bundle into a folder of its own that is no kept model of any place.
 * @throws AnomalyError CANNOT_CREATE where there is something already, and the errors of writing
 */
export async function exportBundle(dir: string, bundle: Bundle): Promise<void> {
  await new ModelPlace(dir).addPlain((folder) => writeBundle(folder, bundle));
}

function bundleFiles(bundle: Bundle): [BundleFile, Uint8Array][] {
  const { id: _id, weights, residualWeights, power, folds: _folds, ...rest } = bundle;
  const parts: [BundleFile, Uint8Array][] = [
    ['model.json', Buffer.from(modelJson(bundle.spec, `anomaly ${bundle.versions.anomaly}`))],
    ['weights.bin', weightsBytes(weights)],
  ];
  // a line for each of its values, for people look into it
  if (power) parts.push([POWER_FILE, Buffer.from(`${JSON.stringify(power, null, 1)}\n`)]);
  const hashKey = randomBytes(HASH_KEY_BYTES).toString('hex');
  const content = {
    format: 'anomaly bundle',
    version: BUNDLE_VERSION,
    files: Object.fromEntries(parts.map(([file, bytes]) => [file, { bytes: bytes.length, sha256: sha256(bytes) }])),
    schemaHash: schemaHash(bundle.schema),
    ...rest,
    hashKey,
    ...keyedStates(bundle, hashKey, false),
    schema: savedSchema(bundle.schema),
    residualWeights: [...residualWeights],
    check: checkOf(bundle),
  };
  const body = Buffer.from(`${JSON.stringify(content).slice(1)}\n`);
  const head = Buffer.from(`{"sha256":"${sha256(body)}",\n`);
  return [...parts, ['bundle.json', Buffer.concat([head, body])]];
}

/**
 * The model in use at `dir`, or in that folder itself. Throws NO_INPUT or NO_PERMISSION where there is no bundle, BAD_MODEL,
 * one line, where it is damaged or foreign, or behind a link that is not ours.
 */
export async function loadBundle(dir: string): Promise<Bundle> {
  const place = new ModelPlace(dir);
  for (let folder = await place.current(); ; ) {
    try {
      return await readBundle(folder, printable(dir));
    } catch (error) {
      // switched, and the one before removed, while it was read
      const now = await place.current();
      if (now === folder) throw error;
      folder = now;
    }
  }
}

async function readBundle(folder: string, name: string): Promise<Bundle> {
  const bad = (what: string) => new AnomalyError('BAD_MODEL', `${name}: ${what}; train again or name another model`);
  const text = await readLimited(folder, 'bundle.json', name);
  const body = text.subarray(HEAD_BYTES);
  const head = HEAD.exec(text.toString('latin1', 0, HEAD_BYTES));
  if (!head) throw bad('bundle.json is not of this program, or damaged');
  if (head[1] !== sha256(body)) throw bad('bundle.json is damaged: its checksum does not match');
  const content = parseJson(`{${body.toString('utf8')}`);
  if (isOlder(content)) throw bad('is a model of an older version of this program, without rows to check it by');
  const parsed = bundleSchema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const what = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw bad(`bundle.json is not valid or of another version (${printable(what).slice(0, 200)})`);
  }
  const {
    format: _format,
    version: _version,
    files,
    schemaHash: hash,
    residualWeights,
    check,
    hashKey,
    ...rest
  } = parsed.data;
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
  const model: Bundle = {
    ...rest,
    ...keyedStates(rest, hashKey, true),
    id: head[1].slice(0, ID_DIGITS),
    weights,
    residualWeights: Float32Array.from(residualWeights),
  };
  const fault =
    unsound(model) ?? apart(model.facts, model.extractorState, model.detectorState) ?? differenceOf(model, check);
  if (fault !== undefined) throw bad(printable(fault));
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

/** Whether a file is of this program, and of before the present version. */
function isOlder(content: unknown): boolean {
  const { format, version } = (content ?? {}) as { format?: unknown; version?: unknown };
  return format === 'anomaly bundle' && typeof version === 'number' && version >= 1 && version < BUNDLE_VERSION;
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
    const handle = await openToRead(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
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
