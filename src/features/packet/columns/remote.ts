/** Damped statistics of the remote by direction, and how long it has been known. */

import { lg } from '../../numeric.js';
import { type Describe, describing, ln, plainly, type Row } from '../../table.js';
import type { PacketParts } from '../parts.js';
import type { Remotes } from '../remotes.js';

const LN_PACKETS = ln('packets');
const LN_B = ln('B');
const LN_MS = ln('ms');
const LN_S = ln('s');
const RATIO = plainly('ratio');

const MOST_VARIATION = 10;
/** A remote seen first in this run is old after an hour; those of training are. */
const OLD_SECONDS = 3600;

/** Columns over about so long; SPAN in a doc stands for these words. */
function over(suffix: string, words: string): Describe {
  const describe = describing('damped');
  return (name, unit, doc) =>
    describe(`${name}_${suffix}`, unit, `${doc.replace('SPAN', `of about ${words}`)} (this remote and direction)`);
}

/** in the order of the decays of DampedStats */
const SPANS = [
  over('1s', 'the last second'),
  over('10s', 'the last ten seconds'),
  over('100s', 'the last minute and a half'),
];

const novelty = describing('novelty');

export function remoteRows(row: Row, { remotes }: PacketParts): void {
  for (let span = 0; span < SPANS.length; span++) sizeRows(row, remotes, span);
  for (let span = 0; span < SPANS.length; span++) gapRows(row, remotes, span);
}

function sizeRows(row: Row, { stats, lane }: Remotes, span: number): void {
  const damped = SPANS[span];
  row.put(damped, 'remote_packets', LN_PACKETS, 'packets SPAN', lg(stats.weight(lane, span)));
  row.put(damped, 'remote_size', LN_B, 'mean packet length SPAN', lg(stats.size(lane, span)));
  row.put(damped, 'remote_size_spread', LN_B, 'spread of packet lengths SPAN', lg(stats.sizeDeviation(lane, span)));
}

function gapRows(row: Row, { stats, lane }: Remotes, span: number): void {
  const damped = SPANS[span];
  const mean = stats.gap(lane, span);
  row.put(damped, 'remote_gap', LN_MS, 'mean time between packets SPAN', lg(mean));
  row.put(
    damped,
    'remote_gap_variation',
    RATIO,
    `spread by mean of times between packets SPAN, at most 10`,
    mean > 0 ? Math.min(MOST_VARIATION, stats.gapDeviation(lane, span) / mean) : 0,
  );
}

export function remoteNoveltyRows(row: Row, { remotes, vocabularies, sides, leftOut }: PacketParts): void {
  row.put(
    novelty,
    'remote_age',
    LN_S,
    'time since the remote was first seen, an hour at most and for those known from training',
    lg(vocabularies.knowsRemote(sides, leftOut) ? OLD_SECONDS : Math.min(remotes.age, OLD_SECONDS)),
  );
}
