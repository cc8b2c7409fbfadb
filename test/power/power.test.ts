/** What a model would have raised of attacks that are woven into its own training. */
import { beforeAll, describe, expect, it } from 'vitest';
import { power } from '../../src/engine/power.ts';
import { filterSource, openSource } from '../../src/engine/source.ts';
import { Interrupted } from '../../src/engine/training-rows.ts';
import { loadBundle } from '../../src/model/bundle.ts';
import { type Power, powerSchema, type TemplatePower } from '../../src/model/power-schema.ts';
import { sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const templates = ['SYN scan', 'upload by tls', 'call home by tls', 'mining', 'rogue DHCP server'];
/** more than it takes anywhere: what a test says must not hang on the machine */
const budgetMs = 600_000;
const ANSWER = new Set(['raised', 'missed', 'unfinished', 'impossible']);
const smallestOf = (measured: TemplatePower): number | null | undefined =>
  'smallest' in measured ? measured.smallest : undefined;

describe('power on the bundled recording', { timeout: 300_000 }, () => {
  let measured: Power;
  const of = (name: string): TemplatePower =>
    measured.templates.find(({ template }) => template === name) as TemplatePower;

  beforeAll(async () => {
    const { modelDir } = await trained();
    const bundle = await loadBundle(modelDir);
    const source = await openSource(sample('benign.pcap.gz'));
    measured = await power(bundle, source, { templates, budgetMs });
    await source.close();
  }, 300_000);

  it('raises a large scan under its name, and misses a tiny upload', () => {
    const scan = of('SYN scan');
    expect(smallestOf(scan)).toBeLessThanOrEqual(1000);
    const upload = of('upload by tls');
    expect(smallestOf(upload)).toBeGreaterThan(100_000);
    expect(measured.cut).toBe(false);
  });

  it('has the smallest size that is raised under its name beside one that is not, or none below', () => {
    for (const each of measured.templates) {
      const { sizes } = each;
      expect(ANSWER).toContain(each.answer);
      if (each.answer !== 'raised') continue;
      const place = sizes.findIndex(({ size }) => size === each.smallest);
      expect(sizes[place].placements).toBe(measured.placements);
      expect(sizes[place].named).toBeGreaterThanOrEqual(0.9 * sizes[place].placements);
      if (place > 0) expect(sizes[place - 1].named).toBeLessThan(0.9 * sizes[place - 1].placements);
    }
  });

  it('says of what lasts longer than a block that it was not tried', () => {
    const { sizes, skipped } = of('call home by tls');
    expect(skipped).toContainEqual({ size: 3600, reason: 'it lasts longer than a block of this training' });
    expect(sizes.map(({ size }) => size)).not.toContain(3600);
    expect(of('mining')).toMatchObject({ answer: 'impossible', sizes: [] });
  });

  it('is what the schema says', () => {
    expect(powerSchema.parse(measured)).toEqual(measured);
    expect(measured.nets).toBe('final');
  });

  it('ends when it is told to, and has nothing to say of no records', async () => {
    const bundle = await loadBundle((await trained()).modelDir);
    const source = await openSource(sample('benign.pcap.gz'));
    const none = filterSource(source, () => false);
    for (const effort of ['quick', 'full'] as const) {
      await expect(power(bundle, source, { effort, signal: AbortSignal.abort() })).rejects.toThrow(Interrupted);
      await expect(power(bundle, none, { effort })).rejects.toThrow('no record to weave attacks into');
    }
    await source.close();
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
