import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256Base64 } from '../../src/output/hash.js';
import { renderHtml } from '../../src/report/html/page.js';
import { renderText } from '../../src/report/text.js';
import { LOW_CONTRAST } from '../support/contrast.js';
import { empty, facts, hostile, mixed } from './sample.js';

const CHROMIUM = '/usr/bin/chromium';
// ten thousand take a while to load on a busy machine
const MANY = process.env.SLOW ? 10_000 : 600;
const SHOTS = process.env.SCREENSHOTS;

let folder: string;
let browser: Browser;
const pages: { page: Page; problems: string[] }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-browser-'));
  if (!existsSync(CHROMIUM)) return;
  writeFileSync(join(folder, 'mixed.html'), renderHtml(mixed(), sha256Base64));
  writeFileSync(join(folder, 'hostile.html'), renderHtml(hostile(MANY), sha256Base64));
  const [first] = mixed().incidents;
  writeFileSync(join(folder, 'one.html'), renderHtml({ facts: facts(), incidents: [first] }, sha256Base64));
  writeFileSync(join(folder, 'empty.html'), renderHtml(empty(), sha256Base64));
  writeFileSync(
    join(folder, 'quiet.html'),
    renderHtml({ facts: facts({ anomalous: 0 }), incidents: [] }, sha256Base64),
  );
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});
afterEach(async () => {
  for (const { page } of pages.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a report; `problems` collects script errors, refused policies, dialogs and requests other than the file itself. */
async function open(name: string, options: { width?: number; dark?: boolean; hash?: string; bare?: boolean } = {}) {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  if (options.bare) await context.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  const page = await context.newPage();
  const problems: string[] = [];
  const address = pathToFileURL(join(folder, name)).href;
  page.on('console', (message) => problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) problems.push(`request: ${request.url()}`);
  });
  pages.push({ page, problems });
  await page.goto(address + (options.hash ?? ''));
  return { page, problems };
}

/** Id of the incident that has the keyboard. */
const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement?.parentElement?.id');
const shown = (page: Page): Promise<number> => page.locator('.incident:not([hidden])').count();

describe.runIf(existsSync(CHROMIUM))('the HTML report in a browser', () => {
  it('shows every section with the figures of the text report, without a script error or a request', async () => {
    const { page, problems } = await open('mixed.html');
    for (const id of ['next', 'timeline', 'incidents', 'examined', 'scores', 'suppressed', 'drift', 'evaluation']) {
      expect(await page.locator(`section#${id}`).isVisible(), id).toBe(true);
    }
    expect(await page.locator('svg.timeline.wide').isVisible()).toBe(true);
    expect(await page.locator('svg.plot').count()).toBe(2);
    expect(await page.locator('svg.timeline.wide .gap').count()).toBe(1);
    expect(await page.locator('svg.timeline.wide rect.bar').count()).toBe(3);
    expect(await page.locator('.incident').count()).toBe(3);
    expect(await page.locator('.reasons .meter').count()).toBe(5);
    const text = renderText(mixed()).replace(/\s+/g, ' ');
    for (const locator of ['h1', 'dl.facts dd', '.body dd', '#next li', '.reasons td:nth-child(2)']) {
      for (const words of await page.locator(locator).allTextContents()) {
        const told = words
          .replace(/(window|rarity|arp)\.\w+$/, '')
          .replace(/\s+/g, ' ')
          .trim();
        const communityId = told.startsWith('1:');
        if (!communityId) expect(text, told).toContain(told);
      }
    }
    expect(problems).toEqual([]);
  });

  it('is searched, filtered and opened by keyboard alone', async () => {
    const { page, problems } = await open('mixed.html');
    await page.keyboard.press('/');
    await page.keyboard.type('arp 02:42');
    await expect.poll(() => shown(page)).toBe(1);
    expect(await page.locator('#found').textContent()).toBe('1 of 3 incidents');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('incident-3');
    expect(await page.locator('#incident-3').getAttribute('open')).toBeNull();
    await page.keyboard.press('Enter');
    expect(await page.locator('#incident-3 .body').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => shown(page)).toBe(3);
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('incident-1');
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    expect(await focused(page)).toBe('incident-2');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    await expect.poll(() => shown(page)).toBe(2);
    expect(problems).toEqual([]);
  });

  it('says so when a search finds nothing, and in the singular of one', async () => {
    const { page } = await open('one.html');
    expect(await page.locator('#found').textContent()).toBe('1 incident');
    await page.keyboard.press('/');
    await page.keyboard.type('nobody of that name');
    await expect.poll(() => shown(page)).toBe(0);
    await expect.poll(() => page.locator('#nothing').innerText()).toBe('No incident has “nobody of that name” in it.');
    expect(await page.locator('#found').textContent()).toBe('0 of 1 incident');
    await page.keyboard.press('Escape');
    await expect.poll(() => shown(page)).toBe(1);
    expect(await page.locator('#nothing').isVisible()).toBe(false);
    await page.locator('input[name=severity]').first().uncheck();
    await expect.poll(() => page.locator('#nothing').innerText()).toBe('No severity is ticked.');
  });

  it('copies the command and the entry; without a clipboard it selects them', async () => {
    for (const clipboard of [true, false]) {
      const { page, problems } = await open('mixed.html', {
        hash: '#incident-2',
        ...(clipboard ? {} : { bare: true }),
      });
      if (clipboard) await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      for (const [name, place] of [
        ['Copy the command', 0],
        ['Copy the entry', 1],
      ] as const) {
        const code = await page.locator('#incident-2 dd code').nth(place).textContent();
        await page.locator('#incident-2').getByRole('button', { name }).click();
        const state = page.locator('#incident-2 .copy').nth(place);
        await expect.poll(() => state.getAttribute('data-state')).toBe(clipboard ? 'copied' : 'selected');
        const got = clipboard ? 'navigator.clipboard.readText()' : 'getSelection().toString()';
        expect(((await page.evaluate(got)) as string).trim()).toBe(code?.trim());
      }
      expect(problems).toEqual([]);
    }
  });

  it('has a button beside what is pasted of the many incidents too, once they are open', async () => {
    const { page } = await open('hostile.html');
    await page.locator('#incident-1').scrollIntoViewIfNeeded();
    await page.locator('#incident-1 > summary').click();
    await expect.poll(() => page.locator('#incident-1 .copy').count()).toBe(2);
    await page.locator('#incident-1 > summary').click();
    await page.locator('#incident-1 > summary').click();
    expect(await page.locator('#incident-1 .copy').count()).toBe(2);
  });

  it('shows whole titles and whole labels of time, and marks what has the keyboard', async () => {
    for (const width of [1280, 390]) {
      for (const name of ['mixed.html', 'quiet.html', 'empty.html']) {
        const { page } = await open(name, { width });
        const cut = await page.evaluate(`[
          ...[...document.querySelectorAll('.title')].filter((title) => title.scrollWidth > title.clientWidth + 1),
          ...[...document.querySelectorAll('svg text')].filter((text) => {
            const [inner, outer] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
            return inner.width > 0 && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
          }),
        ].map((node) => node.textContent)`);
        expect(cut, `${name} at ${width}`).toEqual([]);
      }
    }
    const { page } = await open('mixed.html');
    await page.locator('svg.timeline.wide a').first().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('location.hash')).toMatch(/^#incident-\d$/);
    await page.keyboard.press('j');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });

  it('has no card without content, and no label for what is not drawn', async () => {
    const { page } = await open('empty.html');
    const blank = "[...document.querySelectorAll('.card')].filter((card) => card.textContent.trim() === '').length";
    expect(await page.evaluate(blank)).toBe(0);
    expect(await page.locator('body').innerText()).not.toContain('No data');
    const quiet = await open('quiet.html');
    const legend = await quiet.page.locator('.legend').innerText();
    expect(legend).toContain('gap or drops');
    expect(legend).not.toContain('incident');
  });

  it('leads from the timeline, or an address with #incident-3, to the open incident', async () => {
    const { page } = await open('mixed.html', { hash: '#incident-3' });
    expect(await page.locator('#incident-3 .body').isVisible()).toBe(true);
    await page.locator('svg.timeline.wide a[href="#incident-1"]').click();
    await expect.poll(() => page.locator('#incident-1 .body').isVisible()).toBe(true);
  });

  it('keeps hostile names in very many incidents harmless and usable', async () => {
    const begin = performance.now();
    const { page, problems } = await open('hostile.html');
    const loaded = performance.now() - begin;
    expect(await page.locator('.incident').count()).toBe(MANY);
    expect(await page.locator('img, iframe, object, embed, main script, body [onload], body [onerror]').count()).toBe(
      0,
    );
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.title()).toContain(`${MANY.toLocaleString('en-US')} incidents`);
    await page.keyboard.press('/');
    await page.keyboard.type(`#${MANY - 1}`);
    await expect.poll(() => shown(page), { timeout: 20_000 }).toBe(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.locator(`#incident-${MANY - 1}`).innerText()).toContain(
      `203.0.${(MANY - 2) >> 8}.${(MANY - 2) & 255}`,
    );
    expect(problems).toEqual([]);
    console.log(`${MANY} incidents: loaded in ${Math.round(loaded)} ms`);
  });

  it('does nothing that its policy would have to forgive: style and script have their hashes, nothing else is allowed', () => {
    const page = readFileSync(join(folder, 'mixed.html'), 'utf8');
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1];
    expect(policy).toMatch(
      /^default-src &#39;none&#39;; style-src &#39;sha256-\S+&#39;; script-src &#39;sha256-\S+&#39;; base-uri/,
    );
    expect(page).not.toMatch(/ style="| on\w+="|javascript:|unsafe-inline/);
    expect(page.match(/https?:\/\/[^"\s<]+/g)?.filter((url) => url !== 'http://www.w3.org/2000/svg') ?? []).toEqual([]);
  });

  it('fits a phone without sideways scrolling, and says so when nothing was found', async () => {
    for (const name of ['mixed.html', 'quiet.html', 'hostile.html']) {
      const { page, problems } = await open(name, { width: 390, dark: true });
      const [inner, outer] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(inner, name).toBeLessThanOrEqual(outer);
      expect(problems).toEqual([]);
    }
    const { page } = await open('quiet.html');
    expect(await page.locator('h1').textContent()).toContain('No incident');
    expect(await page.locator('#incidents').innerText()).toContain('None.');
  });

  it('has the same colours of text and ground that readers can tell apart, light and dark', async () => {
    for (const dark of [false, true]) {
      const { page } = await open('mixed.html', { dark });
      const low = await page.evaluate(LOW_CONTRAST);
      expect(low).toEqual([]);
    }
  });

  it('prints with every incident open, on white', async () => {
    const { page } = await open('mixed.html', { dark: true });
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('.incident[open]').count()).toBe(3);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('form.tools').isVisible()).toBe(false);
  });

  it.runIf(SHOTS)('is photographed', async () => {
    for (const name of ['mixed', 'hostile']) {
      for (const width of [1280, 390]) {
        for (const dark of [false, true]) {
          const { page } = await open(`${name}.html`, { width, dark });
          const path = join(SHOTS as string, `${name}-${width}-${dark ? 'dark' : 'light'}.png`);
          await page.screenshot({ path, fullPage: name === 'mixed' });
        }
      }
    }
  });
});

describe.runIf(!existsSync(CHROMIUM))('the HTML report in a browser', () => {
  it.skip(`is not looked at: there is no ${CHROMIUM} here`, () => undefined);
});
