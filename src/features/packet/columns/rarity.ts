/** How rare a packet's own values, and those of its flow's beginning, were in training. */

import { BITS, describingRarity, type Row } from '../../table.js';
import type { PacketParts } from '../parts.js';
import { FIRST_PAYLOAD, PLACE, RESPONDER, SERVICE, SYN_SIGNATURE } from '../vocabularies.js';

const rarity = describingRarity('rarity');
const novelty = describingRarity('novelty');

export function rarityRows(row: Row, { vocabularies, record, scene, flows, sides, leftOut }: PacketParts): void {
  const v = vocabularies;
  const { words } = v;
  row.put(rarity, 'rarity_service', BITS, 'protocol and service port, by flows', v.ofFlow(flows, SERVICE));
  row.put(
    rarity,
    'rarity_service_packet',
    BITS,
    'protocol and service port, by packets',
    v.bits(words.servicePacket, v.serviceKey(scene, flows), leftOut),
  );
  row.put(
    rarity,
    'rarity_service_place',
    BITS,
    'protocol, service port, and which side is local',
    v.ofFlow(flows, PLACE),
  );
  row.put(
    rarity,
    'rarity_header',
    BITS,
    'protocol and TCP flags',
    v.bits(words.header, v.headerKey(record, scene), leftOut),
  );
  row.put(
    rarity,
    'rarity_header_payload',
    BITS,
    'protocol, TCP flags, with or without payload, fragment or options',
    v.bits(words.headerPayload, v.headerPayloadKey(record, scene), leftOut),
  );
  row.put(
    rarity,
    'rarity_message',
    BITS,
    'ICMP type and code, IP protocol or EtherType',
    v.bits(words.message, v.messageKey(record, scene), leftOut),
  );
  row.put(
    rarity,
    'rarity_syn',
    BITS,
    "the opening SYN's window, TTL class and options",
    v.ofFlow(flows, SYN_SIGNATURE),
  );
  row.put(
    rarity,
    'rarity_ttl',
    BITS,
    'time to live',
    record.ipTtl < 0 ? 0 : v.bits(words.ttl, v.ttlKey(record), leftOut),
  );
  row.put(
    rarity,
    'rarity_first_payload',
    BITS,
    "service port, text or binary, and sender's side of the flow's first payload",
    v.ofFlow(flows, FIRST_PAYLOAD),
  );
  row.put(
    rarity,
    'rarity_size',
    BITS,
    'packet size (half powers of two) on this service port and direction',
    v.bits(words.size, v.sizeKey(record, scene, flows, sides.lane), leftOut),
  );
}

export function rarityNoveltyRows(row: Row, parts: PacketParts): void {
  const { vocabularies: v, record, scene, flows, sides, leftOut } = parts;
  row.put(
    novelty,
    'rarity_remote',
    BITS,
    'the remote network (/24, /48; private: the host)',
    v.bits(v.words.remote, v.remoteKey(sides.remote), leftOut),
  );
  row.put(novelty, 'rarity_responder', BITS, 'this service on this responder', v.ofFlow(flows, RESPONDER));
  row.put(
    novelty,
    'rarity_domain',
    BITS,
    'on DNS: the last two labels of the name',
    record.dnsResponse < 0 ? 0 : v.bits(v.words.domain, scene.name.domain, leftOut),
  );
}
