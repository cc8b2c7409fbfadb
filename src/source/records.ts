/** Packets decoded into records. */

import { decodePacket, isSupportedLinkType, linkTypeName } from '../decode/packet.js';
import type { PacketRecord, RecordBatch } from '../table/record.js';
import type { PacketBatch, PacketSource, RecordSource } from './packet-source.js';
import { StopCounts } from './stops.js';
import { TunnelShare } from './tunnel-share.js';

export interface RecordHooks {
  /** Sees each batch of captured bytes before its records are given on; record k is packet k. */
  onPackets?: (batch: PacketBatch) => void | Promise<void>;
  /** ends the opening, which of thousands of files takes long; a stream that is open is closed instead */
  signal?: AbortSignal | undefined;
  /** Records describe the innermost packets of tunnels; of a packet table its header line says whether they do. */
  inner?: boolean | undefined;
}

class DecodedBatch implements RecordBatch {
  private packets: PacketBatch | undefined;
  /** records before this one are counted already: reading one again counts nothing */
  private counted = 0;
  /** packets of link types that are not decoded */
  readonly undecoded = new Map<number, number>();
  readonly stops = new StopCounts();
  readonly tunnels = new TunnelShare();

  constructor(private readonly inner: boolean) {}

  get count(): number {
    return this.packets?.count ?? 0;
  }

  begin(packets: PacketBatch): void {
    this.packets = packets;
    this.counted = 0;
  }

  read(index: number, into: PacketRecord): void {
    const packets = this.packets as PacketBatch;
    const linkType = packets.linkType[index];
    const { data, offset, capLen, wireLen } = packets;
    decodePacket(data, offset[index], capLen[index], wireLen[index], linkType, into, this.inner);
    into.timestampUs = packets.timestampUs[index];
    if (into.stopReason !== 0 && index >= this.counted) {
      this.stops.add(into);
      if (!isSupportedLinkType(linkType)) this.undecoded.set(linkType, (this.undecoded.get(linkType) ?? 0) + 1);
    }
    if (index < this.counted) return;
    this.counted = index + 1;
    if (!this.inner) this.tunnels.look(into);
  }
}

function linkTypeText(linkType: number): string {
  return `link type ${linkType} (${linkTypeName(linkType)})`;
}

/** Records of any packet source. Packets of link types that are not decoded are named in the facts' warnings at the end. */
export function recordsOf(source: PacketSource, hooks: RecordHooks = {}): RecordSource {
  const decoded = new DecodedBatch(hooks.inner === true);
  if (hooks.inner) source.facts.inner = true;

  async function* packets(): AsyncGenerator<PacketBatch> {
    for await (const batch of source) {
      const seen = hooks.onPackets?.(batch);
      if (seen) await seen;
      yield batch;
    }
  }

  async function* batches(): AsyncGenerator<RecordBatch> {
    for await (const batch of packets()) {
      decoded.begin(batch);
      yield decoded;
      decoded.tunnels.tell(source.facts, false);
    }
    const { undecoded } = decoded;
    decoded.tunnels.tell(source.facts, true);
    if (undecoded.size > 0) source.facts.undecoded = [...undecoded.keys()].map(linkTypeText);
    for (const [linkType, count] of undecoded) {
      const what = count === 1 ? '1 packet' : `${count} packets`;
      source.facts.warnings.push(`${source.facts.name}: ${what} of ${linkTypeText(linkType)} could not be decoded`);
    }
  }

  return {
    facts: source.facts,
    format: source.facts.format,
    batches: Object.assign(batches(), { packets: packets() }),
    get stops() {
      return decoded.stops.toMap();
    },
    health: () => source.health?.() ?? {},
    close: () => source.close(),
  };
}
