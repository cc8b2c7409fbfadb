/** What a hub costs detection: the same capture without one, with one, and with one that is not there, in turns. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { best } from '../captures/run.js';

/**
 * @returns of each kind of hub: s until the reports were written and until the process ended, s of processor, peak bytes: of the run
 * with the least processor time, and the first two each at their least
 */
export async function detecting({ program, model, capture, folder, hubs, rounds }) {
  const found = new Map();
  const report = join(folder, 'report.txt');
  for (let round = 0; round < rounds; round++) {
    // in turns, and each round begins with another one: what the machine does meanwhile is everybody's
    for (let k = 0; k < hubs.length; k++) {
      const [name, hub] = hubs[(k + round) % hubs.length];
      const fleet = hub ? ['--hub', hub, '--hub-name', 'bench', '--spool', join(folder, `spool-${name}`)] : [];
      const args = [program, 'detect', '-q', '--model', model, '-r', capture, '--out', report, ...fleet];
      const began = Date.now();
      const { seconds, cpu, peak } = await best(process.execPath, args, 1);
      const written = (statSync(report).mtimeMs - began) / 1000;
      const before = found.get(name) ?? { seconds, cpu, peak, written };
      found.set(name, {
        seconds: Math.min(before.seconds, seconds),
        written: Math.min(before.written, written),
        cpu: Math.min(before.cpu, cpu),
        peak: Math.max(before.peak, peak),
      });
    }
  }
  return found;
}
