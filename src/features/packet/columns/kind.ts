/** What only some kinds of record have: names asked for, echoes, payload. */

import { lg, lgCount } from '../../numeric.js';
import { describing, ln, partOf, type Row, SHARE } from '../../table.js';
import { H } from '../activity.js';
import type { PacketParts } from '../parts.js';
import { ICMP, ICMPV6 } from '../scene.js';

const OF_255_B = partOf(255, 'B');
const OF_8_BITS = partOf(8, 'bits');
const LN_NAMES = ln('names');
const LN_B = ln('B');

/** Queries of nothing added to a mean, that one name does not make it: one of few says little. */
const LENGTH_PRIOR = 3;

const kind = describing('kind');

export function kindRows(row: Row, { activity, scene, record }: PacketParts): void {
  const { parent } = activity;
  const queries = activity.ofInitiator(H.queries);
  const echoes = activity.ofInitiator(H.echoes);
  const icmp = scene.protocol === ICMP || scene.protocol === ICMPV6;
  row.put(kind, 'dns_name_length', OF_255_B, 'length of the DNS name', parent < 0 ? 0 : scene.name.length / 255);
  row.put(
    kind,
    'dns_label_entropy',
    OF_8_BITS,
    'entropy of the most mixed label of the DNS name',
    parent < 0 ? 0 : scene.name.labelEntropy / 8,
  );
  row.put(
    kind,
    'dns_parent_names',
    LN_NAMES,
    'on DNS: distinct names of the initiator under this parent, in 60 s',
    parent < 0 ? 0 : lgCount(activity.parents.get(parent, 0)),
  );
  row.put(
    kind,
    'dns_mean_length',
    OF_255_B,
    "on DNS: mean length of the initiator's queries, in 60 s",
    parent < 0 || queries === 0 ? 0 : activity.ofInitiator(H.queryBytes) / (queries + LENGTH_PRIOR) / 255,
  );
  row.put(
    kind,
    'dns_missing_share',
    SHARE,
    'on DNS: answers "no such name" (of queries + 5), in 60 s',
    parent < 0 ? 0 : activity.ofInitiator(H.missing) / (queries + 5),
  );
  row.put(
    kind,
    'echo_payload',
    LN_B,
    "on ICMP: mean payload of the initiator's echo requests, in 60 s",
    icmp && echoes > 0 ? lg(activity.ofInitiator(H.echoBytes) / echoes) : 0,
  );
  row.put(
    kind,
    'payload_entropy',
    OF_8_BITS,
    'entropy of the payload',
    record.payloadEntropy > 0 ? record.payloadEntropy / 8 : 0,
  );
  row.put(
    kind,
    'payload_printable',
    SHARE,
    'printable part of the payload',
    record.payloadPrintable > 0 ? record.payloadPrintable : 0,
  );
}
