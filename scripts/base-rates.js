// Makes data/base-rates.json anew: what harmless traffic was like in networks of ours, from recordings of it.
//     node scripts/base-rates.js "NAME=CAPTURE" ...     NAME says what the network was and how it was recorded
import { writeFileSync } from 'node:fs';
import { baseRatesOf, openSource } from '../dist/index.js';

const networks = {};
for (const argument of process.argv.slice(2)) {
  const at = argument.lastIndexOf('=');
  networks[argument.slice(0, at)] = await openSource(argument.slice(at + 1));
}
if (Object.keys(networks).length < 2) throw new Error('two networks at least: each is judged by the others too');
writeFileSync(new URL('../data/base-rates.json', import.meta.url), `${JSON.stringify(await baseRatesOf(networks))}\n`);
