/** How often and how evenly one initiator comes back. */

import { lgCount } from '../../numeric.js';
import { describing, ln, type Row, SHARE } from '../../table.js';
import { S } from '../activity.js';
import type { PacketParts } from '../parts.js';

const LN_FLOWS = ln('flows');

const window = describing('window');
const kind = describing('kind');

export function rhythmRows(row: Row, { activity, scene, rhythm }: PacketParts): void {
  row.put(
    window,
    'service_flows_10s',
    LN_FLOWS,
    'flows of this initiator to this service, in the last 10 to 20 s',
    lgCount(activity.services.latest(activity.service, scene.bucket, S.flows)),
  );
  row.put(
    window,
    'service_regularity',
    SHARE,
    'how evenly in time this initiator opens flows to this service: 1 − spread by mean of the gaps',
    rhythm.services.value(activity.service),
  );
  row.put(
    kind,
    'dns_regularity',
    SHARE,
    'on DNS: how evenly in time this initiator asks for this name: 1 − spread by mean of the gaps',
    rhythm.name < 0 ? 0 : rhythm.names.value(rhythm.name),
  );
}
