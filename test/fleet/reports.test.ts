import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printable } from '../../src/base/text.js';
import { SEVERITIES, type Severity } from '../../src/detect/incident.js';
import { campaignsOf } from '../../src/fleet/campaigns.js';
import { incidentIn } from '../../src/fleet/sink/bodies.js';
import { renderFleetCsv } from '../../src/output/csv.js';
import { FleetReports } from '../../src/output/fleet-reports.js';
import { sha256Base64 } from '../../src/output/hash.js';
import type { FleetIncident, FleetReport, FleetSensor, ListedIncident } from '../../src/report/fleet/facts.js';
import { campaignLine, eventLine, fleetJson } from '../../src/report/fleet/json.js';
import { renderFleetHtml } from '../../src/report/fleet/page.js';
import { renderFleetText } from '../../src/report/fleet/text.js';
import { displayWidth, WIDTH } from '../../src/report/layout.js';
import { LOW_CONTRAST } from '../support/contrast.js';
import { eveProblems } from '../support/eve.js';
import { eventBody, NOW_MS, RUN, until } from '../support/fleet.js';

const NASTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  '</title></style></script><svg onload=alert(3)>',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egnp.exe\u202c \u200b\u2066',
  "=cmd|'/c calc'!A0",
  '@SUM(1)\n-2',
  '日本語の名前 e\u0301\u0301 👩‍👩‍👧',
  'long'.repeat(80),
];

const sensor = (name: string, changes: Partial<FleetSensor> = {}): FleetSensor => ({
  name,
  site: 'berlin',
  seenMs: NOW_MS - 12_000,
  state: {
    version: '0.1.0',
    kind: 'packet',
    model: { id: '0123456789abcdef', name: 'models/default' },
    threshold: 1.9,
    records: 1_234_567,
    dropped: 0,
    incidents: { told: 3, open: 1 },
    drift: 0,
    refused: '',
    ended: false,
    aheadS: 0.2,
    waitsS: 0,
  },
  lag: 0,
  events: 12,
  incidents: 3,
  gaps: 0,
  conflicts: 0,
  invalid: 0,
  invalidWhy: '',
  runsAtOnce: 1,
  spoolsAtOnce: 1,
  ...changes,
});

function incident(seq: number, of: string, changes: Parameters<typeof eventBody>[1] = {}): FleetIncident {
  return incidentIn(
    JSON.stringify(eventBody(seq, { ...changes, sensor: of, site: changes?.site ?? 'berlin' })),
  ) as FleetIncident;
}

function reportOf(incidents: FleetIncident[], sensors: FleetSensor[]): FleetReport {
  const found = campaignsOf(incidents);
  const campaignOf = new Map(
    found.flatMap(({ campaign, members }) => members.map((one) => [one, campaign.id] as const)),
  );
  const rank = ({ severity }: { severity: Severity }) => SEVERITIES.indexOf(severity);
  const listed: ListedIncident[] = incidents
    .map((one) => ({ ...one, campaign: campaignOf.get(one) ?? '', isCut: false }))
    .sort((a, b) => rank(b) - rank(a));
  const bySeverity = Object.fromEntries(
    SEVERITIES.map((severity) => [severity, incidents.filter((one) => one.severity === severity).length]),
  ) as Record<Severity, number>;
  return {
    facts: {
      hub: 'nats://hub.example:4222',
      version: '0.1.0',
      run: RUN,
      sinceMs: NOW_MS - 86_400_000,
      nowMs: NOW_MS,
      sensors: sensors.length,
      campaigns: found.length,
      incidents: incidents.length,
      bySeverity,
      events: 3 * incidents.length,
      repeated: 4,
      expired: 0,
      keepDays: 90,
      gaps: 17,
      conflicts: 1,
      invalid: 2,
    },
    campaigns: found.map(({ campaign }) => campaign).sort((a, b) => rank(b) - rank(a)),
    incidents: listed,
    sensors,
  };
}

const good = sensor('x').state as NonNullable<FleetSensor['state']>;

