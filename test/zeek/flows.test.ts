/** Flow tables of other programs as connections. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FLOW_FORMATS, FLOW_TABLES, type FlowFormat } from '../../src/source/flow-tables/formats.ts';
import { formatOf, strangeness } from '../../src/source/formats.ts';
import { openConnLogs } from '../../src/zeek/reader.ts';
import { CONN_STATES, ConnRecord, PROTOCOLS } from '../../src/zeek/record.ts';
import { connLog, HEADER } from '../support/conn-log.ts';
import { type Flow, flowsOf, flowTableOf } from '../support/flow-tables.ts';
import { root } from '../support/program.ts';

const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Read {
  ts: number;
  from: string;
  fromPort: number;
  to: string;
  toPort: number;
  proto: string;
  service: string;
  duration: number;
  state: string;
  payload: [number, number];
  packets: [number, number];
  bytes: [number, number];
  label: string;
  detail: string;
  id: string;
}

const address = (bytes: Uint8Array, version: number): string =>
  version === 4 ? bytes.subarray(0, 4).join('.') : Buffer.from(bytes).toString('hex');

async function readFiles(paths: readonly string[]): Promise<{ rows: Read[]; warnings: string[]; format: string }> {
  const source = await openConnLogs(paths);
  const rows: Read[] = [];
  const r = new ConnRecord();
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, r);
      rows.push({
        ts: r.timestampUs / 1e6,
        from: address(r.origH, r.ipVersion),
        fromPort: r.origP,
        to: address(r.respH, r.ipVersion),
        toPort: r.respP,
        proto: PROTOCOLS[r.proto] ?? '',
        service: r.service.toString(),
        duration: r.duration,
        state: CONN_STATES[r.connState] ?? '?',
        payload: [r.origBytes, r.respBytes],
        packets: [r.origPkts, r.respPkts],
        bytes: [r.origIpBytes, r.respIpBytes],
        label: r.label.toString(),
        detail: r.detailedLabel.toString(),
        id: r.uid.toString(),
      });
    }
  }
  return { rows, warnings: [...source.facts.warnings], format: source.format };
}

let files = 0;
function file(text: string): string {
  const path = join(dir, `${++files}.txt`);
  writeFileSync(path, text);
  return path;
}
const read = (text: string) => readFiles([file(text)]);
const why = (text: string): string => {
  const bytes = Buffer.from(text);
  expect(formatOf(bytes)).toBeUndefined();
  return strangeness(bytes);
};

describe('a conn.log as a flow table', () => {
  const flows = flowsOf(connLog(3, 400, true));
  const ends = (flow: Flow): string =>
    ['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto'].map((name) => flow[name]).join(' ');
  /** what a format is coarser in */
  const WHOLE_SECONDS = new Set<FlowFormat>(['ton-iot', 'unsw-nb15', 'cicflowmeter', 'nfdump-csv']);

  it.each(FLOW_FORMATS)('%s: tells the same connections, as far as it can', async (format) => {
    const { rows, format: told, warnings } = await read(flowTableOf(format, flows));
    expect(told).toBe(format);
    expect(warnings.filter((line) => !/zone|day\/month/.test(line))).toEqual([]);
    expect(rows).toHaveLength(flows.length);
    const byEnds = new Map<string, Read[]>();
    for (const row of rows) {
      const key = [row.from, row.fromPort, row.to, row.toPort, row.proto].join(' ');
      byEnds.set(key, [...(byEnds.get(key) ?? []), row]);
    }
    for (const flow of flows) {
      const row = byEnds.get(ends(flow))?.shift();
      expect(row, ends(flow)).toBeDefined();
      if (!row) continue;
      const late = Number(flow.ts) - row.ts;
      expect(late).toBeGreaterThan(-0.0011);
      expect(late).toBeLessThan(WHOLE_SECONDS.has(format) ? 1 : 0.0011);
      if (format !== 'argus') expect(row.packets).toEqual([Number(flow.orig_pkts), Number(flow.resp_pkts)]);
      else expect(row.packets[0] + row.packets[1]).toBe(Number(flow.orig_pkts) + Number(flow.resp_pkts));
      if (format === 'ton-iot' || format === 'cicflowmeter') {
        expect(row.payload).toEqual([Number(flow.orig_bytes), Number(flow.resp_bytes)]);
      }
      if (format !== 'cicflowmeter' && format !== 'argus') {
        expect(row.bytes).toEqual([Number(flow.orig_ip_bytes), Number(flow.resp_ip_bytes)]);
        // never more than there was
        expect(row.payload[0]).toBeLessThanOrEqual(Number(flow.orig_bytes) + 12 * Number(flow.orig_pkts));
      }
      if (format !== 'cicflowmeter') {
        const same = flow.proto !== 'icmp' ? flow.conn_state : format === 'ton-iot' ? flow.conn_state : 'OTH';
        if (flow.proto !== 'tcp' || format !== 'unsw-nb15') expect(row.state).toBe(same);
      }
      if (FLOW_TABLES[format].columns && 'label' in FLOW_TABLES[format].columns) {
        const harmless = /^benign$/i.test(flow.label ?? '');
        expect(/^(benign|background)$/i.test(row.label)).toBe(harmless);
      }
    }
  });

  it.each(FLOW_FORMATS)('%s: comes in the order in which connections ended, however it was written', async (format) => {
    const backwards = await read(flowTableOf(format, [...flows].reverse()));
    expect(backwards.rows).toHaveLength(flows.length);
    const ended = backwards.rows.map((row) => row.ts + Math.max(0, row.duration));
    expect(ended.every((at, k) => k === 0 || at >= (ended[k - 1] as number))).toBe(true);
  });

  it.each([';', '\t', '|'])('reads columns set off by %j', async (separator) => {
    for (const format of ['argus', 'ton-iot', 'cicflowmeter', 'nprobe', 'unsw-nb15'] as const) {
      const { rows } = await read(flowTableOf(format, flows).replaceAll(',', separator));
      expect(rows, format).toHaveLength(flows.length);
    }
  });
});

