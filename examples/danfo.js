// Looks at a packet table with danfojs-node and TensorFlow: describe, group, correlate, and two plots in a page.
// `npm run tfjs-node` (`anomaly-setup tfjs-node` where the package is installed) puts both into optional/.
//
//     node bin/anomaly.js sniff -r data/benign.pcap.gz -c 20000 --out packets.csv
//     node examples/danfo.js packets.csv packets.html
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { init } from 'echarts';

// TensorFlow tells of the processor otherwise
process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
const optional = createRequire(new URL('../optional/package.json', import.meta.url));
const { readCSV, StandardScaler } = optional('danfojs-node');
const tf = optional('@tensorflow/tfjs-node');

const [table = 'packets.csv', page = 'packets.html'] = process.argv.slice(2);
const frame = await readCSV(table);
const numbers = frame.loc({ columns: ['frame.len', 'payload.len', 'payload.entropy', 'ip.ttl'] }).fillNa(0);
numbers.describe().print();

const senders = frame.groupby(['ip.src']).agg({ 'frame.len': ['sum', 'count'] });
const top = senders.sortValues('frame.len_sum', { ascending: false }).head(8);
top.print();

const { columns } = numbers;
const rows = new StandardScaler().fitTransform(numbers).tensor;
const correlation = tf.matMul(rows, rows, true, false).div(rows.shape[0]).arraySync();
console.log(`correlation of ${columns[0]} and ${columns[1]}: ${correlation[0][1].toFixed(3)} (${tf.getBackend()})`);

const bars = {
  title: { text: 'Bytes by sender' },
  grid: { left: 150 },
  xAxis: {},
  yAxis: { data: top['ip.src'].values, inverse: true },
  series: { type: 'bar', data: top['frame.len_sum'].values },
};
const cells = {
  title: { text: 'Correlation' },
  grid: { left: 150 },
  xAxis: { data: columns },
  yAxis: { data: columns },
  visualMap: { min: -1, max: 1, right: 0, top: 'center' },
  series: { type: 'heatmap', data: columns.flatMap((_, x) => columns.map((_, y) => [x, y, correlation[x][y]])) },
};
const plots = [bars, cells].map((option) => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 800, height: 360 });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
});
writeFileSync(
  page,
  `<!doctype html><meta charset="utf-8"><title>${columns.length} columns</title>${plots.join('\n')}`,
  { mode: 0o600 },
);
console.log(`written: ${page}`);
