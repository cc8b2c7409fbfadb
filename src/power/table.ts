/** The one table of templates: attacks that power is measured with. */

import type { Template } from './template.js';
import { CHANNELS } from './templates/channels.js';
import { FLOODS } from './templates/floods.js';
import { GUESSES } from './templates/guesses.js';
import { SCANS } from './templates/scans.js';
import { SEGMENTS } from './templates/segment.js';
import { UPLOADS } from './templates/uploads.js';

export const TEMPLATES: readonly Template[] = [...SCANS, ...GUESSES, ...CHANNELS, ...UPLOADS, ...FLOODS, ...SEGMENTS];
