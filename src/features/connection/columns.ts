/**
 * The columns that the kernel works out of a connection and of those before it. It writes them by name, and is refused when
 * its names or their order are others (assembly/connection/connection-columns.ts).
 */

import { CONN_STATES, PROTOCOLS } from '../../zeek/record.js';
import type { FeatureColumn } from '../extractor.js';
import { LETTERS } from './history.js';

const scaled = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc, group: 'connection', binary: false };
};
const binary = (name: string, doc: string): FeatureColumn => {
  return { name, unit: '', doc, group: 'connection', binary: true };
};

/** One connection by itself: how long, how much, in which state it ended, and its history. */
export const SHAPE_COLUMNS: readonly FeatureColumn[] = [
  scaled('duration', 'ln ms', 'from the first to the last packet; 0 where the log has none'),
  binary('no_duration', 'the log has no duration: one packet'),
  scaled('orig_packets', 'ln packets', 'by the originator'),
  scaled('resp_packets', 'ln packets', 'by the responder'),
  scaled('orig_bytes', 'ln B', 'payload by the originator'),
  scaled('resp_bytes', 'ln B', 'payload by the responder'),
  scaled('orig_packet_size', 'ln B', 'mean size of the packets by the originator'),
  scaled('resp_packet_size', 'ln B', 'mean size of the packets by the responder'),
  scaled('orig_share', 'share', 'of the payload by the originator'),
  ...PROTOCOLS.map((name) => binary(`proto_${name}`, `protocol ${name}`)),
  ...CONN_STATES.map((name) => binary(`state_${name}`, `connection state ${name}`)),
  binary('state_unknown', 'a connection state that is none of these'),
  binary('service_known', 'the sensor recognised the application protocol'),
  binary('orig_local', 'the originator is local'),
  binary('resp_local', 'the responder is local, a group or all'),
  binary('unicast', 'to one host'),
  binary('ipv6', 'IP version 6'),
  binary('missed', 'the sensor missed bytes'),
  ...LETTERS.flatMap(([letter, what]) => [
    scaled(`history_orig_${letter}`, 'ln times', `${what} by the originator (logarithmic steps)`),
    scaled(`history_resp_${letter}`, 'ln times', `${what} by the responder (logarithmic steps)`),
  ]),
  binary('history_flip', 'the sensor swapped the sides'),
];

const window = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc: `${doc}, 60 s`, group: 'window', binary: false };
};
const flow = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc, group: 'flow', binary: false };
};

/**
 * What the originator, the pair and the service did in the last minute, and how regular a pair's connections are.
 * Nothing about the responder alone: during a scan it would raise the innocent connections to the same host too.
 */
export const ACTIVITY_COLUMNS: readonly FeatureColumn[] = [
  window('orig_connections', 'ln connections', 'connections of the originator'),
  window('orig_responders', 'ln hosts', 'distinct responders of the originator'),
  window('orig_services', 'ln services', 'distinct responders and ports of the originator'),
  window('pair_ports', 'ln ports', 'distinct ports of the responder that the originator tried'),
  window('orig_failed', 'ln connections', "originator's attempts that came to nothing"),
  window('orig_failed_share', 'share', "originator's attempts that came to nothing, of all"),
  window('orig_rejected', 'ln connections', "originator's attempts that were refused"),
  window('orig_echoes', 'ln connections', 'echo requests of the originator'),
  window('service_connections', 'ln connections', 'connections of this originator to this service'),
  flow('interval', 'ln s', 'since the last connection of this originator to this service; 0: the first'),
  flow('interval_variation', '', 'of these intervals: deviation by mean, at most 10, slow; 10: fewer than three'),
];
