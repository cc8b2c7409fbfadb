/** The exploratory report in a real browser. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderExploration } from '../../src/report/explore/index.js';
import { LOW_CONTRAST } from '../support/contrast.js';
import { exploration } from './sample.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
type Look = Record<'overflow' | 'smallest' | 'narrow' | 'wide' | 'power' | 'crossing', number> &
  Record<'ink' | 'paper', string> & { readonly low: readonly string[] };
/** As text: the project's types know no browser. */
const LOOK = `(() => {
  const shown = (node) => node.getBoundingClientRect().height > 0;
  const text = [...document.querySelectorAll('svg.plot text')].map((node) => node.getBoundingClientRect().height);
  const crossing = (picture) => {
    const places = [...picture.querySelectorAll('text')].map((node) => node.getBoundingClientRect());
    return places.filter((a, i) => places.some((b, k) => k > i && a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)).length;
  };
  return {
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    smallest: Math.min(...text.filter((height) => height > 0)),
    narrow: [...document.querySelectorAll('svg.plot')].filter((plot) => shown(plot) && plot.getBoundingClientRect().width < 200).length,
    wide: [...document.querySelectorAll('svg')].filter((plot) => plot.getBoundingClientRect().right > window.innerWidth).length,
    low: ${LOW_CONTRAST},
    power: [...document.querySelectorAll('figure.power svg')].filter(shown).length,
    crossing: crossing([...document.querySelectorAll('figure.power svg')].find(shown)),
    ink: getComputedStyle(document.body).color,
    paper: getComputedStyle(document.body).backgroundColor,
  };
})()`;
const present = existsSync(CHROMIUM);
if (!present) console.log(`exploratory report in a browser: skipped, ${CHROMIUM} is absent`);

describe.runIf(present)('the exploratory report in chromium', () => {
  let browser: Browser;
  let folder = '';
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS.split(' ') });
    folder = await mkdtemp(join(tmpdir(), 'explore-'));
    for (const kind of ['connection', 'packet'] as const) {
      await writeFile(join(folder, `${kind}.html`), renderExploration(exploration(kind)));
    }
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['connection', 1280, 'light'],
    ['connection', 390, 'dark'],
    ['packet', 1280, 'dark'],
    ['packet', 390, 'light'],
  ] as const)('of %ss is readable at %d px, %s, without an error or a request', async (kind, width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(join(folder, `${kind}.html`)).href;
    await page.goto(url);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
    for (const name of [
      'What to do next',
      'Threshold and false alarms',
      'Worst and best rows',
      'Attacks it would have raised',
      'Traffic over time',
      'Most frequent values',
      'Features',
      'Correlation',
      'Columns',
    ]) {
      expect(await page.getByRole('heading', { name, exact: true }).isVisible()).toBe(true);
    }
    const seen = await page.evaluate<Look>(LOOK);
    expect(seen.overflow).toBeLessThanOrEqual(0);
    expect(seen.smallest).toBeGreaterThan(9);
    expect([seen.narrow, seen.wide]).toEqual([0, 0]);
    expect(seen.low).toEqual([]);
    // the picture of power is there once, and no text of it lies on another
    expect([seen.power, seen.crossing]).toEqual([1, 0]);
    const brightness = (css: string) =>
      (css.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    expect(Math.abs(brightness(seen.ink) - brightness(seen.paper))).toBeGreaterThan(400);
    expect(brightness(seen.paper) > 380).toBe(colorScheme === 'light');
    await page.close();
  });

  it.each(['connection', 'packet'])('of %ss is printed on fewer than six pages of A4', async (kind) => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, `${kind}.html`)).href);
    const paper = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
    const sheets = paper.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(sheets).toBeGreaterThan(0);
    expect(sheets).toBeLessThan(6);
    await page.close();
  });
});
