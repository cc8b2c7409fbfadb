/** How the record's flow went so far. */

import { lg, lgCount } from '../../numeric.js';
import { describing, ln, type Row, SHARE } from '../../table.js';
import type { PacketParts } from '../parts.js';

const LN_S = ln('s');
const LN_PACKETS = ln('packets');
const LN_B = ln('B');
const LN_TURNS = ln('turns');

const flow = describing('flow');

export function flowRows(row: Row, { flows, scene }: PacketParts): void {
  const { sent, received } = flows;
  row.put(flow, 'flow_age', LN_S, 'time since the flow began', lg(scene.seconds - flows.started));
  row.put(flow, 'flow_packets', LN_PACKETS, 'packets of the flow so far', lgCount(flows.packets));
  row.put(flow, 'flow_bytes_out', LN_B, 'bytes from initiator to responder so far', lg(sent));
  row.put(flow, 'flow_bytes_in', LN_B, 'bytes from responder to initiator so far', lg(received));
  row.put(
    flow,
    'flow_out_share',
    SHARE,
    "initiator's part of the flow's bytes",
    sent + received > 0 ? sent / (sent + received) : 0.5,
  );
  row.put(
    flow,
    'flow_unanswered',
    LN_PACKETS,
    "initiator's packets while nothing came back",
    flows.answered ? 0 : lgCount(flows.unanswered),
  );
  row.put(
    flow,
    'flow_turns',
    LN_TURNS,
    'how often the side that sends payload changed so far, the first counted',
    lgCount(flows.turns),
  );
}
