/** Packets as a kind of records. */
import { COUNTS } from '../features/counts.js';
import { EXPLORED_PACKET } from '../features/explored.js';
import { PacketFeatures } from '../features/packet/index.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { openRecords, recordsOf } from '../source/open.js';
import { PacketRecord } from '../table/record.js';
import type { RecordKindOf } from './record-kind.js';

type PacketKind = RecordKindOf<PacketRecord> & Required<Pick<RecordKindOf<PacketRecord>, 'live'>>;

export const PACKETS: PacketKind = {
  ...RECORD_KINDS.packet,
  kind: 'packet',
  counts: COUNTS,
  explored: EXPLORED_PACKET,
  newRecord: () => new PacketRecord(),
  extractor: (options, state) => new PacketFeatures(options, state),
  open: openRecords,
  weaver: async () => (await import('./power/weavers.js')).PACKET_WEAVER,
  tableRow: (record) => record,
  live: async (options) => {
    // loaded when needed: reading files takes no capture driver
    const { openLive } = await import('../source/live/index.js');
    const packets = await openLive(options);
    return {
      kind: PACKETS,
      names: [packets.facts.name],
      repeatable: false,
      open: async (hooks) => recordsOf(packets, { ...hooks, inner: hooks?.inner ?? options.inner }),
      close: () => packets.close(),
    };
  },
};
