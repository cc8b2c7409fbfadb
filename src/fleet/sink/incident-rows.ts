/**
 * Incidents as their sensors told them last, and the campaigns among them. Campaigns are made anew around what changed, from all
 * incidents that could belong to them, so that they are the same as those of all incidents at once.
 */
import { SEVERITIES } from '../../detect/incident.js';
import type { Database, Row } from '../../output/reports/database.js';
import type { Campaign, FleetIncident } from '../../report/fleet/facts.js';
import { campaignsOfParty, partyOf, type Sighting, WITHIN_US } from '../campaigns.js';
import type { IncidentRecord } from './bodies.js';

/**
 * A party that very many sensors saw takes long to go through, and it would be gone through for each of its events again. Where that
 * takes longer than so many ms it waits (in the database) until it takes no more than this share of the time.
 */
const LONG_MS = 50;
const SHARE = 0.1;

/** A campaign that is to be told of, and why. */
export interface CampaignNews {
  readonly campaign: Campaign;
  /** `grown`: more sensors, or worse, than before */
  readonly what: 'opened' | 'grown';
}

/** Where campaigns may have changed: a party, and µs. */
interface Disturbed {
  fromUs: number;
  toUs: number;
  /** campaigns of incidents that were there */
  readonly campaigns: Set<string>;
}

interface Held extends Sighting {
  readonly campaign: string;
}

const COLUMNS = `uuid, sensor, site, kind, severity, first_us, last_us, closed, initiator, responder, packets, connections, evidence,
  bytes, campaign`;

export const rankOf = ({ severity }: Pick<FleetIncident, 'severity'>): number => SEVERITIES.indexOf(severity);

export class IncidentRows {
  private readonly found;
  private readonly put;
  private readonly around;
  private readonly mark;
  private readonly putCampaign;
  private readonly oneCampaign;
  private readonly dropCampaign;
  private readonly old;
  private readonly drop;
  private readonly later;
  private readonly waiting;
  private readonly noneWaits;
  private notBeforeMs = Number.NEGATIVE_INFINITY;
  private readonly disturbed = new Map<string, Disturbed>();

