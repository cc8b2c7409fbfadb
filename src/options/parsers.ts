/** Values of options: text as it was typed into what commands work with, or a refusal that says what was expected. */
import { AnomalyError } from '../base/errors.js';
import { isHubName } from '../base/hub.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import { printable } from '../base/text.js';

function numeric(what: string, accept: (n: number) => boolean) {
  return (text: string, name: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!accept(value)) throw new AnomalyError('USAGE', `${name}: ${what} expected, not "${printable(text)}"`);
    return value;
  };
}

export const positive = numeric('a number above 0', (n) => n > 0 && Number.isFinite(n));
export const count = numeric('a whole number above 0', (n) => Number.isSafeInteger(n) && n > 0);
export const whole = numeric('a whole number from 0', (n) => Number.isSafeInteger(n) && n >= 0);
export const spoolSize = numeric('a number of megabytes from 2', (n) => n >= 2 && n <= 1 << 20);
export const percent = numeric('a percentile between 50 and 100 (exclusive)', (n) => n > 50 && n < 100);
export const snaplen = numeric(
  `a number of bytes from 64 to ${MAX_SNAPLEN}`,
  (n) => Number.isSafeInteger(n) && n >= 64 && n <= MAX_SNAPLEN,
);

export function layers(text: string, name: string): number[] {
  const sizes = text.split(',').map((part) => Number(part));
  if (sizes.length > 8 || sizes.some((n) => !Number.isSafeInteger(n) || n < 1 || n > 4096)) {
    throw new AnomalyError('USAGE', `${name}: layer sizes such as 48,16 expected, not "${printable(text)}"`);
  }
  return sizes;
}

/** As long as a host's name may be (RFC 1035). */
const LONGEST_NAME = 253;

export function sensorName(text: string, name: string): string {
  const safe = printable(text).trim();
  if (safe === '' || safe.length > LONGEST_NAME) {
    throw new AnomalyError('USAGE', `${name}: a name of 1 to ${LONGEST_NAME} characters expected, not "${safe}"`);
  }
  return safe;
}

/** Of a sensor or a site. */
export function hubName(text: string, name: string): string {
  if (isHubName(text)) return text;
  throw new AnomalyError(
    'USAGE',
    `${name}: 1 to 63 small letters, digits and hyphens expected, not "${printable(text)}"`,
  );
}
