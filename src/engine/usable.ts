/** Whether a run could work with a model, before one does. */
import type { Bundle } from '../model/bundle.js';
import type { EngineChoice } from '../model/engine.js';
import { kindOf } from './source.js';
import { Watch } from './watch.js';

/** @throws AnomalyError BAD_MODEL as the run would, naming what is wrong */
export async function requireUsable(bundle: Bundle, modelDir: string, engine: EngineChoice = 'auto'): Promise<void> {
  const watch = await Watch.begin(await kindOf(bundle.schema.kind), bundle, { modelDir, engine });
  await watch.close();
}
