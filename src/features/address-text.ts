/** One end of a conversation in a sentence. */
import { addressText } from '../base/address.js';
import type { Endpoint } from './extractor.js';

export function endText({ family, bytes }: Endpoint): string {
  return addressText(family, bytes) || 'unknown';
}