function mixed(): FleetReport {
  const names = ['gateway-1', 'gateway-2', 'mail', 'web-a', 'web-b', 'lab-7'];
  const scans = names.map((name, k) =>
    incident(1, name, {
      site: k > 3 ? 'oslo' : 'berlin',
      incident: {
        initiator: '203.0.113.9',
        severity: 'medium',
        title: '203.0.113.9 tries many ports on 10.0.0.5 and 3 more',
      },
    }),
  );
  const beacons = ['mail', 'web-a'].map((name) =>
    incident(2, name, {
      incident: {
        kind: 'beacon',
        initiator: '10.0.0.21',
        responder: '198.51.100.7',
        servicePort: 443,
        severity: 'medium',
        closed: false,
        title:
          '10.0.0.21 calls 198.51.100.7 port 443 (TCP) at regular intervals, as a program that reports to somebody',
      },
    }),
  );
  const alone = [
    incident(3, 'mail', {
      incident: {
        kind: 'password guessing',
        severity: 'high',
        initiator: '192.0.2.44',
        title: '192.0.2.44 tries again and again at 10.0.0.5 port 22 (TCP), as when passwords are guessed',
      },
    }),
    incident(4, 'lab-7', {
      incident: {
        kind: 'new service',
        severity: 'notice',
        title: '10.0.0.5 port 9000 (TCP) is a service that training did not have; 10.0.0.21 uses it',
      },
    }),
  ];
  return reportOf(
    [...scans, ...beacons, ...alone],
    [
      sensor('gateway-1', { state: { ...good, dropped: 1234, drift: 3 } }),
      sensor('gateway-2', { seenMs: NOW_MS - 3 * 3_600_000 }),
      sensor('lab-7', { seenMs: NOW_MS - 7_200_000, state: { ...good, ended: true } }),
      sensor('mail', {
        lag: 42,
        gaps: 17,
        state: { ...good, waitsS: 900, refused: 'insufficient resources (10023)', aheadS: -75 },
      }),
      sensor('web-a', { conflicts: 1, runsAtOnce: 2, spoolsAtOnce: 2 }),
      sensor('web-b', { invalid: 2, invalidWhy: 'alert.context.id: Invalid string' }),
      sensor('zoo', { state: { ...good, kind: 'connection', dropped: null } }),
    ],
  );
}

function hostile(count: number): FleetReport {
  const nasty = (k: number): string => NASTY[k % NASTY.length] as string;
  const incidents = Array.from({ length: count }, (_, k) => ({
    ...incident(k + 1, `s${k % 40}`),
    severity: SEVERITIES[k % 4] as Severity,
    kind: nasty(k + 1),
    title: `${nasty(k)} number ${k}`,
    protocol: nasty(k + 2),
    others: [nasty(k + 3)],
    reasons: [nasty(k + 4)],
    communityId: nasty(k + 5),
    technique: { id: nasty(k), name: nasty(k + 6) },
    model: nasty(k),
    initiator: k % 2 ? nasty(k) : '203.0.113.9',
  }));
  const sensors = Array.from({ length: 40 }, (_, k) =>
    sensor(`s${k}`, {
      site: nasty(k),
      invalid: 1,
      invalidWhy: nasty(k + 1),
      state: {
        ...good,
        version: nasty(k + 2),
        model: { id: nasty(k), name: nasty(k + 3) },
        refused: nasty(k + 4),
        aheadS: 1e300,
        records: 9e15,
      },
    }),
  );
  const { facts, ...rest } = reportOf(incidents, sensors);
  return { facts: { ...facts, hub: nasty(0), version: nasty(3), run: nasty(4) }, ...rest };
}

