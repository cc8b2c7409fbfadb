/** What initiators, pairs, services and remotes did in the last minute. */

import { lgCount } from '../../numeric.js';
import { describing, ln, type Row, SHARE } from '../../table.js';
import { type Activity, H, P, S } from '../activity.js';
import type { PacketParts } from '../parts.js';

const LN_HOSTS = ln('hosts');
const LN_SERVICES = ln('services');
const LN_PORTS = ln('ports');
const LN_FLOWS = ln('flows');
const LN_OPENINGS = ln('openings');
const LN_PACKETS = ln('packets');
const LN_ADDRESSES = ln('addresses');
const LN_QUERIES = ln('queries');
const LN_B = ln('B');

const window = describing('window', (doc) => `${doc}, in 60 s`);

export function windowRows(row: Row, { activity }: PacketParts): void {
  connectionRows(row, activity);
  messageRows(row, activity);
  serviceRows(row, activity);
}

function connectionRows(row: Row, activity: Activity): void {
  const { pair } = activity;
  const responders = activity.ofInitiator(H.responders);
  const services = activity.ofInitiator(H.services);
  const halfOpen = activity.ofInitiator(H.halfOpen);
  row.put(window, 'initiator_responders', LN_HOSTS, 'distinct responders of the initiator', lgCount(responders));
  row.put(
    window,
    'initiator_services',
    LN_SERVICES,
    'distinct responders and ports of the initiator',
    lgCount(services),
  );
  row.put(
    window,
    'pair_ports',
    LN_PORTS,
    'distinct ports of the responder that the initiator used',
    pair < 0 ? 0 : lgCount(activity.pairs.get(pair, P.ports)),
  );
  row.put(
    window,
    'initiator_flows',
    LN_FLOWS,
    'flows that the initiator opened',
    lgCount(activity.ofInitiator(H.flows)),
  );
  row.put(
    window,
    'initiator_half_open',
    LN_OPENINGS,
    "initiator's SYNs without an answer after 3 s",
    lgCount(halfOpen),
  );
  row.put(
    window,
    'initiator_half_open_share',
    SHARE,
    "part of the initiator's SYNs without an answer (of SYNs + 5)",
    halfOpen / (activity.ofInitiator(H.openings) + 5),
  );
}

function messageRows(row: Row, activity: Activity): void {
  row.put(
    window,
    'initiator_resets',
    LN_PACKETS,
    'RSTs that the initiator received',
    lgCount(activity.ofInitiator(H.resets)),
  );
  row.put(
    window,
    'initiator_unreachables',
    LN_PACKETS,
    'ICMP unreachables that the initiator received',
    lgCount(activity.ofInitiator(H.unreachables)),
  );
  row.put(
    window,
    'initiator_lookups',
    LN_ADDRESSES,
    'distinct addresses that the initiator asked for by ARP or neighbour discovery',
    lgCount(activity.ofInitiator(H.lookups)),
  );
  row.put(
    window,
    'initiator_echoes',
    LN_PACKETS,
    "initiator's echo and timestamp requests",
    lgCount(activity.ofInitiator(H.echoes)),
  );
  row.put(window, 'initiator_queries', LN_QUERIES, "initiator's DNS queries", lgCount(activity.ofInitiator(H.queries)));
  row.put(
    window,
    'responder_half_open',
    LN_OPENINGS,
    'SYNs that the responder left without an answer',
    lgCount(activity.hosts.get(activity.responder, H.halfOpenReceived)),
  );
}

function serviceRows(row: Row, activity: Activity): void {
  const { port } = activity;
  const up = activity.ofService(S.up);
  const down = activity.ofService(S.down);
  row.put(
    window,
    'remote_ports',
    LN_PORTS,
    'distinct service ports used with this remote',
    port < 0 ? 0 : lgCount(activity.hosts.get(activity.remote, H.ports)),
  );
  row.put(
    window,
    'port_remotes',
    LN_HOSTS,
    'distinct remotes on this service port',
    port < 0 ? 0 : lgCount(activity.ports.get(port, 0)),
  );
  row.put(
    window,
    'service_flows',
    LN_FLOWS,
    'flows of this initiator to this service',
    lgCount(activity.ofService(S.flows)),
  );
  row.put(window, 'service_up', LN_B, 'payload of this initiator to this service', lgCount(up));
  row.put(window, 'service_down', LN_B, 'payload of this service to this initiator', lgCount(down));
  row.put(
    window,
    'service_up_share',
    SHARE,
    "initiator's part of that payload (of all + 200 B)",
    up / (up + down + 200),
  );
}
