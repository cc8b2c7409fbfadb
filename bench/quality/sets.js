/**
 * What is measured on: networks, which are folders of our own recordings, and sets of others in one table. A set has records to
 * train on and parts to judge. A part: files; which of their records (`accept`, then a `share` of those); and its labels, from
 * a CSV file or from a `verdict` on each record: 1 attack, 0 harmless, -1 not known and not judged.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const shared = (...path) => join(import.meta.dirname, '..', '..', '..', 'shared', ...path);

export const NETWORKS = ['range', 'range-w', 'range-s'];

/** The set of a network, by its folder: `benign-train.pcap.gz`, and others with `NAME.labels.csv.gz` beside `NAME.pcap.gz`. */
export function network(name) {
  const folder = existsSync(name) ? resolve(name) : shared(name);
  const capture = (recording) => join(folder, `${recording}.pcap.gz`);
  const labels = (recording) => join(folder, `${recording}.labels.csv.gz`);
  const recordings = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.pcap.gz'))
        .map((file) => file.replace('.pcap.gz', ''))
        .filter((recording) => recording !== 'benign-train' && existsSync(labels(recording)))
    : [];
  return {
    name: basename(folder),
    train: { paths: [capture('benign-train')] },
    parts: recordings.map((recording) => ({
      name: recording,
      paths: [capture(recording)],
      labels: labels(recording),
    })),
  };
}

const isBenign = (record) => /^benign$/i.test(record.label.toString());
const isMalicious = (record) => /^malicious$/i.test(record.label.toString());
const byLabel = (record) => (isMalicious(record) ? 1 : isBenign(record) ? 0 : -1);
const harmless = () => 0;
const attack = () => 1;
/** the tool's own port, at either end */
const isAndroidRat = ({ proto, origP, respP }) => proto === 0 && (origP === 1337 || respP === 1337);

const log = (name) => shared('corpora', 'zeek', 'labelled', name);
const CTU_43 = [log('ctu-normal-43-day1.conn.log.labeled')];
const CTU_42 = [log('ctu-normal-42-day2.conn.log.labeled')];
const SME = [log('ctu-sme-11-2023-02-20-benign.conn.log.labeled')];
const NJRAT = [log('ctu-botnet-230-njrat-first1000.conn.log.labeled')];
const RAT = [log('android-rat-androidtester.conn.log')];
/** of the benign day; the rest are negatives of logs that hold attacks only */
const SME_TRAINED = 0.7;
const REST = 'rest of the day';
const onSme = (name, paths, verdict) => ({ name, paths, verdict, negatives: REST });

const bot = (name) => ({ name, paths: [shared('real', 'iot23', `${name}.conn.log.labeled.gz`)], verdict: byLabel });

const modbus = (name) => ({
  name,
  paths: [shared('real', 'modbus', `${name}.pcap.gz`)],
  labels: shared('real', 'modbus', `${name}.labels.csv.gz`),
});

/** What is harmless ends here, and what is judged begins; names did not resolve on this day between the other two. */
const OCONNOR_SPLIT_US = 1000 * Date.UTC(2021, 2, 11);
const OUTAGE_US = [1000 * Date.UTC(2021, 2, 11, 10, 43), 1000 * Date.UTC(2021, 2, 11, 13, 45)];
const device = (name) => {
  const paths = [shared('real', 'oconnor', `${name}.pcap.gz`)];
  return {
    name: `oconnor ${name}`,
    train: { paths, accept: ({ timestampUs }) => timestampUs < OCONNOR_SPLIT_US },
    parts: [
      {
        name: 'days after',
        paths,
        accept: ({ timestampUs }) => timestampUs >= OCONNOR_SPLIT_US,
        verdict: ({ timestampUs: at }) => (at >= OUTAGE_US[0] && at <= OUTAGE_US[1] ? -1 : 0),
      },
    ],
  };
};

/** Sets of others, by where they come from. */
export const SETS = [
  {
    name: 'iot23',
    train: {
      paths: ['20-1', '21-1'].map((name) => shared('real', 'iot23', `${name}-benign.conn.log.gz`)),
      accept: isBenign,
    },
    parts: [bot('34-1'), bot('42-1')],
  },
  {
    name: 'modbus',
    train: { paths: [shared('real', 'modbus', 'train-4700.pcap.gz')] },
    parts: [modbus('CnC_uploading_exe'), modbus('moving_two_files')],
  },
  device('blink-cam-02'),
  device('schlage-lock-01'),
  device('sifely-hub-01'),
  {
    name: 'ctu normal 43 to 42',
    train: { paths: CTU_43, accept: isBenign },
    parts: [{ name: 'day 2', paths: CTU_42, verdict: byLabel }],
  },
  {
    name: 'ctu normal 42 to 43',
    train: { paths: CTU_42, accept: isBenign },
    parts: [{ name: 'day 1', paths: CTU_43, verdict: byLabel }],
  },
  {
    name: 'ctu sme day',
    train: { paths: SME, accept: isBenign, share: [0, SME_TRAINED] },
    parts: [
      { name: REST, paths: SME, accept: isBenign, share: [SME_TRAINED, 1], verdict: harmless },
      onSme('njrat', NJRAT, (record) => (isMalicious(record) ? 1 : -1)),
      onSme('android rat', RAT, (record) => (isAndroidRat(record) ? 1 : -1)),
      onSme('nmap-multi-scan', [log('nmap-multi-scan.conn.json.log')], attack),
      onSme('slips-portscan-horizontal', [log('slips-portscan-horizontal.conn.log')], attack),
      onSme('slips-portscan-vertical', [log('slips-portscan-vertical.conn.json.log')], attack),
      { name: 'njrat, own background', paths: NJRAT, verdict: (record) => (isMalicious(record) ? 1 : 0) },
      { name: 'android rat, own background', paths: RAT, verdict: (record) => (isAndroidRat(record) ? 1 : 0) },
    ],
  },
];

/** The first file of a set that is not there, if one is not. */
export function missingFile({ train, parts }) {
  return [train, ...parts]
    .flatMap(({ paths, labels }) => [...paths, labels ?? paths[0]])
    .find((path) => !existsSync(path));
}
