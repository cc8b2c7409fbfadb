/** What a hub costs detection: the same capture without one, with one, and with one that is not there, in turns. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { best } from '../captures/run.js';

/**
 * @param captures a large one and a small one, whose difference is packets alone: what a hub costs once is not what it costs a packet
 * @returns of each kind of hub the least of each over all rounds: s until the reports of the large one were written and until its
 * process ended, s of processor of either; and the peak in bytes
 */
export async function detecting({ program, model, captures: { large, small }, folder, hubs, rounds }) {
  const found = new Map();
  const report = join(folder, 'report.txt');
  for (let round = 0; round < rounds; round++) {
    // in turns, and each round begins with another one: what the machine does meanwhile is everybody's
    for (let k = 0; k < hubs.length; k++) {
      const [name, hub] = hubs[(k + round) % hubs.length];
      const fleet = hub ? ['--hub', hub, '--hub-name', 'bench', '--spool', join(folder, `spool-${name}`)] : [];
      const run = async (capture) => {
        const began = Date.now();
        const args = [program, 'detect', '-q', '--model', model, '-r', capture, '--out', report, ...fleet];
        const result = await best(process.execPath, args, 1);
        return { ...result, written: (statSync(report).mtimeMs - began) / 1000 };
      };
      const { cpu: once } = await run(small);
      const result = { ...(await run(large)), once };
      const before = found.get(name) ?? result;
      const least = Object.fromEntries(Object.keys(result).map((key) => [key, Math.min(before[key], result[key])]));
      found.set(name, { ...least, peak: Math.max(before.peak, result.peak) });
    }
  }
  return found;
}