const UNSAFE = /[^\n\P{Cc}]|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('the report of a fleet', () => {
  it('tells campaigns first, then incidents by sensor, then what is wrong with sensors, in text', () => {
    const text = renderFleetText(mixed());
    expect(text).toContain('2 campaigns; 10 incidents (1 high, 8 medium, 1 notice) at 7 sensors; 1 sensor is silent.');
    const places = ['CAMPAIGNS', 'INCIDENTS BY SENSOR', 'WHAT TO DO NEXT', 'SENSORS', 'HUB'].map((title) =>
      text.indexOf(`\n${title}\n`),
    );
    expect(places.every((place, k) => place > (places[k - 1] ?? 0))).toBe(true);
    expect(text).toContain('[HIGH]    port scan by 203.0.113.9 at 6 sensors of 2 sites');
    expect(text).toContain('[MEDIUM]  beacon towards 198.51.100.7 at 2 sensors of the site berlin');
    const words = text.replace(/\s+/g, ' ');
    for (const remark of [
      '! It is silent: heard of last 3 h ago',
      '! 2 processes with 2 spools spoke under its name at once within the last day',
      '! 1 of its events came under an id that another has',
      "! Its clock is 1 min 15 s behind the hub's.",
      '! 42 events of it wait, the oldest for 15 min.',
      '! It dropped 17 events and said so (gaps).',
      '! 2 messages under its name were not of the contract',
      '! The hub refused it: insufficient resources (10023).',
      '! Its capture lost 1,234 packets.',
      'berlin; ended 2 h ago',
      '1,234,567 connections, dropped unknown',
      'See why gateway-2 says nothing',
    ])
      expect(words).toContain(remark);
  });

  it('says so where nothing came, and where nothing happened', () => {
    expect(renderFleetText(reportOf([], []))).toContain('Nothing has come from the hub yet.');
    expect(renderFleetText(reportOf([], [sensor('a')]))).toContain('No incident at 1 sensor.');
    expect(renderFleetHtml(reportOf([], []), sha256Base64)).toContain('Nothing has come from the hub yet.');
  });

  it('shows no text of the network raw, and takes 100 columns', () => {
    const report = hostile(400);
    const text = renderFleetText(report);
    expect(UNSAFE.test(text)).toBe(false);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(WIDTH);
    const page = renderFleetHtml(report, sha256Base64);
    expect(UNSAFE.test(page)).toBe(false);
    expect(page.match(/<script/g)).toHaveLength(1);
    for (const raw of ['<img', '<svg onload', 'alert(1)</script>']) expect(page).not.toContain(raw);
    expect(UNSAFE.test(JSON.stringify(fleetJson(report)))).toBe(false);
    const rows: Record<string, string>[] = parse(renderFleetCsv(report), { columns: true });
    expect(rows).toHaveLength(400);
    for (const row of rows)
      for (const cell of Object.values(row)) {
        expect(UNSAFE.test(cell)).toBe(false);
        expect(cell).not.toMatch(/^[=+@]|^-\D/);
      }
    expect(Object.keys(rows[0] as object)).toEqual(expect.arrayContaining(['sensor', 'site', 'campaign']));
  });

  it('lists the worst of very many, counts the rest, and takes no more than seconds', () => {
    const one = incident(1, 's0');
    const many = Array.from({ length: 10_000 }, (_, k) => ({
      ...one,
      sensor: `s${k % 1000}`,
      uuid: `u${k}`,
      initiator: `203.0.${k >> 8}.${k & 255}`,
      severity: (k === 9999 ? 'high' : 'low') as Severity,
      title: `number ${k}`,
    }));
    const report = reportOf(
      many,
      Array.from({ length: 1000 }, (_, k) => sensor(`s${k}`)),
    );
    const text = renderFleetText(report);
    expect(text).toContain('And 9,000 incidents more, in the .csv, .json and .sqlite reports.');
    expect(text.indexOf('number 9999')).toBeGreaterThan(0);
    expect(text.indexOf('number 9999')).toBeLessThan(text.indexOf('number 999\n'));
    expect(text.length).toBeLessThan(500_000);
    const page = renderFleetHtml(report, sha256Base64);
    expect(page).toContain('And 8,000 incidents more');
    expect(page.length).toBeLessThan(5_000_000);
    expect(renderFleetCsv(report).split('\n').length).toBe(10_002);
  });

  it('has lines that are valid by our schema, and by that of Suricata', () => {
    const body = eventBody(3, { event: 'changed' });
    const line = JSON.parse(eventLine(JSON.stringify(body)));
    expect(eveProblems(line)).toEqual([]);
    expect(line.alert.context.fleet).toEqual(body.fleet);
    const { fleet, ...eve } = body;
    delete line.alert.context.fleet;
    expect(line).toEqual(JSON.parse(JSON.stringify(eve)));
    const who = { hub: 'nats://hub', run: RUN, version: '0.1.0' };
    const mac = campaignsOf(
      ['a', 'b'].map((name) => incident(1, name, { incident: { initiator: '02:42:0a:00:00:66', initiatorPort: -1 } })),
    );
    const many = campaignsOf(
      Array.from({ length: 200 }, (_, k) => incident(1, `s${k}`, { incident: { initiator: '2001:db8::9' } })),
    );
    const all = [...mixed().campaigns, ...[...mac, ...many].map(({ campaign }) => campaign)];
    expect(all).toHaveLength(4);
    for (const campaign of all)
      for (const what of ['opened', 'grown'] as const) {
        const told = campaignLine(campaign, what, who);
        expect(eveProblems(JSON.parse(told))).toEqual([]);
        expect(Buffer.byteLength(told)).toBeLessThan(8 << 10);
      }
    expect(JSON.parse(campaignLine(all[0] as (typeof all)[0], 'grown', who))).toMatchObject({
      src_ip: '203.0.113.9',
      alert: {
        category: 'campaign',
        signature_id: 1_999_000,
        severity: 1,
        context: { event: 'updated', fleet: { campaign: { kind: 'port scan', more: 0 } } },
      },
    });
  });

  it('has no unsafe text in its lines, not even in names of fields', () => {
    const body = { ...eventBody(1), '\u202eevil\u0007': { '\u001b': ['\u2066', 1, [2, '\u200b']] } };
    const line = eventLine(JSON.stringify(body));
    expect(UNSAFE.test(line)).toBe(false);
    expect(line).toContain(printable('\u202eevil').slice(1));
  });
});

