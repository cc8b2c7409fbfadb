/** What a model would have raised of attacks that are woven into its own training. */
import { beforeAll, describe, expect, it } from 'vitest';
import { power } from '../../src/engine/power.ts';
import { openSource } from '../../src/engine/source.ts';
import { loadBundle } from '../../src/model/bundle.ts';
import { type Power, powerSchema, type TemplatePower } from '../../src/model/power-schema.ts';
import { sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const templates = ['SYN scan', 'upload by tls', 'call home by tls'];
/** more than it takes anywhere: what a test says must not hang on the machine */
const budgetMs = 600_000;

function without({ seconds: _seconds, ...rest }: Power): Omit<Power, 'seconds'> {
  return rest;
}

describe('power on the bundled recording', { timeout: 300_000 }, () => {
  let measured: Power;
  let again: Power;
  const of = (name: string): TemplatePower =>
    measured.templates.find(({ template }) => template === name) as TemplatePower;

  beforeAll(async () => {
    const { modelDir } = await trained();
    const bundle = await loadBundle(modelDir);
    const source = await openSource(sample('benign.pcap.gz'));
    measured = await power(bundle, source, { templates, budgetMs });
    again = await power(bundle, source, { templates, budgetMs });
    await source.close();
  }, 300_000);

  it('raises a large scan under its name, and misses a tiny upload', () => {
    const scan = of('SYN scan');
    expect(scan.smallest).toBeLessThanOrEqual(1000);
    const seen = scan.sizes.find(({ size }) => size === scan.smallest);
    expect(seen?.named).toBeGreaterThanOrEqual(0.9 * (seen?.placements as number));
    const upload = of('upload by tls');
    expect(upload.smallest ?? Number.POSITIVE_INFINITY).toBeGreaterThan(100_000);
  });

  it('has the smallest size beside one that is not raised, or none below', () => {
    for (const { smallest, sizes } of measured.templates) {
      const place = sizes.findIndex(({ size }) => size === smallest);
      if (smallest === null) continue;
      expect(sizes[place].raised).toBeGreaterThanOrEqual(0.9 * sizes[place].placements);
      if (place > 0) expect(sizes[place - 1].raised).toBeLessThan(0.9 * sizes[place - 1].placements);
    }
  });

  it('says of what lasts longer than a block that it was not tried', () => {
    const { sizes, skipped } = of('call home by tls');
    expect(skipped).toContainEqual({ size: 3600, reason: 'it lasts longer than a block of this training' });
    expect(sizes.map(({ size }) => size)).not.toContain(3600);
  });

  it('is what the schema says, and the same again', () => {
    expect(powerSchema.parse(measured)).toEqual(measured);
    expect(without(again)).toEqual(without(measured));
    expect(measured.nets).toBe('final');
  });

  it('refuses a template that there is not, and names those that there are', async () => {
    const bundle = await loadBundle((await trained()).modelDir);
    const source = await openSource(sample('benign.pcap.gz'));
    await expect(power(bundle, source, { templates: ['haunting'] })).rejects.toThrow(
      'no template "haunting"; there are SYN scan',
    );
    await source.close();
  });
});
