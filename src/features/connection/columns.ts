/**
 * The columns that the kernel works out of a connection and of those before it. It writes them by name, and is refused when
 * its names or their order are others (assembly/connection/connection-columns.ts).
 */

import { CONN_STATES, PROTOCOLS } from '../../zeek/record.js';
import type { FeatureColumn } from '../extractor.js';
import { describing, ln, plainly, SHARE } from '../table.js';
import { LETTERS } from './history.js';

const number = describing('connection');
const yesNo = (name: string, doc: string): FeatureColumn => number(name, BINARY, doc);
/** 0 or 1, told as yes or no */
const BINARY = { ...plainly(''), binary: true, flag: true };

/** One connection by itself: how long, how much, in which state it ended, and its history. */
export const SHAPE_COLUMNS: readonly FeatureColumn[] = [
  number('duration', ln('ms'), 'time from the first to the last packet; 0 where the log has none'),
  yesNo('no_duration', 'one packet, for which the log has no duration'),
  number('orig_packets', ln('packets'), 'packets by the originator'),
  number('resp_packets', ln('packets'), 'packets by the responder'),
  number('orig_bytes', ln('B'), 'payload by the originator'),
  number('resp_bytes', ln('B'), 'payload by the responder'),
  number('orig_packet_size', ln('B'), 'mean size of the packets by the originator'),
  number('resp_packet_size', ln('B'), 'mean size of the packets by the responder'),
  number('orig_share', SHARE, 'part of the payload that is by the originator'),
  ...PROTOCOLS.map((name) => yesNo(`proto_${name}`, `protocol ${name}`)),
  ...CONN_STATES.map((name) => yesNo(`state_${name}`, `connection state ${name}`)),
  yesNo('state_unknown', 'a connection state that is none of these'),
  yesNo('service_known', 'the sensor recognised the application protocol'),
  yesNo('orig_local', 'the originator is local'),
  yesNo('resp_local', 'the responder is local, a group or all'),
  yesNo('unicast', 'to one host'),
  yesNo('ipv6', 'IP version 6'),
  yesNo('missed', 'the sensor missed bytes'),
  ...LETTERS.flatMap(([letter, what]) => [
    number(`history_orig_${letter}`, ln('times'), `${what} by the originator (logarithmic steps)`),
    number(`history_resp_${letter}`, ln('times'), `${what} by the responder (logarithmic steps)`),
  ]),
  yesNo('history_flip', 'the sensor swapped the sides'),
];

const window = describing('window', (doc) => `${doc}, 60 s`);
const flow = describing('flow');

/**
 * What the originator, the pair and the service did in the last minute, and how regular a pair's connections are.
 * Nothing about the responder alone: during a scan it would raise the innocent connections to the same host too.
 */
export const ACTIVITY_COLUMNS: readonly FeatureColumn[] = [
  window('orig_connections', ln('connections'), 'connections of the originator'),
  window('orig_responders', ln('hosts'), 'distinct responders of the originator'),
  window('orig_services', ln('services'), 'distinct responders and ports of the originator'),
  window('pair_ports', ln('ports'), 'distinct ports of the responder that the originator tried'),
  window('orig_failed', ln('connections'), "originator's attempts that came to nothing"),
  window('orig_failed_share', SHARE, "originator's attempts that came to nothing, of all"),
  window('orig_rejected', ln('connections'), "originator's attempts that were refused"),
  window('orig_echoes', ln('connections'), 'echo requests of the originator'),
  window('service_connections', ln('connections'), 'connections of this originator to this service'),
  flow(
    'interval',
    ln('s'),
    'time since the last connection of this originator to this service; 0: the first, or one that goes on',
  ),
  flow(
    'interval_variation',
    plainly(''),
    'of these intervals: deviation by mean, at most 10, slow; 10: fewer than three',
  ),
];
