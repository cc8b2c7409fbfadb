/** Features of one connection by itself: how long, how much, in which state it ended, and its history. */

import { CONN_STATES, type ConnRecord, PROTOCOLS } from '../../zeek/record.js';
import { lg, lgCount } from '../numeric.js';
import { RowMemo } from '../row-memo.js';
import type { FeatureColumn } from '../types.js';
import type { ConnScene } from './scene.js';

/** Letters of `history`; capital: by the originator. https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html */
const LETTERS = [
  ['s', 'SYN'],
  ['h', 'SYN-ACK'],
  ['a', 'ACK'],
  ['d', 'data'],
  ['f', 'FIN'],
  ['r', 'RST'],
  ['c', 'bad checksum'],
  ['g', 'content gap'],
  ['t', 'retransmission'],
  ['w', 'zero window'],
  ['i', 'inconsistent packet'],
  ['q', 'SYN and FIN or RST together'],
] as const;
const LETTER_COLUMN = new Int8Array(128).fill(-1);
for (const [i, [letter]] of LETTERS.entries()) {
  LETTER_COLUMN[letter.toUpperCase().charCodeAt(0)] = 2 * i;
  LETTER_COLUMN[letter.charCodeAt(0)] = 2 * i + 1;
}
const FLIP = 94;
/** columns of protocol and state, of which one each is 1 */
const ONE_HOT = PROTOCOLS.length + CONN_STATES.length + 1;
/** keeps a share of few bytes near 0 */
const SHARE_PRIOR = 200;

const scaled = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc, group: 'connection', binary: false };
};
const binary = (name: string, doc: string): FeatureColumn => {
  return { name, unit: '', doc, group: 'connection', binary: true };
};

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

export function writeShape(record: ConnRecord, scene: ConnScene, out: Float32Array, from: number): number {
  let at = from;
  out[at++] = lg(record.duration * 1000);
  out[at++] = record.duration < 0 ? 1 : 0;
  out[at++] = lg(record.origPkts);
  out[at++] = lg(record.respPkts);
  out[at++] = lg(record.origBytes);
  out[at++] = lg(record.respBytes);
  out[at++] = record.origPkts > 0 ? lg(record.origIpBytes / record.origPkts) : 0;
  out[at++] = record.respPkts > 0 ? lg(record.respIpBytes / record.respPkts) : 0;
  const up = record.origBytes > 0 ? record.origBytes : 0;
  const down = record.respBytes > 0 ? record.respBytes : 0;
  out[at++] = up / (up + down + SHARE_PRIOR);
  for (let i = at; i < at + ONE_HOT; i++) out[i] = 0;
  out[at + record.proto] = 1;
  out[at + PROTOCOLS.length + (record.connState < 0 ? CONN_STATES.length : record.connState)] = 1;
  at += ONE_HOT;
  out[at++] = record.service.length > 0 ? 1 : 0;
  out[at++] = scene.origLocal ? 1 : 0;
  out[at++] = scene.respLocal ? 1 : 0;
  out[at++] = scene.unicast ? 1 : 0;
  out[at++] = record.ipVersion === 6 ? 1 : 0;
  out[at++] = record.missedBytes > 0 ? 1 : 0;
  return writeHistory(record, out, at);
}

/** times that each letter stood in the history at hand, by column; 0 between calls */
const times = new Uint8Array(2 * LETTERS.length);

/** columns of histories by their hash: a log has some hundreds of them */
const histories = new RowMemo(2048, times.length + 1);

function writeHistory(record: ConnRecord, out: Float32Array, at: number): number {
  const flip = at + times.length;
  if (histories.find(record.historyHashLow, record.historyHashHigh, out, at)) return flip + 1;
  for (let i = at; i <= flip; i++) out[i] = 0;
  const { bytes, length } = record.history;
  for (let i = 0; i < length; i++) {
    const letter = bytes[i];
    const column = letter < 128 ? LETTER_COLUMN[letter] : -1;
    if (column >= 0) out[at + column] = lgCount(++times[column]);
    else if (letter === FLIP) out[flip] = 1;
  }
  for (let i = 0; i < length; i++) {
    const letter = bytes[i];
    const column = letter < 128 ? LETTER_COLUMN[letter] : -1;
    if (column >= 0) times[column] = 0;
  }
  histories.keep(out, at);
  return flip + 1;
}
