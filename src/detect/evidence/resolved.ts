/** Whom clients mean by an address: what they were told it for by DNS, among the names that training knew. */
import { exactKey, Key } from '../../base/hash.js';
import type { FeatureBatch } from '../feature-batch.js';
import { answerOf, nameOf } from './names.js';
import { offerKey, type Relations } from './relations.js';
import { portOf } from './services.js';

/** clients and addresses */
const MOST = 65_536;
const RESOLVED = 0x47;
const DNS_PORT = 53;

export class Resolved {
  /** by client and address, the name that it was last told; names that training lacked are left out, so that they cannot fill it */
  private readonly names = new Map<number, number>();
  private readonly key = new Key();

  constructor(private relations: Relations) {}

  /** What clients were told stays; which names are known is another training's. */
  adopt(relations: Relations): void {
    this.relations = relations;
  }

  /** Takes in record k, which brings addresses. @param raw its service, @param except see `Blocks.has` */
  add(batch: FeatureBatch, k: number, raw: number, except: number): void {
    const { relations, names } = this;
    // LLMNR and mDNS are answered by whoever likes to
    if (portOf(raw) !== DNS_PORT) return;
    const name = nameOf(batch, k);
    if (batch.fromInitiator[k] === 1 || !relations.names.has(name, except)) return;
    if (!relations.offers.has(offerKey(batch.responder.key(k), raw), except)) return;
    for (let i = 0; i < batch.traffic.answers[k]; i++) {
      const key = this.keyOf(batch.initiator.key(k), answerOf(batch, k, i));
      // the latest stand last, and the oldest make room
      names.delete(key);
      names.set(key, name);
      if (names.size > MOST) for (const oldest of names.keys()) if (names.delete(oldest)) break;
    }
  }

  /** The address at which training knew the responder of record k: its own one, unless the name that it goes by had another. */
  serverOf(batch: FeatureBatch, k: number, raw: number, except: number): number {
    const to = batch.responder.key(k);
    if (this.names.size === 0) return to;
    const from = batch.initiator.key(k);
    const name = this.names.get(this.keyOf(from, to));
    return name === undefined ? to : this.relations.knownAs(from, to, name, raw, except);
  }

  private keyOf(client: number, address: number): number {
    this.key.start(RESOLVED).addWide(client).addWide(address);
    return exactKey(this.key.low, this.key.high);
  }

  clear(): void {
    this.names.clear();
  }
}
