/**
 * Rows/s from conn.log.gz to a feature matrix, beside pandas (Debian's python3-pandas) that reads the same file and
 * builds the columns of the second seed, at most 55 (46 on these rows, which have fewer categories): one-hot of proto, service,
 * conn_state and more, numbers, hour and day.
 * Real rows where the corpora are there (ANOMALY_CORPORA or ../shared/corpora), else made-up ones; repeated with advancing time.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { createGunzip, createGzip } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');
const load = (path) => import(pathToFileURL(join(built, path)).href);
const { openConnLogs } = await load('zeek/reader.js');
const { ConnRecord } = await load('zeek/record.js');
const { ConnectionFeatures } = await load('features/connection/index.js');

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const DAY = 86_400;
const PYTHON = `
import sys, time, resource
t = time.perf_counter()
import pandas as pd, numpy as np
t1 = time.perf_counter()
path = sys.argv[1]
with __import__('gzip').open(path, 'rt') as f:
    names = next(l for l in f if l.startswith('#fields')).rstrip('\\n').split('\\t')[1:]
df = pd.read_csv(path, sep='\\t', comment='#', names=names, na_values=['-', '(empty)'], low_memory=False)
num = ['duration', 'orig_bytes', 'resp_bytes', 'missed_bytes', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'id.orig_p', 'id.resp_p']
x = df[num].apply(pd.to_numeric, errors='coerce').fillna(0)
when = pd.to_datetime(df['ts'], unit='s')
x['hour'] = when.dt.hour
x['day'] = when.dt.dayofweek
def top(c, n):
    s = df[c].fillna('none').astype(str)
    keep = s.value_counts().index[:n]
    return s.where(s.isin(keep), 'other')
for c, n in (('proto', 4), ('service', 12), ('conn_state', 13), ('history', 8), ('local_orig', 2), ('local_resp', 2)):
    x = pd.concat([x, pd.get_dummies(top(c, n), prefix=c, dtype='float32')], axis=1)
m = x.to_numpy(dtype='float32')[:, :55]
print(len(m), m.shape[1], time.perf_counter() - t1, resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_SELF).ru_stime, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
`;

const HEADER =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n';
const corpus = join(
  process.env.ANOMALY_CORPORA ?? join(root, '..', 'shared', 'corpora'),
  'zeek/labelled/ctu-normal-43-day1.conn.log.labeled',
);

function seedRows() {
  if (!existsSync(corpus)) {
    return Array.from({ length: 10_000 }, (_, i) => [
      i * 8,
      `C${i}\t10.0.0.${i % 250}\t${30000 + (i % 9999)}\t192.0.2.${i % 99}\t${[443, 53, 80, 22][i % 4]}\t${i % 4 === 1 ? 'udp\tdns' : 'tcp\tssl'}\t0.${100000 + i}\t${i % 3000}\t${(i * 7) % 90000}\tSF\tT\tF\t0\tShADadFf\t${i % 40}\t${i % 5000}\t${i % 50}\t${(i * 7) % 95000}\t-`,
    ]);
  }
  const lines = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const cells = line.split('\t').slice(0, 21);
    return [Number(cells[0]), cells.slice(1).join('\t')];
  });
}

const folder = mkdtempSync(join(tmpdir(), 'bench-zeek-'));
const path = join(folder, 'conn.log.gz');
try {
  const rows = seedRows();
  async function* text() {
    yield HEADER;
    for (let done = 0, round = 0; done < ROWS; round++) {
      const part = rows.slice(0, ROWS - done);
      yield `${part.map(([ts, rest]) => `${(ts + round * DAY).toFixed(6)}\t${rest}`).join('\n')}\n`;
      done += part.length;
    }
  }
  await pipeline(text, createGzip({ level: 1 }), createWriteStream(path));

  // the floor under any reader: decompression alone
  let started = performance.now();
  let bytes = 0;
  for await (const chunk of createReadStream(path).pipe(createGunzip())) bytes += chunk.length;
  const unzip = (performance.now() - started) / 1000;

  const extractor = new ConnectionFeatures({ novelty: true });
  const learning = await openConnLogs([path]);
  const record = new ConnRecord();
  let learned = 0;
  for await (const batch of learning.batches) {
    for (let k = 0; k < batch.count && learned < 100_000; k++, learned++) {
      batch.read(k, record);
      extractor.learn(record, learned % 5);
    }
    if (learned >= 100_000) break;
  }
  extractor.freeze();
  const width = extractor.schema.columns.length;
  const matrix = new Float32Array(65_536 * width);
  const memory = [];
  let count = 0;
  const before = process.cpuUsage();
  started = performance.now();
  const source = await openConnLogs([path]);
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      extractor.transform(record, matrix, (count++ % 65_536) * width);
      if (count % 100_000 === 0) memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(before);
  const processor = (used.user + used.system) / 1e6;

  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; ${count} rows, ${(bytes / 2 ** 20).toFixed(0)} MiB of text`,
  );
  console.log(`gunzip alone       ${unzip.toFixed(2)} s`);
  console.log(
    `anomaly            ${seconds.toFixed(2)} s (${processor.toFixed(2)} s of processor), ${Math.round(count / seconds)} rows/s, ${width} features`,
  );
  console.log(`memory, MiB, every 100 000 rows: ${memory.join(' ')}`);
  const python = spawnSync('/usr/bin/python3', ['-c', PYTHON, path], { encoding: 'utf8' });
  if (python.status !== 0)
    console.log(`pandas: not run (${python.stderr.trim().split('\n').at(-1) ?? python.error?.message})`);
  else {
    const [n, columns, time, cpu, mib] = python.stdout.trim().split(' ').map(Number);
    console.log(
      `pandas             ${time.toFixed(2)} s (${cpu.toFixed(2)} s of processor), ${Math.round(n / time)} rows/s, ${columns} columns, at most ${mib} MiB`,
    );
    console.log(
      `ratio              ${(time / seconds).toFixed(2)} by the clock, ${(cpu / processor).toFixed(2)} by processor time`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
