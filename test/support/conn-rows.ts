/** Rows of a conn.log, each with what a test says of it. */

const NAMES =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state history';

export interface ConnRow {
  /** s since the epoch */
  readonly at: number;
  readonly uid: string;
  readonly host?: string;
  readonly port?: number;
  readonly seconds?: number;
}

/** 2023-11-14 22:13:20 */
export const START = 1_700_000_000;

export function connTsv(rows: readonly ConnRow[], path = 'conn'): string {
  const lines = rows.map(({ at, uid, host = '10.0.0.1', port = 40_000, seconds = 0.5 }) =>
    [
      at.toFixed(6),
      uid,
      host,
      port,
      '192.0.2.7',
      443,
      'tcp',
      'ssl',
      seconds.toFixed(6),
      100,
      2000,
      'SF',
      'ShADadFf',
    ].join('\t'),
  );
  return `#separator \\x09\n#path\t${path}\n#fields\t${NAMES.replaceAll(' ', '\t')}\n${lines.join('\n')}\n`;
}

/** A row each so many seconds, of one sensor. */
export function steady(sensor: string, count: number, from = START, every = 1): ConnRow[] {
  return Array.from({ length: count }, (_, i) => {
    return { at: from + every * i, uid: `C${sensor}${String(i).padStart(12, '0')}`, port: 1024 + (i % 60_000) };
  });
}
