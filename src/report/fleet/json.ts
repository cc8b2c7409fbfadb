/** The fleet's report as one document, and its lines for programs. */
import { printable } from '../../base/text.js';
import { GENERATOR_ID, SIGNATURE_REVISION, signatureId } from '../../detect/rules/signatures.js';
import { type EveLine, SEVERITY_NUMBER } from '../eve.js';
import { eveTime, isoTime } from '../format.js';
import { isIp, isMac } from '../incident-json.js';
import type { Campaign, FleetFacts, FleetReport, ListedIncident } from './facts.js';
import { campaignTitle, cleanFleet } from './view.js';

type Json = Readonly<Record<string, unknown>>;

const US_PER_MS = 1000;
/** Sensors that a line names; a line is to fit into a syslog message of 8 KiB */
const MOST_NAMED = 64;
/** The category of a campaign's line. It is no kind of incident, so its signature has the thousand's own number. */
const CATEGORY = 'campaign';

const times = <T extends { readonly firstUs: number; readonly lastUs: number }>({ firstUs, lastUs, ...rest }: T) => ({
  ...rest,
  first: isoTime(firstUs),
  last: isoTime(lastUs),
});

function incidentJson({ openedUs, ...rest }: ListedIncident): Json {
  const { initiatorPort, servicePort, ...others } = times(rest);
  return {
    ...others,
    opened: isoTime(openedUs),
    initiatorPort: initiatorPort >= 0 ? initiatorPort : null,
    servicePort: servicePort >= 0 ? servicePort : null,
  };
}

/** Plain object of the .json report. Lists hold the worst; the counts of `fleet` are of all. */
export function fleetJson(raw: FleetReport): Json {
  const { facts, campaigns, incidents, sensors } = cleanFleet(raw);
  const { sinceMs, nowMs, ...rest } = facts;
  return {
    fleet: { ...rest, since: isoTime(sinceMs * US_PER_MS), now: isoTime(nowMs * US_PER_MS) },
    campaigns: campaigns.map(times),
    incidents: incidents.map(incidentJson),
    sensors: sensors.map(({ seenMs, ...sensor }) => ({
      ...sensor,
      seen: seenMs > 0 ? isoTime(seenMs * US_PER_MS) : null,
    })),
  };
}

/** Names of fields too: a sensor that is not ours may have sent any. */
function safe(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(safe);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [printable(key), safe(item)]));
}

/**
 * An incident's event as its sensor sent it, with its line end. What the fleet adds to EVE stands in `alert.context.fleet`, for
 * Suricata's schema knows no other place.
 * @param json a body that was taken
 */
export function eventLine(json: string): string {
  const { fleet, alert, ...line } = safe(JSON.parse(json)) as { fleet: unknown; alert: { context: Json } };
  return `${JSON.stringify({ ...line, alert: { ...alert, context: { ...alert.context, fleet } } })}\n`;
}

/** A campaign as a line of the same shape, valid by schema/eve.schema.json: it opened, or it has more sensors or is worse. */
export function campaignLine(
  raw: Campaign,
  what: 'opened' | 'grown',
  { hub, run, version }: Pick<FleetFacts, 'hub' | 'run' | 'version'>,
): string {
  const campaign = safe(raw) as Campaign;
  const { id, kind, severity, role, address, site, sensors, sites, incidents, evidence, bytes } = campaign;
  const [ip, mac] = role === 'initiator' ? (['src_ip', 'src_mac'] as const) : (['dest_ip', 'dest_mac'] as const);
  const title = campaignTitle(campaign);
  const line: EveLine = {
    timestamp: eveTime(campaign.lastUs),
    event_type: 'alert',
    host: printable(hub),
    ...(isIp(address) && { [ip]: address }),
    proto: 'several',
    ...(isMac(address) && { ether: { [mac]: address } }),
    alert: {
      action: 'allowed',
      gid: GENERATOR_ID,
      signature_id: signatureId(CATEGORY),
      rev: SIGNATURE_REVISION,
      signature: title,
      category: CATEGORY,
      severity: SEVERITY_NUMBER[severity],
      context: {
        event: what === 'opened' ? 'opened' : 'updated',
        id,
        // numbers are of a sensor's outputs
        number: 0,
        first: isoTime(campaign.firstUs),
        ...(campaign.packets > 0 || campaign.connections === 0
          ? { packets: campaign.packets }
          : { connections: campaign.connections }),
        bytes,
        kind: CATEGORY,
        severity,
        opened: isoTime(campaign.firstUs),
        last: isoTime(campaign.lastUs),
        closed: false,
        evidence,
        score: null,
        threshold: null,
        low_confidence: false,
        others: [],
        reasons: [{ feature: 'sensors', value: sensors.length, expected: 1, share: null, text: title }],
        frames: [],
        run: printable(run),
        model: { name: '', id: '' },
        version: printable(version),
        fleet: {
          v: 1,
          campaign: {
            kind,
            role,
            address,
            ...(site !== undefined && { site }),
            incidents,
            sensors: sensors.slice(0, MOST_NAMED),
            more: Math.max(0, sensors.length - MOST_NAMED),
            sites: sites.slice(0, MOST_NAMED),
          },
        },
      },
    },
  };
  return `${JSON.stringify(line)}\n`;
}
