import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, EXIT_ANOMALIES_FOUND, EXIT_INTERRUPTED } from '../../src/base/errors.js';
import { SCORE_COLUMNS } from '../../src/output/scores.js';
import { COLUMNS } from '../../src/table/columns.js';
import { anomaly, root } from '../support/program.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('the README', () => {
  it('has the table of options that the program has', async () => {
    const { optionsTable } = (await import(join(root, 'scripts/options-table.js'))) as { optionsTable(): string };
    expect(readme).toContain(optionsTable());
  });

  it('names every option that --help names', () => {
    for (const command of ['sniff', 'train', 'detect']) {
      const { stdout, code } = anomaly([command, '--help']);
      expect(code).toBe(0);
      for (const option of stdout.match(/--[a-z][a-z-]+/g) ?? []) {
        if (option !== '--help') expect(readme, option).toContain(option);
      }
    }
  });

  it('names every column of the packet table and of the scores file', () => {
    for (const { name } of COLUMNS) expect(readme).toContain(`\`${name}\``);
    for (const name of SCORE_COLUMNS) expect(readme).toContain(`\`${name}\``);
  });

  it('names every exit code', () => {
    for (const code of [...Object.values(ERRORS).map(({ exit }) => exit), EXIT_ANOMALIES_FOUND, EXIT_INTERRUPTED, 0]) {
      expect(readme, String(code)).toMatch(new RegExp(`\\| ${code} \\|`));
    }
  });

  it('gives a reason for every dependency', () => {
    for (const name of Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
    })) {
      expect(readme, name).toContain(`\`${name}\``);
    }
  });
});
