/** The model that a run is asked for. */
import { statSync } from 'node:fs';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Bundle } from '../../model/bundle.js';
import { trustedBundle } from '../trusted.js';
import { unreadable } from './unreadable-model.js';

/** Asks for names alone, before anything is opened. @throws AnomalyError NO_INPUT where there is no such folder */
export function expectModel(dir: string): void {
  try {
    statSync(dir);
  } catch (cause) {
    // whatever else is wrong is told by who reads it
    if (systemCode(cause) === 'ENOENT') throw noModel(dir, cause);
  }
}

/** @throws AnomalyError NO_INPUT, NO_PERMISSION, each with the remedy; BAD_MODEL */
export async function loadModel(dir: string, note: (line: string) => void): Promise<Bundle> {
  try {
    return await trustedBundle(dir, note);
  } catch (error) {
    if (!(error instanceof AnomalyError)) throw error;
    if (error.code === 'NO_PERMISSION' && systemCode(error.cause) === 'EACCES') throw unreadable(dir, error);
    if (systemCode(error.cause) !== 'ENOENT' || error.code !== 'NO_INPUT') throw error;
    throw noModel(dir, error);
  }
}

function noModel(dir: string, cause: unknown): AnomalyError {
  const what = "no model there; learn one with 'anomaly train', or name its folder with --model";
  return new AnomalyError('NO_INPUT', `${printable(dir)}: ${what}`, { cause });
}
