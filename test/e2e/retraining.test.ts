/** Training anew beside a model that is in use: --keep-if-worse goes over to it, or says why not. */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, loadBundle, saveBundle } from '../../src/model/bundle.js';
import { anomaly, type Finished, folder, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

let benign: Trained;
let bundle: Bundle;

describe('train --keep-if-worse', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    benign = await trained();
    bundle = await loadBundle(benign.modelDir);
  }, 300_000);

  const retrain = (model: string, input: string, ...more: string[]): Finished =>
    anomaly(
      [
        'train',
        input,
        '--model',
        model,
        '--keep-if-worse',
        '--power',
        'off',
        '--epochs',
        '1',
        '--layers',
        '8',
        ...more,
      ],
      { timeoutMs: 300_000 },
    );

  it('goes over to a model of harmless traffic', async () => {
    const model = join(folder(), 'm');
    await saveBundle(model, bundle);
    const { code, stderr } = retrain(model, benign.table);
    expect(stderr).toMatch(/\nmodel: \S+m\n$/);
    expect(code).toBe(0);
    expect((await loadBundle(model)).facts.trainedAt).not.toBe(bundle.facts.trainedAt);
  });

  it('stays with the one before where the new traffic has attacks, says which, and goes over where they are expected', async () => {
    const dir = folder();
    const model = join(dir, 'm');
    await saveBundle(model, bundle);
    const before = readlinkSync(model);
    const { code, stderr } = retrain(model, sample('mixed.pcap.gz'));
    console.log(
      stderr
        .split('\n')
        .filter((line) => /before/.test(line))
        .join('\n'),
    );
    expect(code).toBe(4);
    expect(readlinkSync(model)).toBe(before);
    // what hygiene found in the data, and what it did not
    for (const deed of [
      'tries again and again at',
      'asks 10.20.0.1 for DNS names',
      'calls 10.20.1.166 port 8081 (TCP) at regular',
    ]) {
      expect(stderr).toMatch(
        new RegExp(
          `\nraised by the model before alone, and normal to this one: \\[high\\] .*${deed.replace(/[()]/g, '\\$&')}`,
        ),
      );
    }
    const [, why = '', command = ''] =
      /\nthe model before stays in use: (.*); to go over all the same: anomaly (.*)\n$/.exec(stderr) ?? [];
    expect(why).toMatch(
      /^it learned 2 possible attacks, named above; 3 incidents of the one before would be normal to it$/,
    );
    // the command as it is printed
    const over = anomaly(command.split(' '));
    expect([over.code, over.stderr]).toEqual([0, expect.stringContaining('m is now m.')]);
    const list = anomaly(['train', '--list-models', '--model', model]);
    expect(list.stdout).toMatch(/^\* m\.\S+ {2}trained .*\n {2}m\.\S+ {2}trained .* from 77,744 records of .*\n$/);
    expect(anomaly(['train', '--rollback', '--model', model]).code).toBe(0);
    expect(readlinkSync(model)).toBe(before);

    const allow = join(dir, 'allow.json');
    writeFileSync(
      allow,
      JSON.stringify([{ address: '10.20.0.0/16' }, { address: 'fe80::/10' }, { address: 'fd00::/8' }]),
    );
    const allowed = retrain(model, sample('mixed.pcap.gz'), '--allow', allow);
    expect(allowed.stderr).not.toContain('raised by the model before alone');
    expect([allowed.code, readFileSync(join(model, 'report.html'), 'utf8').length > 1000]).toEqual([0, true]);
  });
});
