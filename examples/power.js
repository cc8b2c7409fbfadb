// Learns a capture of harmless traffic, and says which attacks the model would have raised in it.
//
//     node examples/power.js data/benign.pcap.gz 20 "SYN scan,upload by tls"
import { learn, openSource, power } from 'anomaly';

const [input = 'data/benign.pcap.gz', epochs = '20', names = ''] = process.argv.slice(2);
const source = await openSource(input);
const bundle = await learn(source, { epochs: Number(epochs) });
const templates = names === '' ? undefined : names.split(',');
const measured = await power(bundle, source, { effort: 'quick', templates });
await source.close();

console.log(`${measured.placements} placements of each size, ${measured.seconds} s`);
for (const { template, unit, smallest, sizes, skipped } of measured.templates) {
  console.log(`${template}: ${smallest === null ? 'not raised' : `raised from ${smallest} ${unit} on`}`);
  for (const { size, placements, raised, named, delay_s: delay } of sizes) {
    console.log(`  ${size}: ${raised} of ${placements}, ${named} by name, after ${delay ?? '-'} s`);
  }
  for (const { size, reason } of skipped) console.log(`  ${size}: ${reason}`);
}