describe('what real programs wrote of one capture', () => {
  const folder = join(root, 'test/fixtures/flows');
  const name = (row: Read): string => [row.proto, row.from, row.fromPort, row.to, row.toPort].join(' ');

  it('is the same TCP connections with the same bytes and, where there are flags, states', async () => {
    const suricata = (await readFiles([join(folder, 'eve.json.gz')])).rows.filter(({ proto }) => proto === 'tcp');
    expect(suricata).toHaveLength(75);
    const names = suricata.map(name).sort();
    const sum = (rows: readonly Read[], of: 'bytes' | 'packets'): number =>
      rows.reduce((all, row) => all + row[of][0] + row[of][1], 0);
    const others = readdirSync(folder).filter((file) => !file.startsWith('eve.json') && file.endsWith('.gz'));
    expect(others.length).toBeGreaterThanOrEqual(8);
    for (const other of others) {
      const { rows } = await readFiles([join(folder, other)]);
      const tcp = rows.filter(({ proto }) => proto === 'tcp');
      expect(tcp.length, other).toBe(75);
      expect(sum(tcp, 'packets'), other).toBe(sum(suricata, 'packets'));
      expect(sum(tcp, 'bytes'), other).toBe(sum(suricata, 'bytes'));
      // of three that Suricata met in their middle it took the server for who began
      const differing = tcp.map(name).filter((row) => !names.includes(row));
      expect(differing.length, other).toBeLessThanOrEqual(3);
      if (/line|biline|argus/.test(other)) continue;
      const states = (list: readonly Read[]): string[] => list.map(({ state }) => state).sort();
      expect(states(tcp), other).toEqual(states(suricata));
    }
  });

  it('has Suricata say what it passed over, and its flow ids', async () => {
    const { rows, warnings } = await readFiles([join(folder, 'eve.json.gz')]);
    expect(warnings.join()).toContain('events that are no flow passed over: 56 dns, 3 ssh, 3 http, 1 snmp');
    expect(rows.every(({ id }) => /^\d{10,}$/.test(id))).toBe(true);
    expect(new Set(rows.map(({ service }) => service))).toContain('dns');
    const both = await readFiles([join(folder, 'eve.netflow.json.gz')]);
    expect(both.rows).toHaveLength(rows.length);
  });
});

