/** A Zeek conn.log of a made-up office: three clients with pages, names and clocks; on request a scan and an upload. */
import { Random } from '../features/traffic.ts';

const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents label';
export const HEADER = `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t${FIELDS.replaceAll(' ', '\t')}\n`;

export const SCANNER = '10.0.0.66';
export const UPLOADER = '10.0.0.3';
export const DROP = '203.0.113.99';
/** rows of the attacks, at the end of a log */
export const SCAN_ROWS = 120;
const START = 1_700_000_000;

interface Row {
  at: number;
  from: string;
  to: string;
  port: number;
  proto: string;
  service: string;
  seconds: number;
  up: number;
  down: number;
  state: string;
  history: string;
  label: string;
}

function line(row: Row, number: number): string {
  const { at, from, to, port, proto, service, seconds, up, down, state, history, label } = row;
  const sent = 1 + Math.ceil(up / 1400);
  const received = state === 'S0' ? 0 : 1 + Math.ceil(down / 1400);
  const cells = [
    (START + at).toFixed(6),
    `C${number}`,
    from,
    40_000 + (number % 20_000),
    to,
    port,
    proto,
    service,
    seconds.toFixed(6),
    up,
    down,
    state,
    'T',
    to.startsWith('10.') ? 'T' : 'F',
    0,
    history,
    sent,
    up + 40 * sent,
    received,
    down + 40 * received,
    '-',
    label,
  ];
  return cells.join('\t');
}

/** @param from s from the beginning of time here, so that logs can follow each other */
export function connLog(seed: number, rows: number, attacks = false, from = 0): string {
  const random = new Random(seed);
  const lines: string[] = [];
  let at = from;
  const benign = { from: '', label: 'Benign', state: 'SF' };
  for (let i = 0; i < rows; i++) {
    at += 4 * random.next();
    const client = `10.0.0.${2 + random.below(3)}`;
    const seconds = random.next();
    const kind = random.next();
    if (kind < 0.45) {
      const size = { up: 60 + random.below(30), down: 100 + random.below(200), seconds: 0.02 * seconds };
      const dns = { ...benign, ...size, to: '10.0.0.1', port: 53, proto: 'udp', service: 'dns', history: 'Dd' };
      lines.push(line({ ...dns, at, from: client }, i));
    } else if (kind < 0.5) {
      const ntp = {
        ...benign,
        up: 48,
        down: 48,
        seconds: 0.01,
        port: 123,
        proto: 'udp',
        service: 'ntp',
        history: 'Dd',
      };
      lines.push(line({ ...ntp, at, from: client, to: '10.0.0.1' }, i));
    } else {
      const page = { up: 400 + random.below(3000), down: 2000 + random.below(90_000), seconds: 3 * seconds };
      const web = { ...benign, ...page, port: 443, proto: 'tcp', service: 'ssl', history: 'ShADadFf' };
      lines.push(line({ ...web, at, from: client, to: `198.51.100.${1 + random.below(20)}` }, i));
    }
  }
  const bad = { label: 'Malicious', proto: 'tcp', service: '-' };
  if (attacks) {
    const upload = { up: 3e7, down: 4000, seconds: 40, state: 'SF', history: 'ShADadFf', port: 4444 };
    lines.push(line({ ...bad, ...upload, at: at + 5, from: UPLOADER, to: DROP }, rows));
    for (let i = 0; i < SCAN_ROWS; i++) {
      const probe = {
        up: 0,
        down: 0,
        seconds: 0,
        state: i % 2 === 0 ? 'S0' : 'REJ',
        history: i % 2 === 0 ? 'S' : 'Sr',
      };
      lines.push(
        line({ ...bad, ...probe, at: at + 10 + 0.1 * i, from: SCANNER, to: '10.0.0.1', port: 1 + i }, rows + i),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
