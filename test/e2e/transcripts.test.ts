/**
 * Golden transcripts: command, output, exit code in one file of test/transcripts. A transcript begins with `$ anomaly ...`,
 * goes on with what stands on standard output and error, and ends with `exit N`. Set UPDATE_TRANSCRIPTS=1 to write them anew.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { anomaly, folder, root, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

const transcripts = join(root, 'test/transcripts');
let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

/** What the transcripts' commands find in their folder. */
function furnish(dir: string): void {
  const capture = gunzipSync(readFileSync(sample('mixed.pcap.gz')));
  writeFileSync(join(dir, 'some.pcap'), capture.subarray(0, 40_000));
  writeFileSync(join(dir, 'empty.pcap'), '');
  writeFileSync(join(dir, 'no-packets.pcap'), capture.subarray(0, 24));
  writeFileSync(join(dir, 'letter.txt'), 'Dear network,\n\nplease be quiet.\n');
  writeFileSync(join(dir, 'allow-bad.json'), '[\n  { "address": "10.0.0.0/99" }\n]\n');
  cpSync(model.modelDir, join(dir, 'model'), { recursive: true });
  cpSync(model.modelDir, join(dir, 'damaged'), { recursive: true });
  truncateSync(join(dir, 'damaged/weights.bin'), 100);
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'there.csv'), 'mine\n');
}

/** What changes from run to run has a name instead. */
const lasting = (text: string, dir: string): string =>
  text
    .replaceAll(dir, 'DIR')
    .replace(/trained [\d-]+ [\d:]+/g, 'trained DATE')
    .replace(/threshold [\d.]+/g, 'threshold T')
    .replace(/: [\d.]+ m?s, /g, ': TIME, ');

const words = (command: string): string[] =>
  (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''));

describe('transcripts', () => {
  for (const name of readdirSync(transcripts).filter((file) => file.endsWith('.txt'))) {
    it(`hold what the program says: ${name.replace('.txt', '').replaceAll('-', ' ')}`, () => {
      const path = join(transcripts, name);
      const expected = readFileSync(path, 'utf8');
      const command = expected.split('\n')[0].replace(/^\$ anomaly ?/, '');
      const dir = folder();
      furnish(dir);
      const { code, stdout, stderr } = anomaly(words(command), { cwd: dir });
      const actual = `$ anomaly ${command}\n${lasting(stdout + stderr, dir)}exit ${code}\n`;
      if (process.env.UPDATE_TRANSCRIPTS) writeFileSync(path, actual);
      expect(actual).toBe(process.env.UPDATE_TRANSCRIPTS ? actual : expected);
    });
  }

  it('are all there', () => {
    expect(readdirSync(transcripts).length).toBeGreaterThan(15);
  });
});
