/** What detection learned without whom it learned it of, for a model that is given away: how much is usual, not for whom. */
import { FOREIGN_LETTERS } from './evidence/groups.js';
import type { EvidenceState } from './evidence/state.js';
import { weighed } from './evidence/weigh.js';
import type { BaselineState } from './rules/baseline.js';
import { Known } from './rules/known.js';

interface DetectorState extends BaselineState {
  readonly evidence: EvidenceState;
}

/** letter of the groups of a service by the roles of its ends, whoever they are */
const SERVICE_BY_ROLES = 'v';

/** What such a model does not find, as it takes everybody for known. */
export const NAMELESS_LACKS =
  'it names nobody, so everybody is known to it: nothing is told of new clients, servers and names, of routers and DHCP servers that were not there, nor of addresses at other MAC addresses than in training; each is compared with all alike, not with what it did itself';

/** @param state what training gave */
export function namelessDetection(state: unknown): unknown {
  const { initiators, responders, offers, macs, facts, evidence, ...rest } = state as DetectorState;
  const { weighs: _, normal, relations, ...others } = evidence;
  const groups = Object.entries(normal.groups).filter(([name]) => {
    const letter = name[name.indexOf('/') + 1];
    return FOREIGN_LETTERS.includes(letter) || letter === SERVICE_BY_ROLES;
  });
  const judging = {
    ...others,
    normal: { ...normal, groups: Object.fromEntries(groups) },
    relations: {
      services: relations.services,
      ...{ pairs: [], offers: [], lookups: [], users: [], hosts: [], initiators: [], zones: [], names: [] },
      everybody: true as const,
    },
    roles: { self: -1, behind: false, routers: [], own: '' },
  };
  return {
    ...rest,
    initiators: Known.withoutNames(initiators),
    responders: Known.withoutNames(responders),
    offers: Known.withoutNames(offers),
    macs: Known.withoutNames(macs),
    facts: { ...facts, routers: Known.withoutNames(facts.routers), servers: Known.withoutNames(facts.servers) },
    evidence: { ...judging, weighs: weighed(judging) },
  };
}
