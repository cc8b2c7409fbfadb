/** Rarity by the book: counts by value and time block in maps with text keys. */

import { foldedLabels, isPrivateText, type Seen } from './oracle-context.ts';

/** vocabulary -> value -> counts by block */
type Counts = Map<string, number[]>;

const BLOCKS = 5;

export class OracleRarity {
  private readonly words = new Map<string, Counts>();

  private count(word: string, value: string, block: number): void {
    const counts = this.words.get(word) ?? new Map<string, number[]>();
    this.words.set(word, counts);
    const byBlock = counts.get(value) ?? Array<number>(BLOCKS).fill(0);
    counts.set(value, byBlock);
    byBlock[block] = byBlock[block] + 1;
  }

  private left(counts: readonly number[] | undefined, block: number): number {
    return (counts ?? []).reduce((sum, n, b) => sum + (b === block ? 0 : n), 0);
  }

  private bits(word: string, value: string, block: number): number {
    const counts = this.words.get(word) ?? new Map<string, number[]>();
    const all = [...counts.values()].map((byBlock) => this.left(byBlock, block));
    const n = all.reduce((sum, c) => sum + c, 0);
    const v = all.filter((c) => c > 0).length;
    return Math.min(20, -Math.log2((this.left(counts.get(value), block) + 1) / (n + v + 1)));
  }

  /** Seen in training, outside of the block; where training saw nobody at all, the model is one that names nobody: all are known. */
  knows(remote: string, block: number): boolean {
    const known = this.words.get('rarity_remote');
    return known === undefined || this.left(known.get(this.network(remote)), block) > 0;
  }

  private network(remote: string): string {
    if (isPrivateText(remote)) return remote;
    return remote.includes(':') ? remote.split(':').slice(0, 6).join(':') : remote.split('.').slice(0, 3).join('.');
  }

  private ofFlow(s: Seen, port: string): Record<string, string> {
    const options = [...s.record.tcpOptionKinds.slice(0, s.record.tcpOptionCount)].join('-');
    return {
      rarity_service: `${s.protocol} ${port}`,
      rarity_service_place: `${s.protocol} ${port} ${s.place}`,
      rarity_responder: `${s.protocol} ${port} ${s.responder}`,
      ...(s.syn
        ? { rarity_syn: `${Math.floor(s.record.tcpWindow / 256)} ${Math.floor(s.record.ipTtl / 33)} ${options}` }
        : {}),
    };
  }

  private ofPacket(s: Seen, port: string): Record<string, string> {
    const { record: r } = s;
    const kind =
      s.protocol === 'other_ip' ? `ip ${r.ipProto}` : s.protocol === 'not_ip' ? `eth ${r.ethType}` : s.protocol;
    const form = `${s.payload > 0} ${s.fragment} ${r.ipOptions === 1}`;
    return {
      rarity_service_packet: `${s.protocol} ${port}`,
      rarity_header: `${kind} ${s.flags}`,
      rarity_header_payload: `${kind} ${s.flags} ${form}`,
      rarity_message: `${kind} ${r.icmpType} ${r.icmpCode}`,
      rarity_size: `${s.protocol} ${port} ${Math.floor(2 * Math.log2(1 + r.frameLen))} ${s.lane}`,
      rarity_remote: this.network(s.remote),
      ...(r.dnsResponse >= 0 ? { rarity_domain: JSON.stringify(foldedLabels(r.dnsQryName.toString()).slice(-2)) } : {}),
      ...(r.ipTtl >= 0 ? { rarity_ttl: String(r.ipTtl) } : {}),
    };
  }

  private firstPayload(s: Seen): boolean {
    if (s.flow.memory.has('payload') || s.record.payloadPrintable < 0 || s.record.srcport < 0) return false;
    s.flow.memory.set('payload', 1);
    return true;
  }

  private payloadValue(s: Seen, port: string): string {
    return `${s.protocol} ${port} ${s.record.payloadPrintable >= 0.95} ${s.fromInitiator}`;
  }

  learn(s: Seen, block: number): void {
    const port = String(s.servicePort);
    if (s.starts && !s.flow.begun) s.flow.memory.set('payload', 1);
    if (s.starts) for (const [word, value] of Object.entries(this.ofFlow(s, port))) this.count(word, value, block);
    if (this.firstPayload(s)) this.count('rarity_first_payload', this.payloadValue(s, port), block);
    for (const [word, value] of Object.entries(this.ofPacket(s, port))) this.count(word, value, block);
  }

  values(s: Seen, block: number): Record<string, number> {
    const { memory } = s.flow;
    const port = String(s.servicePort);
    if (s.starts) {
      if (!s.flow.begun) memory.set('payload', 1);
      for (const [word, value] of Object.entries(this.ofFlow(s, port))) memory.set(word, this.bits(word, value, block));
    }
    if (!s.starts && s.anew) {
      memory.delete('rarity_syn');
      memory.delete('rarity_first_payload');
    }
    if (this.firstPayload(s)) {
      memory.set('rarity_first_payload', this.bits('rarity_first_payload', this.payloadValue(s, port), block));
    }
    const values: Record<string, number> = { rarity_ttl: 0, rarity_domain: 0 };
    for (const [word, value] of Object.entries(this.ofPacket(s, port))) values[word] = this.bits(word, value, block);
    for (const word of [
      'rarity_service',
      'rarity_service_place',
      'rarity_responder',
      'rarity_syn',
      'rarity_first_payload',
    ]) {
      values[word] = memory.get(word) ?? 0;
    }
    return values;
  }
}