describe('the page about flow tables', () => {
  const page = readFileSync(join(root, 'docs/flows.md'), 'utf8');
  it.each(FLOW_FORMATS)(
    '%s: has a sample of ten lines that is read whole, and what the format lacks',
    async (format) => {
      const { title, lacks } = FLOW_TABLES[format];
      const part = page.slice(page.indexOf(`\n## ${title}\n`));
      const sample = /\n```\n(.*?\n)```\n/s.exec(part)?.[1] ?? '';
      expect(sample.trimEnd().split('\n')).toHaveLength(10);
      expect(part.slice(0, part.indexOf('```'))).toContain(`Lacks: a history; ${lacks.join('; ')}.`);
      const { rows, format: told, warnings } = await read(sample);
      expect(told).toBe(format);
      expect(rows.length).toBeGreaterThan(4);
      expect(warnings.filter((line) => /left out|in the middle/.test(line))).toEqual([]);
    },
  );
});

describe('tables that do not say who met whom, and when', () => {
  it.each([
    ['0,tcp,http,SF,181,5450,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,8,8,normal.\n', /KDD.*without addresses and times/],
    ['duration,protocol_type,service,flag,src_bytes,dst_bytes,land\n0,tcp,http,SF,1,2,0\n', /KDD/],
    ["@relation 'KDDTest'\n@attribute 'duration' real\n", /KDD/],
    [
      ' Destination Port, Flow Duration, Total Fwd Packets, Total Backward Packets,Total Length of Fwd Packets, Total Length of Bwd Packets, Label\n80,1,2,3,4,5,BENIGN\n',
      /CICFlowMeter.*without addresses and times/,
    ],
    [
      'Dst Port,Protocol,Timestamp,Flow Duration,Tot Fwd Pkts,Tot Bwd Pkts,TotLen Fwd Pkts,Label\n',
      /CICFlowMeter.*without addresses:/,
    ],
    [
      'id,dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,attack_cat,label\n',
      /UNSW-NB15.*without addresses and times/,
    ],
    [
      'IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,OUT_BYTES,IN_PKTS,OUT_PKTS\n',
      /nProbe.*without times/,
    ],
    [
      'src_ip,src_port,dst_ip,dst_port,proto,service,duration,src_bytes,dst_bytes,conn_state\n',
      /TON_IoT.*without times/,
    ],
    [
      '      StartTime      Flgs  Proto            SrcAddr  Sport   Dir            DstAddr  Dport  TotPkts\n',
      /ra -u -c ,/,
    ],
  ])('are refused in one line: %#', (text, reason) => {
    expect(why(text)).toMatch(reason);
    expect(why(text)).not.toContain('\n');
    expect(why(text.replaceAll(',', ';'))).toMatch(/ra -u|without|no capture/);
  });
});

const ARGUS = 'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes,Label\n';
const argus = (line: string) => read(`${ARGUS}${line}\n`);

