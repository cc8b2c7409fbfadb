/** The models that are kept: which there are, and going over to another one without learning. */
import { AnomalyError, EXIT_DONE } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { NAMELESS_LACKS } from '../../detect/nameless.js';
import { shared } from '../../engine/share.js';
import { requireUsable } from '../../engine/usable.js';
import { type Bundle, exportBundle, loadBundle } from '../../model/bundle.js';
import { ModelPlace } from '../../model/place.js';
import { count, duration, moment } from '../../report/format.js';
import { trustedBundle } from '../trusted.js';

type Note = (line: string) => void;

/** Lists them, the newest first. @returns the exit code */
export async function listModels(modelDir: string, write: (line: string) => void): Promise<number> {
  const place = new ModelPlace(modelDir);
  const [kept, used] = [await place.kept(), await place.currentName()];
  for (const name of kept.toReversed()) {
    const about = await loadBundle(place.pathOf(name)).then(bundleText, (error: unknown) => {
      if (error instanceof AnomalyError) return error.message;
      throw error;
    });
    write(`${name === used ? '*' : ' '} ${printable(name)}  ${about}`);
  }
  if (kept.length === 0) throw noneKept(modelDir);
  return EXIT_DONE;
}

function noneKept(modelDir: string): AnomalyError {
  const what = "no models are kept there; 'anomaly train' keeps those that it learns";
  return new AnomalyError('NO_INPUT', `${printable(modelDir)}: ${what}`);
}

function bundleText({ facts, power, sources }: Bundle): string {
  const spanS = (facts.lastUs - facts.firstUs) / 1e6;
  const from = moment(Date.parse(facts.trainedAt) * 1000);
  return `trained ${from} UTC from ${count(facts.records)} records of ${duration(spanS)} (${sources.join(', ')}), power ${power ? 'known' : 'not measured'}`;
}

/** Goes back to the one before the one in use. @returns what to say */
export async function rollBack(modelDir: string, note: Note): Promise<string> {
  const place = new ModelPlace(modelDir);
  const [kept, used] = [await place.kept(), await place.currentName()];
  if (kept.length === 0) throw noneKept(modelDir);
  // where the one in use is gone, the newest is the one before it
  const before = kept.filter((name) => used === undefined || name < used).at(-1);
  if (before === undefined) {
    throw new AnomalyError(
      'NO_INPUT',
      `${printable(modelDir)}: no model is kept that is older than ${printable(used ?? '')}`,
    );
  }
  return goOver(place, modelDir, before, note);
}

/** @param wanted name of a kept model's folder, or its path. @returns what to say */
export async function useModel(modelDir: string, wanted: string, note: Note): Promise<string> {
  const place = new ModelPlace(modelDir);
  const kept = await place.kept();
  if (kept.length === 0) throw noneKept(modelDir);
  const name = kept.find((one) => one === wanted || place.isAt(one, wanted));
  if (name === undefined) {
    throw new AnomalyError(
      'NO_INPUT',
      `${printable(wanted)}: is no kept model of ${printable(modelDir)}; there are ${kept.map(printable).join(', ')}`,
    );
  }
  return goOver(place, modelDir, name, note);
}

/** Writes a copy of the model in use that names nobody. @returns what to say */
export async function shareModel(modelDir: string, to: string): Promise<string> {
  const bundle = await loadBundle(modelDir);
  await requireUsable(bundle, modelDir);
  const copy = shared(bundle);
  await exportBundle(to, copy);
  return `shared: ${printable(to)}, without addresses, MAC addresses and names; ${NAMELESS_LACKS}`;
}

/** A model that no run could work with is never put to use. */
async function goOver(place: ModelPlace, modelDir: string, name: string, note: Note): Promise<string> {
  const bundle = await trustedBundle(place.pathOf(name), note);
  await requireUsable(bundle, name);
  const { facts } = bundle;
  await place.use(name);
  return `model: ${printable(modelDir)} is now ${printable(name)} (trained ${moment(Date.parse(facts.trainedAt) * 1000)} UTC); a running detect takes it at SIGHUP`;
}
