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
/**
 * What was not looked at to the end is no answer, and said to be none.
 * @param {import('anomaly').Power['templates'][number]} each
 */
function told(each) {
  const { unit, sizes } = each;
  if (each.answer === 'impossible') return 'could not be tried';
  if (each.answer === 'missed') return `not raised, up to ${sizes.at(-1)?.size} ${unit}`;
  if (each.answer === 'raised') return `raised at ${each.smallest} ${unit}`;
  if (each.at_most === null) return 'unfinished, nothing can be said';
  return `unfinished; raised at ${each.at_most} ${unit}, perhaps at less`;
}

for (const each of measured.templates) {
  const { sizes, skipped } = each;
  console.log(`${each.template}: ${told(each)}`);
  for (const { size, placements, raised, named, delay_s: delay } of sizes) {
    console.log(`  ${size}: ${raised} of ${placements}, ${named} by name, after ${delay ?? '-'} s`);
  }
  for (const { size, reason } of skipped) console.log(`  ${size}: ${reason}`);
}
