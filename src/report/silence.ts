/** The allow-list entry that would silence an incident, ready to paste into the file given with --allow. */

import type { Incident } from '../detect/types.js';

/**
 * One JSON object on one line: the responder's service where there is one, and who used it.
 * Text from the wire goes only into the comment.
 */
export function silencingEntry(incident: Incident): string {
  return JSON.stringify({
    address: incident.initiator,
    ...(incident.servicePort >= 0 ? { port: incident.servicePort } : {}),
    protocol: incident.protocol,
    reason: incident.kind,
    comment: `incident ${incident.id}: why this is expected`,
  });
}