  constructor(database: Database) {
    this.found = database.prepareOne(
      'SELECT spool, seq, t, party, campaign, first_us, last_us FROM incidents WHERE uuid = ? AND sensor = ?',
    );
    this.put = database.prepare(`INSERT OR REPLACE INTO incidents VALUES (${new Array(24).fill('?').join(', ')})`);
    this.around = database.prepareAll(
      `SELECT ${COLUMNS} FROM incidents WHERE party = ? AND last_us >= ? AND first_us <= ?`,
    );
    this.old = database.prepareAll(
      'SELECT uuid, sensor, party, campaign, first_us, last_us FROM incidents WHERE received_ms < ? LIMIT ?',
    );
    this.drop = database.prepare('DELETE FROM incidents WHERE uuid = ? AND sensor = ?');
    this.later = database.prepare('INSERT OR REPLACE INTO disturbed VALUES (?, ?, ?, ?)');
    this.waiting = database.prepareAll('SELECT * FROM disturbed');
    this.noneWaits = database.prepare('DELETE FROM disturbed');
    this.mark = database.prepare('UPDATE incidents SET campaign = ? WHERE uuid = ? AND sensor = ?');
    this.putCampaign = database.prepare('INSERT OR REPLACE INTO campaigns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.oneCampaign = database.prepareOne('SELECT rank, sensors FROM campaigns WHERE id = ?');
    this.dropCampaign = database.prepare('DELETE FROM campaigns WHERE id = ?');
  }

  /** Takes what was told, where nothing later was told of that incident before. */
  incident({ id, t, incident, json }: IncidentRecord, receivedMs: number): void {
    const { uuid, sensor } = incident;
    const before = this.found(uuid, sensor);
    const later = !before || (before.spool === id.spool ? id.seq > Number(before.seq) : t > Number(before.t));
    if (!later) return;
    if (before) this.disturb(before.party, Number(before.first_us), Number(before.last_us), before.campaign);
    const party = partyOf(incident)?.key ?? null;
    // what is about somebody else now has left its campaign
    const campaign = before && before.party === party ? (before.campaign as string | null) : null;
    this.disturb(party, incident.firstUs, incident.lastUs, null);
    this.put(
      uuid,
      sensor,
      incident.site,
      incident.kind,
      incident.severity,
      incident.title,
      incident.firstUs,
      incident.lastUs,
      incident.closed ? 1 : 0,
      incident.initiator,
      incident.responder,
      incident.packets,
      incident.connections,
      incident.evidence,
      incident.bytes,
      party,
      campaign,
      incident.run,
      id.spool,
      id.seq,
      t,
      receivedMs,
      rankOf(incident),
      json,
    );
  }

  /** Drops at most so many incidents of which nothing was told since. @returns how many */
  expire(beforeMs: number, most: number): number {
    const rows = this.old(beforeMs, most);
    for (const { uuid, sensor, party, campaign, first_us: first, last_us: last } of rows) {
      this.disturb(party, Number(first), Number(last), campaign);
      this.drop(String(uuid), String(sensor));
    }
    return rows.length;
  }

  /** Makes campaigns anew where something changed since, or puts that off. @param when whether it may be put off @returns those that are news */
  settle(when: 'now' | 'when due'): CampaignNews[] {
    const beganMs = performance.now();
    for (const { party, from_us: from, to_us: to, campaigns } of this.waiting())
      for (const campaign of [null, ...(JSON.parse(String(campaigns)) as string[])])
        this.disturb(party, Number(from), Number(to), campaign);
    if (this.disturbed.size === 0) return [];
    if (when === 'when due' && beganMs < this.notBeforeMs) {
      this.putOff();
      return [];
    }
    const news: CampaignNews[] = [];
    for (const [party, where] of this.disturbed) news.push(...this.settleParty(party, where));
    this.disturbed.clear();
    this.noneWaits();
    const tookMs = performance.now() - beganMs;
    if (tookMs > LONG_MS) this.notBeforeMs = performance.now() + tookMs / SHARE;
    return news;
  }

  /** Where campaigns may have changed is kept in the database: it is settled some time, whatever ends before. */
  putOff(): void {
    for (const [party, { fromUs, toUs, campaigns }] of this.disturbed)
      this.later(party, fromUs, toUs, JSON.stringify([...campaigns]));
    this.disturbed.clear();
  }

  /** Nothing changed after all: what did was rolled back. */
  forget(): void {
    this.disturbed.clear();
  }

  private disturb(party: unknown, fromUs: number, toUs: number, campaign: unknown): void {
    if (typeof party !== 'string') return;
    const where = this.disturbed.get(party) ?? { fromUs, toUs, campaigns: new Set<string>() };
    where.fromUs = Math.min(where.fromUs, fromUs);
    where.toUs = Math.max(where.toUs, toUs);
    if (typeof campaign === 'string') where.campaigns.add(campaign);
    this.disturbed.set(party, where);
  }

  private settleParty(party: string, where: Disturbed): CampaignNews[] {
    const all = this.connected(party, where.fromUs, where.toUs);
    const old = new Set([...where.campaigns, ...all.map(({ campaign }) => campaign).filter((id) => id !== '')]);
    const was = new Map([...old].map((id) => [id, this.oneCampaign(id)]));
    for (const id of old) this.dropCampaign(id);
    const news: CampaignNews[] = [];
    const now = new Map<Held, string>();
    const whose = all[0] && partyOf(all[0]);
    for (const { campaign, members } of whose ? campaignsOfParty(whose, all) : []) {
      const { id, kind, severity, sensors, incidents, firstUs, lastUs } = campaign;
      const rank = rankOf(campaign);
      const json = JSON.stringify(campaign);
      this.putCampaign(id, kind, severity, sensors.length, incidents, firstUs, lastUs, rank, json);
      for (const member of members) now.set(member, id);
      const before = [...new Set(members.map((member) => member.campaign))].map((one) => was.get(one)).filter(isRow);
      const grown = before.every((one) => sensors.length > Number(one.sensors) || rank > Number(one.rank));
      if (grown) news.push({ campaign, what: before.length === 0 ? 'opened' : 'grown' });
    }
    for (const incident of all) {
      const campaign = now.get(incident) ?? '';
      if (campaign !== incident.campaign) this.mark(campaign === '' ? null : campaign, incident.uuid, incident.sensor);
    }
    return news;
  }

  /** All incidents of a party that time connects with what lies between the two moments. */
  private connected(party: string, fromUs: number, toUs: number): Held[] {
    for (let [from, to] = [fromUs, toUs]; ; ) {
      const all = this.around(party, from - WITHIN_US, to + WITHIN_US).map(heldIn);
      const first = all.reduce((least, one) => Math.min(least, one.firstUs), from);
      const last = all.reduce((most, one) => Math.max(most, one.lastUs), to);
      if (first === from && last === to) return all;
      [from, to] = [first, last];
    }
  }
}

const isRow = (row: Row | undefined): row is Row => row !== undefined;

function heldIn(row: Row): Held {
  return {
    uuid: String(row.uuid),
    sensor: String(row.sensor),
    site: String(row.site),
    kind: String(row.kind),
    severity: row.severity as Sighting['severity'],
    firstUs: Number(row.first_us),
    lastUs: Number(row.last_us),
    closed: row.closed === 1,
    initiator: String(row.initiator),
    responder: String(row.responder),
    packets: Number(row.packets),
    connections: Number(row.connections),
    evidence: Number(row.evidence),
    bytes: Number(row.bytes),
    campaign: typeof row.campaign === 'string' ? row.campaign : '',
  };
}
