import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { has, root } from '../support/program.js';
import { trained } from '../support/trained.js';

const { peersFolder } = (await import(join(root, 'bench/peers/python.js'))) as { peersFolder: string };

const CHROMIUM = '/usr/bin/chromium';
const NETRON = [join(peersFolder, 'bin/netron')].find(existsSync) ?? (has('netron') ? 'netron' : undefined);
const MISSING = !NETRON ? 'Netron is not installed (.ci/peers)' : !existsSync(CHROMIUM) ? `no ${CHROMIUM}` : undefined;
/** a folder for the picture: `SCREENSHOTS=docs` makes that of docs/learning.md again */
const SHOTS = process.env.SCREENSHOTS;

// what the route below might not see finds no address
const NO_NAMES = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
if (MISSING) console.log(`skipped: ${MISSING}`);

interface Layer {
  readonly name: string;
  readonly class_name: string;
  readonly inbound_nodes: readonly (readonly [string, ...unknown[]][])[];
}

let netron: ChildProcess | undefined;
let browser: Browser | undefined;
let page: Page;
let layers: Layer[];
const blocked: string[] = [];
const problems: string[] = [];

/** The address that Netron says it serves at; its port is a free one. */
async function served(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += chunk;
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (address) return address;
  }
  throw new Error(`Netron ended: ${said}`);
}

beforeAll(async () => {
  if (!NETRON || MISSING) return;
  const path = join((await trained()).modelDir, 'model.json');
  layers = JSON.parse(readFileSync(path, 'utf8')).modelTopology.config.layers;
  netron = spawn(NETRON, ['--host', '127.0.0.1', '--port', '0', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await served(netron);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', NO_NAMES],
  });
  page = await browser.newPage({ viewport: { width: 900, height: 900 }, deviceScaleFactor: 2, colorScheme: 'light' });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.origin === address) return route.continue();
    blocked.push(url.protocol);
    return route.abort();
  });
  // half a year after its release it would only ask to be updated
  const html = await (await fetch(address)).text();
  const released = /<meta name="date" content="([^"]+)"/.exec(html)?.[1];
  if (released) await page.clock.setFixedTime(new Date(`${released.replace(' ', 'T')}Z`));
  await page.goto(address);
  // that it uses cookies and reports its use; without an answer it draws nothing
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.locator('#canvas .node').first().waitFor();
});
afterAll(async () => {
  await browser?.close();
  if (netron?.pid) netron.kill();
});

describe.skipIf(MISSING)('model.json in Netron', () => {
  it('is drawn with each layer under the name that says what it is', async () => {
    const nodes = await page.locator('#canvas .graph-node').all();
    const drawn = await Promise.all(
      nodes.map(async (node) => (await node.getAttribute('id'))?.replace('node-name-', '')),
    );
    const named = layers.filter((layer) => layer.class_name !== 'InputLayer').map(({ name }) => name);
    console.log(`Netron draws ${drawn.join(', ')}; ${blocked.length} requests to other places were blocked`);
    expect(drawn.sort()).toEqual(named.sort());
    expect(named).toEqual(
      expect.arrayContaining(['encoder_1', 'bottleneck', 'decoder_1', 'bypass_encoder', 'reconstruction']),
    );
    expect(problems).toEqual([]);
  });

  it('has every connection of layers, those of the linear bypass as well', async () => {
    const edges = await page.locator('#canvas .edge-path').all();
    const from = await Promise.all(
      edges.map(async (edge) => (await edge.getAttribute('id'))?.replace(/^edge-|\[.*/g, '')),
    );
    const inbound = layers.flatMap((layer) => layer.inbound_nodes.flatMap((nodes) => nodes.map(([name]) => name)));
    // and the output
    expect(from.sort()).toEqual([...inbound, 'reconstruction'].sort());
  });

  it('shows names in place of kinds when asked, with the sizes of the net', async () => {
    await page.keyboard.press('Control+U');
    const bottleneck = page.locator('#node-name-bottleneck');
    await expect.poll(() => bottleneck.textContent()).toMatch(/bottleneck.*48×16/);
    if (!SHOTS) return;
    await page.mouse.move(0, 0);
    await page.locator('#origin').screenshot({ path: join(SHOTS, 'netron.png') });
  });
});
