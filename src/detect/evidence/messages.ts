/** Records of protocols without ports, DNS names, and whole connections. */
import { isEchoReplyType, isEchoRequestType, isUnreachableType } from '../../features/packet/roles.js';
import { DNS_NO_SUCH_NAME, DNS_QUERY, UNANSWERED, WENT_WELL } from '../../features/traffic.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Entity } from './entity.js';
import { ECHO_SIZE, type Ledger, LOOKUP, NAME } from './ledger.js';
import { isProbe } from './look-up.js';
import { GROUP } from './roles.js';
import { ECHO, serviceOf, TCP } from './services.js';
import { I, P, Z } from './statistics.js';

/** types of DNS questions whose answers are free data: CNAME, NULL, MX, TXT, ANY (IANA), and the first of those for private use */
const FREE_TYPES = new Set([5, 10, 15, 16, 255, 65_399]);

/** A whole connection, as one record. */
export function takeConnection(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const { traffic, protocol } = batch;
  const raw = serviceOf(protocol[k], batch.servicePort[k]);
  const pair = ledger.claimPair(batch, k, raw);
  const { stats } = pair;
  pair.frames.add(ledger.frame);
  const [up, down] = [traffic.payload[k], traffic.replyPayload[k]];
  stats[P.sent] += up;
  stats[P.received] += down;
  stats[P.packets] += traffic.packets[k];
  const beyond = stats[P.sent] - stats[P.received];
  if (beyond > stats[P.one_sided]) stats[P.one_sided] = beyond;
  if (protocol[k] === TCP && down === 0) stats[P.unanswered] += up;
  if (up > 0) ledger.shaped(pair, up, down);
  if (up > 0 && down > 0 && traffic.duration[k] > stats[P.age]) stats[P.age] = traffic.duration[k];
  if (batch.opensFlow[k] === 1) ledger.opened(batch, k, pair, raw, batch.startUs[k] / 1e6);
  const outcome = traffic.outcome[k];
  if (outcome !== WENT_WELL && pair.roleOfResponder !== GROUP && batch.opensFlow[k] === 1) {
    ledger.failed(batch, k, pair, raw);
    // as of packets: a datagram opens nothing
    if (outcome === UNANSWERED && protocol[k] === TCP) ledger.halfOpen();
  }
  // a whole connection may be all there is, an upload for example: it is tested as it comes
  if (pair.events === 0) pair.nextTest = 1;
  ledger.event(pair);
  ledger.pair = pair;
}

export function takeName(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const { dns, nameLow, nameHigh, nameBytes, queryType } = batch.traffic;
  if (dns[k] !== DNS_QUERY && dns[k] !== DNS_NO_SUCH_NAME) return;
  const zone = ledger.claimZone(batch, k);
  const { stats } = zone;
  zone.frames.add(ledger.frame);
  if (dns[k] === DNS_NO_SUCH_NAME) {
    stats[Z.missing_names]++;
    return;
  }
  if (FREE_TYPES.has(queryType[k])) stats[Z.free_questions]++;
  if (!zone.isFirst(ledger.thing(NAME, nameLow[k], nameHigh[k]))) return;
  stats[Z.names]++;
  stats[Z.name_bytes] += nameBytes[k];
  if (nameBytes[k] > stats[Z.longest_name]) stats[Z.longest_name] = nameBytes[k];
  ledger.event(zone);
}

/** Record k, which `isLookUp`. */
export function takeLookUp(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const { low, high } = batch.responder;
  const initiator = ledger.claimInitiator(batch, k);
  if (!initiator.isFirst(ledger.thing(LOOKUP, low[k], high[k]))) return;
  initiator.stats[I.lookups]++;
  // an address that is still to be chosen is always new
  const isNew = !isProbe(batch.initiator, k) && !ledger.knows('lookups', batch.responder.key(k), initiator);
  if (isNew) initiator.stats[I.new_lookups]++;
  initiator.frames.add(ledger.frame);
  ledger.event(initiator);
}

export function takeIcmp(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const protocol = batch.protocol[k];
  const type = batch.traffic.icmpType[k];
  if (isUnreachableType(protocol, type)) {
    const initiator = ledger.claimInitiator(batch, k);
    initiator.stats[I.unreachables]++;
    initiator.frames.add(ledger.frame);
    ledger.event(initiator);
  } else if (isEchoRequestType(protocol, type)) ask(ledger, batch, k);
  else if (isEchoReplyType(protocol, type)) reply(ledger, batch, k);
}

function ask(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const { payload, replyPayload, packets } = batch.traffic;
  const pair = ledger.claimPair(batch, k, ECHO);
  const { stats } = pair;
  pair.frames.add(ledger.frame);
  stats[P.connections]++;
  stats[P.sent] += payload[k];
  stats[P.packets] += packets[k];
  if (pair.isFirst(ledger.thing(ECHO_SIZE, payload[k], 0))) stats[P.echo_sizes]++;
  pair.echoBytes = payload[k];
  if (replyPayload[k] > 0) mirror(pair, replyPayload[k]);
  ledger.reach(batch, k, ECHO, pair);
  weigh(ledger, pair);
}

function reply(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const pair = ledger.claimPair(batch, k, ECHO);
  pair.frames.add(ledger.frame);
  pair.stats[P.packets]++;
  mirror(pair, batch.traffic.payload[k]);
  weigh(ledger, pair);
}

function mirror(pair: Entity, bytes: number): void {
  pair.stats[P.received] += bytes;
  if (pair.echoBytes !== bytes) pair.stats[P.unlike_echoes]++;
}

function weigh(ledger: Ledger, pair: Entity): void {
  const { stats } = pair;
  const beyond = Math.abs(stats[P.sent] - stats[P.received]);
  if (beyond > stats[P.one_sided]) stats[P.one_sided] = beyond;
  ledger.event(pair);
  ledger.pair = pair;
}

/** Another IP protocol: a pair of its own, however it is used. */
export function takeOther(ledger: Ledger, batch: FeatureBatch, k: number): void {
  const { traffic, protocol } = batch;
  const raw = serviceOf(protocol[k], -1);
  const pair = ledger.claimPair(batch, k, raw);
  const { stats } = pair;
  pair.frames.add(ledger.frame);
  stats[P.packets] += traffic.packets[k];
  if (batch.opensFlow[k] === 1) {
    stats[P.connections]++;
    ledger.reach(batch, k, raw, pair);
  }
  stats[batch.fromInitiator[k] === 1 ? P.sent : P.received] += traffic.payload[k];
  stats[P.received] += traffic.replyPayload[k];
  if (stats[P.sent] - stats[P.received] > stats[P.one_sided]) stats[P.one_sided] = stats[P.sent] - stats[P.received];
  ledger.event(pair);
  ledger.pair = pair;
}
