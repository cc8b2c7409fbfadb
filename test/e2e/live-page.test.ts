/** `detect --listen` as a person sees it: the page in a real browser while an attack is played into standard input. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listening } from '../support/listening.js';
import { trained } from '../support/trained.js';

const CHROMIUM = '/usr/bin/chromium';
const SHOTS = process.env.SCREENSHOTS;

let browser: Browser;
beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  await trained();
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
}, 300_000);
afterAll(() => browser?.close());

async function open(url: string, options: { width?: number; dark?: boolean } = {}) {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin !== new URL(url).origin || !['/', '/live'].includes(pathname))
      problems.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, problems };
}

const state = (page: Page): Promise<string | null> => page.locator('#live').getAttribute('data-state');
const headline = (page: Page): Promise<string | null> => page.locator('h1').textContent();

describe.runIf(existsSync(CHROMIUM))('the live page in a browser', () => {
  it('shows an incident without being loaded again, keeps what the reader did, and says when the run ended', async () => {
    const { child, url, playTo, over, report } = await listening();
    await playTo(0.03);
    const { page, problems } = await open(url);
    expect(await headline(page)).toContain('No incident');
    expect(await page.locator('[data-part=listed]').innerText()).toBe('None so far.');
    await page.evaluate('window.stays = true');
    await playTo(0.4);
    await expect.poll(() => page.locator('.incident').count(), { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await headline(page)).toMatch(/incident/);
    expect(await page.title()).toMatch(/^\d+ incidents? .*\(live\)$/);

    // what a reader does: opens one, searches, goes down the page, and has the keyboard in it
    const id = (await page.locator('.incident').first().getAttribute('id')) as string;
    await page.locator(`#${id} summary`).click();
    await page.keyboard.press('/');
    await page.keyboard.type('10.20');
    await page.evaluate(`document.getElementById('${id}').scrollIntoView({ block: 'start', behavior: 'instant' })`);
    const top = (): Promise<number> => page.evaluate(`document.getElementById('${id}').getBoundingClientRect().top`);
    const before = await top();
    const figures = (): Promise<string> => page.locator('dl.tiles').innerText();
    const told = await figures();
    await playTo(0.9);
    await expect.poll(figures, { timeout: 60_000 }).not.toBe(told);
    expect(await page.locator(`#${id}`).getAttribute('open')).not.toBeNull();
    expect(await page.locator('#search').inputValue()).toBe('10.20');
    expect(await page.evaluate('document.activeElement.id')).toBe('search');
    expect(Math.abs((await top()) - before)).toBeLessThan(2);
    expect(await state(page)).toBe('live');

    await playTo(1);
    child.stdin.end();
    await expect.poll(() => state(page), { timeout: 60_000 }).toBe('ended');
    expect(await over).toBe(0);
    // the last figures are those of the report
    const { page: written } = await open(`file://${report}`);
    expect(await headline(page)).toBe(await headline(written));
    expect(await page.locator('.incident .title').allTextContents()).toEqual(
      await written.locator('.incident .title').allTextContents(),
    );
    expect(await page.evaluate('window.stays')).toBe(true);
    expect(problems).toEqual([]);
  }, 180_000);

  it('leaves filters and selected text alone, and goes on after they are changed', async () => {
    const { url, playTo } = await listening();
    await playTo(0.5);
    const { page, problems } = await open(url);
    await page.locator('input[name=severity]').first().uncheck();
    await expect.poll(() => page.locator('.incident:not([hidden])').count()).toBe(0);
    await page.evaluate(`getSelection().selectAllChildren(document.querySelector('h1'))`);
    const selected = (): Promise<string> => page.evaluate('getSelection().toString()');
    const text = await selected();
    await playTo(0.8);
    await sleep(3000);
    expect(await selected()).toBe(text);
    expect(await page.locator('input[name=severity]').first().isChecked()).toBe(false);
    expect(await page.locator('.incident:not([hidden])').count()).toBe(0);
    await page.evaluate('getSelection().removeAllRanges()');
    await expect.poll(() => headline(page), { timeout: 30_000 }).not.toBe(text);
    await page.locator('input[name=severity]').first().check();
    await expect.poll(() => page.locator('.incident:not([hidden])').count()).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  }, 120_000);

  it('ends with Ctrl+C while a page is open, which then says so', async () => {
    const { child, url, playTo, over } = await listening();
    await playTo(0.3);
    const { page, problems } = await open(url);
    await expect.poll(() => state(page)).toBe('live');
    child.kill('SIGINT');
    await expect.poll(() => state(page), { timeout: 30_000 }).toBe('ended');
    expect(await over).toBe(0);
    expect(problems).toEqual([]);
  }, 120_000);

  it('is read without script, too, and fits a phone', async () => {
    const { url, playTo } = await listening();
    await playTo(0.4);
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    expect(await page.locator('.incident').count()).toBeGreaterThan(0);
    expect(await page.locator('#live').isVisible()).toBe(false);
    expect(await page.locator('footer').innerText()).toContain('loaded anew every 30 s');
    const { page: phone, problems } = await open(url, { width: 390, dark: true });
    await phone.locator('.incident summary').first().click();
    const [inner, outer] = await phone.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    expect(inner).toBeLessThanOrEqual(outer as number);
    expect(problems).toEqual([]);
  }, 120_000);

  it.runIf(SHOTS)(
    'is photographed while an attack is played',
    async () => {
      const { url, playTo } = await listening();
      const views = [];
      for (const width of [1280, 390])
        for (const dark of [false, true]) views.push({ width, dark, ...(await open(url, { width, dark })) });
      for (const part of [0.05, 0.5]) {
        await playTo(part);
        await sleep(4000);
        for (const { page, width, dark } of views) {
          const name = `live-${part}-${width}-${dark ? 'dark' : 'light'}`;
          await page.screenshot({ path: join(SHOTS as string, `${name}.png`) });
          await page.screenshot({ path: join(SHOTS as string, `${name}-whole.png`), fullPage: true });
        }
      }
    },
    120_000,
  );
});

describe.runIf(!existsSync(CHROMIUM))('the live page in a browser', () => {
  it.skip(`is not looked at: there is no ${CHROMIUM} here`, () => undefined);
});