describe('values of flow tables', () => {
  it('has Argus turn directions round, see joined connections, and give types and codes of ICMP', async () => {
    const row = (proto: string, sport: string, arrow: string, dport: string, state: string): string =>
      `2011/08/18 10:21:46.633335,1.06,${proto},93.45.239.29,${sport},${arrow},147.32.84.118,${dport},${state},4,252,132,flow=From-Botnet-V42-TCP`;
    const text = [
      row('tcp', '80', '   <-', '1611', 'S_RA'),
      row('tcp', '1611', '  <?>', '6881', 'PA_PA'),
      row('icmp', '0x0303', '   ->', '0x4fa8', 'URP'),
      row('TCP', '0x0050', '<->', '443.0', 'S_'),
    ].join('\n');
    const { rows } = await argus(text);
    expect(rows.map((r) => [r.from, r.fromPort, r.toPort, r.state])).toEqual([
      ['147.32.84.118', 1611, 80, 'REJ'],
      ['93.45.239.29', 1611, 6881, 'OTH'],
      ['93.45.239.29', 3, 3, 'OTH'],
      ['93.45.239.29', 80, 443, 'S0'],
    ]);
    expect(rows[0]).toMatchObject({ ts: 1313662906.633335, label: 'Botnet', detail: 'flow=From-Botnet-V42-TCP' });
  });

  it('passes over what is no IP, and leaves out what cannot be read, each with its number', async () => {
    const good = '1313662906.5,1.06,udp,10.0.0.1,5,<->,10.0.0.2,53,CON,2,200,100,';
    const arp = '1313662906.5,0,arp,10.0.0.1,,who,10.0.0.2,,CON,2,84,42,';
    const { rows, warnings } = await argus([good, arp, arp, good.replace('10.0.0.1', 'host'), 'x,y'].join('\n'));
    expect(rows).toHaveLength(1);
    expect(warnings.join('\n')).toMatch(/rows that are no connections passed over: 2 arp/);
    expect(warnings.join('\n')).toMatch(/2 lines left out .* line 5 \(srcaddr cannot be read\)/);
    await expect(argus('10:21:46.633335,1,tcp,10.0.0.1,1,->,10.0.0.2,2,S_,1,60,60,')).rejects.toThrow(
      /starttime has no date; with Argus, print it by ra -u/,
    );
  });

  it('reads header lines again, quotes, a byte order mark, and blanks around names', async () => {
    const head =
      'Flow ID, Src IP, Src Port, Dst IP, Dst Port, Protocol, Timestamp, Flow Duration, Tot Fwd Pkts, Tot Bwd Pkts';
    const row = '"a,b",10.0.0.1,1000,"10.0.0.2",80,6,2018-12-01 10:51:39.813448,-1,2,NaN';
    const { rows, warnings } = await read(`\ufeff${head}\r\n${row}\r\n${head}\r\n${row}\r\n`);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ ts: 1543661499.813448, duration: -1, packets: [2, -1], state: '?' });
    expect(warnings.join()).not.toContain('left out');
  });

  it('reads dates of twelve hours, and says how it took them', async () => {
    const head = 'Flow ID,Source IP,Source Port,Destination IP,Destination Port,Protocol,Timestamp,Flow Duration';
    const at = (when: string): string => `x,10.0.0.1,1000,10.0.0.2,80,6,${when},0`;
    const times = async (...list: string[]) => {
      const { rows, warnings } = await read(`${head}\n${list.map(at).join('\n')}\n`);
      return { iso: rows.map(({ ts }) => new Date(ts * 1000).toISOString().slice(0, 16)), said: warnings.join('\n') };
    };
    const cic = await times('3/7/2017 8:55', '3/7/2017 12:01', '3/7/2017 1:30');
    expect(cic.iso).toEqual(['2017-07-03T08:55', '2017-07-03T12:01', '2017-07-03T13:30']);
    expect(cic.said).toMatch(/no AM or PM; 1 to 7 o'clock is taken as afternoon/);
    expect((await times('03/07/2017 12:30:00 AM', '03/07/2017 01:30:00 PM')).iso).toEqual([
      '2017-07-03T00:30',
      '2017-07-03T13:30',
    ]);
    expect((await times('03/07/2017 14:00', '03/07/2017 14:01')).said).not.toContain('AM');
    const american = await times('07/13/2017 09:00', '07/03/2017 10:00');
    expect(american.iso).toEqual(['2017-07-03T10:00', '2017-07-13T09:00']);
    expect(american.said).toContain('month/day/year');
  });
});

const NFDUMP = 'ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt\n';

