/** One end of a conversation as text. */
import { formatIpv4, formatIpv6 } from '../base/address.js';
import type { Endpoint } from './extractor.js';

/** Address of an endpoint's family; "unknown" where there is none. */
export function addressText({ family, bytes }: Endpoint): string {
  if (family === 4) return formatIpv4(bytes);
  if (family === 6) return formatIpv6(bytes);
  if (family !== 48) return 'unknown';
  return Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
