/** The columns of a conn.log that are read. */

/** Number of each by name. */
export const COLUMN = {
  ts: 0,
  'id.orig_h': 1,
  'id.orig_p': 2,
  'id.resp_h': 3,
  'id.resp_p': 4,
  proto: 5,
  ip_proto: 6,
  service: 7,
  duration: 8,
  orig_bytes: 9,
  resp_bytes: 10,
  conn_state: 11,
  local_orig: 12,
  local_resp: 13,
  missed_bytes: 14,
  history: 15,
  orig_pkts: 16,
  orig_ip_bytes: 17,
  resp_pkts: 18,
  resp_ip_bytes: 19,
  label: 20,
  'detailed-label': 21,
  uid: 22,
} as const;

export type Column = (typeof COLUMN)[keyof typeof COLUMN];

/** The four columns of a record in the row, as they are called behind its name. */
const ENDS = ['orig_h', 'orig_p', 'resp_h', 'resp_p'] as const;
/** What programs that flatten records put between the two, or in place of both. */
const BEFORE_ENDS = ['id_', 'id-', 'id:', 'id/', 'id ', ''] as const;

/** Other spellings that labelled data sets and shippers use. */
const ALIASES: Record<string, string> = {
  detailedlabel: 'detailed-label',
  detailed_label: 'detailed-label',
  ...Object.fromEntries(ENDS.flatMap((end) => BEFORE_ENDS.map((before) => [before + end, `id.${end}`]))),
};

/** The columns as Zeek writes them where nothing else was asked for (base/protocols/conn/main.zeek), since 2013. */
export const DEFAULT_ORDER: readonly string[] = [
  ...['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'duration', 'orig_bytes'],
  ...['resp_bytes', 'conn_state', 'local_orig', 'local_resp', 'missed_bytes', 'history', 'orig_pkts', 'orig_ip_bytes'],
  ...['resp_pkts', 'resp_ip_bytes', 'tunnel_parents', 'ip_proto'],
];

/** Without these a row says nothing; a file that lacks one of them is not a conn.log. */
export const REQUIRED = ['ts', 'id.orig_h', 'id.resp_h', 'id.resp_p', 'proto', 'conn_state'] as const;

export function columnName(name: string): string {
  return ALIASES[name] ?? name;
}

/** The column called `name`; undefined: one that is not read. */
export function columnOf(name: string): Column | undefined {
  const known = columnName(name);
  return Object.hasOwn(COLUMN, known) ? COLUMN[known as keyof typeof COLUMN] : undefined;
}

export const COLUMN_NAMES: readonly string[] = [...Object.keys(COLUMN), ...Object.keys(ALIASES)];
