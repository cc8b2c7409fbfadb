/**
 * The body of a policy, `policy.json`: what the whole fleet expects and does not report, and how many rows a day a sensor may
 * send. The allow-list is read by the reader of `--allow`, so that a fleet allows nothing that a host could not.
 */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { AllowEntry } from '../../detect/allow-entry.js';
import { allowEntries } from '../../output/allow-file.js';
import { JsonError, type JsonNode, JsonObject, placeOf, readJson } from '../../output/json-source.js';

/** A sensor sends no more a day, whatever a policy says: half a megabyte, at 98 bytes a row. */
export const MOST_ROWS_A_DAY = 5_000;

export interface Policy {
  readonly allow: readonly AllowEntry[];
  /** rows a day that a sensor may send; 0: none */
  readonly rows: number;
}

/** As `policy.json` has it. */
export function policyBytes({ allow, rows }: Policy): Buffer {
  return Buffer.from(`${JSON.stringify({ allow, rows })}\n`);
}

/**
 * Reads a policy whose signature was found right. A signed one may be wrong, too: a newer program knows other kinds of incidents.
 * @param name for messages, such as `policy 3 of default`
 * @throws AnomalyError BAD_DATA with line and column
 */
export function parsePolicy(bytes: Uint8Array, name: string): Policy {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AnomalyError('BAD_DATA', `${printable(name)}: is no text in UTF-8; publish it again`, { cause });
  }
  try {
    const root = readJson(source);
    const members = membersOf(root);
    const allow = allowEntries(members.allow);
    const rows = members.rows.value;
    if (typeof rows !== 'number' || !Number.isInteger(rows) || rows < 0 || rows > MOST_ROWS_A_DAY)
      throw new JsonError(`"rows": a whole number from 0 to ${MOST_ROWS_A_DAY} expected`, members.rows.at);
    return { allow, rows };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const what = `${placeOf(source, error.at)}: ${printable(error.message)}`;
    throw new AnomalyError('BAD_DATA', `${printable(name)}: ${what}`, { cause: error });
  }
}

function membersOf({ at, value }: JsonNode): { allow: JsonNode; rows: JsonNode } {
  if (!(value instanceof JsonObject)) throw new JsonError('an object { "allow": […], "rows": … } expected', at);
  const found = new Map<string, JsonNode>();
  for (const member of value.members) {
    if (member.key !== 'allow' && member.key !== 'rows')
      throw new JsonError(`unknown name "${member.key}"; known are allow, rows`, member.at);
    if (found.has(member.key)) throw new JsonError(`"${member.key}" is given twice`, member.at);
    found.set(member.key, member.node);
  }
  const [allow, rows] = [found.get('allow'), found.get('rows')];
  if (!allow || !rows) throw new JsonError(`"${allow ? 'rows' : 'allow'}" is missing`, at);
  return { allow, rows };
}

/**
 * A sensor's own allow-list and the fleet's. The own entries stay as they are and come first: where both cover an incident, its
 * report names the own one. A fleet's entry says so in its comment, which reports show with it.
 */
export function joinAllow(own: readonly AllowEntry[], fleet: Policy, channel: string, serial: number): AllowEntry[] {
  const mark = `fleet policy ${serial} of ${channel}`;
  return [
    ...own,
    ...fleet.allow.map((entry) => ({ ...entry, comment: entry.comment ? `${mark}: ${entry.comment}` : mark })),
  ];
}
