/** Whether a model and records are about the same headers of packets in tunnels. */
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { Bundle } from '../model/bundle.js';
import type { SourceFacts } from '../source/packet-source.js';

/** Learned from the innermost packets (--inner). */
export function isInner({ facts }: Pick<Bundle, 'facts'>): boolean {
  return facts.inner === true;
}

/** @throws AnomalyError BAD_MODEL where the model learned from the outside of tunnels and these are their contents, or the other way round */
export function requireHeaders(bundle: Pick<Bundle, 'facts'>, { name, inner = false }: SourceFacts, dir: string): void {
  if (isInner(bundle) === inner) return;
  const [trained, these] = isInner(bundle) ? ['with', 'without'] : ['without', 'with'];
  const what = `was trained ${trained} --inner, and ${name} is read or was written ${these} it`;
  throw new AnomalyError(
    'BAD_MODEL',
    `${printable(dir)}: ${what}; train again ${these} --inner, or give the capture itself`,
  );
}