describe('the files of a fleet', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-fleet-files-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const options = (changes = {}) => ({
    who: { hub: 'nats://hub', run: RUN, version: '0.1.0' },
    report: mixed,
    note: () => undefined,
    ...changes,
  });

  it('are written by their extensions, lines at once and the others while it goes on', async () => {
    const paths = ['r.txt', 'r.html', 'r.csv', 'r.json', 'r.jsonl'].map((name) => join(folder, name));
    const [text, page, csv, json, lines] = paths as [string, string, string, string, string];
    let reports = 0;
    const counting = () => {
      reports++;
      return mixed();
    };
    const files = await FleetReports.open(
      [...paths, join(folder, 'r.sqlite')],
      options({ periodMs: 1, report: counting }),
    );
    files.event(JSON.stringify(eventBody(1)));
    files.campaign(mixed().campaigns[0] as FleetReport['campaigns'][0], 'opened');
    expect(readFileSync(lines, 'utf8').trim().split('\n')).toHaveLength(2);
    await until(() => existsSync(json));
    expect(await files.finish()).toEqual([]);
    expect(reports).toBe(2);
    expect(readFileSync(text, 'utf8')).toBe(renderFleetText(mixed()));
    expect(readFileSync(page, 'utf8')).toBe(renderFleetHtml(mixed(), sha256Base64));
    expect(readFileSync(csv, 'utf8')).toBe(renderFleetCsv(mixed()));
    expect(JSON.parse(readFileSync(json, 'utf8')).sensors).toHaveLength(7);
    for (const path of paths) expect(lstatSync(path).mode & 0o777).toBe(0o600);
    // the next run goes on with the lines, also behind one that was cut
    writeFileSync(lines, `${readFileSync(lines, 'utf8')}{"torn`);
    const notes: string[] = [];
    const next = await FleetReports.open([lines], options({ note: (line: string) => notes.push(line) }));
    next.event(JSON.stringify(eventBody(2)));
    await next.finish();
    expect(
      readFileSync(lines, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event_type),
    ).toEqual(['alert', 'alert', 'alert']);
    expect(notes.join()).toMatch(/6 bytes/);
  });

  it('are all written but the one that cannot be', async () => {
    const [bad, good] = [join(folder, 'bad.txt'), join(folder, 'good.csv')];
    const files = await FleetReports.open([bad, good], options({ periodMs: 1e9 }));
    mkdirSync(bad, { recursive: true });
    const unwritten = await files.finish();
    expect(unwritten.map(({ path }) => path)).toEqual([bad]);
    expect(existsSync(good)).toBe(true);
    await expect(FleetReports.open([join(folder, 'x.pdf')], options())).rejects.toThrow('the extension tells the kind');
    await expect(FleetReports.open([good, good], options())).rejects.toThrow('given twice');
  });
});

const CHROMIUM = '/usr/bin/chromium';

describe.runIf(existsSync(CHROMIUM))('the page of a fleet in a browser', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-fleet-page-'));
    for (const [name, report] of [
      ['mixed', mixed()],
      ['hostile', hostile(300)],
    ] as const)
      writeFileSync(join(folder, `${name}.html`), renderFleetHtml(report, sha256Base64));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['mixed', 'light', 1280],
    ['mixed', 'dark', 1280],
    ['mixed', 'light', 390],
    ['hostile', 'light', 1280],
    ['hostile', 'dark', 390],
  ] as const)(
    'shows %s, %s, %i wide, without a request, a script error or text that is hard to read',
    async (name, colorScheme, width) => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const problems: string[] = [];
      const address = pathToFileURL(join(folder, `${name}.html`)).href;
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('dialog')));
      page.on('request', (request) => void (request.url() === address || problems.push(request.url())));
      await page.goto(address);
      for (const id of ['next', 'campaigns', 'incidents', 'sensors', 'hub'])
        expect(await page.locator(`section#${id}`).isVisible(), id).toBe(true);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      const { SCREENSHOTS } = process.env;
      if (SCREENSHOTS)
        await page.screenshot({ path: join(SCREENSHOTS, `fleet-${name}-${colorScheme}-${width}.png`), fullPage: true });
      if (name === 'mixed') {
        await page.keyboard.press('/');
        await page.keyboard.type('mail password');
        await expect.poll(() => page.locator('.incident.fleet:not([hidden])').count()).toBe(1);
        expect(await page.locator('#found').textContent()).toBe('1 of 10 incidents');
      }
      expect(problems).toEqual([]);
      await context.close();
    },
  );
});
