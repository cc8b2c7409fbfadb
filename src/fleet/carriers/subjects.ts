/** Which stream keeps a subject, as NATS's filters say it. */
import { STREAMS, type StreamSpec } from '../contract.js';
import { CarrierError } from './carrier.js';

/** @param filter its subject, or another filter within the stream's */
export function streamOf(filter: string): StreamSpec {
  const found = Object.values(STREAMS).find(({ subjects }) => matches(subjects, filter));
  if (found === undefined) throw new CarrierError('unprepared', `no stream keeps ${filter}`);
  return found;
}

/** `*` stands for a token, `>` for the rest, which is not nothing. */
export function matches(filter: string, subject: string): boolean {
  const [wanted, tokens] = [filter.split('.'), subject.split('.')];
  const end = wanted.indexOf('>');
  if (end === -1 ? wanted.length !== tokens.length : tokens.length <= end) return false;
  return wanted.slice(0, end === -1 ? undefined : end).every((token, k) => token === '*' || token === tokens[k]);
}