describe('rows of one side', () => {
  const way = (at: string, from: string, to: string, flags: string, proto = 'TCP'): string =>
    `2026-11-23 ${at},2026-11-23 ${at},0.100,${from.split(':')[0]},${to.split(':')[0]},${from.split(':')[1]},${to.split(':')[1]},${proto},${flags},3,300,0,0`;
  const of = async (...lines: string[]) =>
    (await read(`${NFDUMP}${lines.join('\n')}\nSummary\nflows,bytes\n2,3\n`)).rows;

  it('become one connection, begun by who was first, then by the SYN, then by who calls the lower port', async () => {
    const client = '10.0.0.1:40000';
    const server = '10.0.0.2:5201';
    for (const rows of [
      await of(way('10:00:00.1', client, server, '...AP.SF'), way('10:00:00.2', server, client, '...AP.SF')),
      await of(way('10:00:00.2', server, client, '...AP.SF'), way('10:00:00.1', client, server, '...AP.SF')),
      await of(way('10:00:00', server, client, '...A.R..'), way('10:00:00', client, server, '......S.')),
      await of(way('10:00:00', server, client, '...AP.SF'), way('10:00:00', client, server, '...AP.SF')),
    ]) {
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        from: '10.0.0.1',
        fromPort: 40000,
        to: '10.0.0.2',
        toPort: 5201,
        packets: [3, 3],
      });
      expect(['SF', 'REJ']).toContain(rows[0]?.state);
    }
  });

  it('stay apart where they are a minute apart, and of what is alone it is known whether it asks or answers', async () => {
    const later = await of(
      way('10:00:00', '10.0.0.1:40000', '10.0.0.2:80', '......S.'),
      way('10:01:01', '10.0.0.2:80', '10.0.0.1:40000', '...A..S.'),
    );
    expect(later.map((r) => [r.from, r.state, ...r.packets])).toEqual([
      ['10.0.0.1', 'S0', 3, 0],
      ['10.0.0.1', 'OTH', 0, 3],
    ]);
    const [dns, scan] = await of(
      way('10:00:00', '10.0.0.2:53', '10.0.0.1:40000', '........', 'UDP'),
      way('10:00:01', '10.0.0.66:53', '10.0.0.1:8080', '......S.'),
    );
    expect(dns).toMatchObject({ from: '10.0.0.1', toPort: 53, state: 'SHR', packets: [0, 3] });
    expect(scan).toMatchObject({ from: '10.0.0.66', toPort: 8080, state: 'S0' });
  });

  it('are all given, each once, where there are more than may wait', async () => {
    const lines: string[] = [];
    const MANY = 70_000;
    for (let k = 0; k < MANY; k++) {
      const at = `10:${String(Math.floor(k / 6000)).padStart(2, '0')}:${String(Math.floor(k / 100) % 60).padStart(2, '0')}`;
      const client = `10.1.${(k >> 8) & 255}.${k & 255}:${20_000 + (k % 30_000)}`;
      lines.push(way(at, client, '10.0.0.2:443', '...AP.SF'));
      if (k % 2 === 0) lines.push(way(at, '10.0.0.2:443', client, '...AP.SF'));
    }
    const rows = await of(...lines);
    expect(rows).toHaveLength(MANY);
    expect(rows.filter(({ packets }) => packets[1] === 3)).toHaveLength(MANY / 2);
    expect(rows.every(({ to }) => to === '10.0.0.2')).toBe(true);
  });
});

describe('logs of several kinds', () => {
  it('are not read together', async () => {
    const flows = flowsOf(connLog(3, 40));
    const paths = [file(HEADER + connLog(3, 40)), file(flowTableOf('eve', flows))];
    await expect(readFiles(paths)).rejects.toThrow(
      /is a Zeek conn\.log, .* is a Suricata eve\.json: they cannot be read together/,
    );
    const merged = await readFiles([file(flowTableOf('argus', flows)), file(flowTableOf('argus', flows))]);
    expect(merged.rows).toHaveLength(2 * flows.length);
  });
});
