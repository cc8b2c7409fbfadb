/** The model that a run is asked for. */
import { AnomalyError, systemCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Bundle } from '../../model/bundle.js';
import { trustedBundle } from '../trusted.js';
import { unreadable } from './unreadable-model.js';

/** @throws AnomalyError NO_INPUT, NO_PERMISSION, each with the remedy; BAD_MODEL */
export async function loadModel(dir: string, note: (line: string) => void): Promise<Bundle> {
  try {
    return await trustedBundle(dir, note);
  } catch (error) {
    if (!(error instanceof AnomalyError)) throw error;
    if (error.code === 'NO_PERMISSION' && systemCode(error.cause) === 'EACCES') throw unreadable(dir, error);
    if (systemCode(error.cause) !== 'ENOENT' || error.code !== 'NO_INPUT') throw error;
    const what = "no model there; learn one with 'anomaly train', or name its folder with --model";
    throw new AnomalyError('NO_INPUT', `${printable(dir)}: ${what}`, { cause: error });
  }
}
