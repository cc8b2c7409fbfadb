import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.js';
import { AllowList } from '../../src/detect/incidents/allow.js';
import { type Dealing, dealingOf, Trail } from '../../src/detect/incidents/dealing.js';
import { guessing, inOrder, OFFICE, scan } from './dealings.js';
import { batchOf, run } from './traffic.js';

const SCAN: Dealing = {
  kind: 'port scan',
  initiator: '10.20.0.66',
  responder: '10.0.0.1',
  port: 445,
  protocol: 'TCP',
  protocolNumber: 6,
};
const NOW = Date.parse('2026-11-27');

describe('the allow-list', () => {
  it.each([
    { address: '10.20.0.66' },
    { address: '10.0.0.1' },
    { address: '10.20.0.0/16', port: 445 },
    { initiator: '10.20.0.66', responder: '10.0.0.1', protocol: 'tcp' },
    { initiator: ['10.20.0.65', '10.20.0.66'] },
    { protocol: 6, reason: 'port scan' },
    { reason: ['host sweep', 'port scan'], expires: '2100-01-01' },
  ])('covers what it is about by %o', (entry) => {
    const list = new AllowList([{ ...entry, comment: 'ours' }]);
    expect(list.covering(SCAN, NOW)).toBe(JSON.stringify({ ...entry, comment: 'ours' }));
  });

  it.each([
    { address: '10.21.0.0/16' },
    { address: '2001:db8::/32' },
    { initiator: '10.0.0.1' },
    { responder: '10.20.0.66' },
    { address: '10.20.0.66', port: 81 },
    { protocol: 'udp' },
    { reason: 'beacon' },
    { address: '10.20.0.66', expires: '2020-01-01' },
  ])('does not cover it by %o', (entry) => {
    expect(new AllowList([entry]).covering(SCAN, NOW)).toBeUndefined();
  });

  it('covers nothing by what it names and a finding leaves open', () => {
    const load: Dealing = { ...SCAN, kind: 'service load', initiator: '', port: -1 };
    expect(new AllowList([{ initiator: '0.0.0.0/0' }]).covering(load, NOW)).toBeUndefined();
    expect(new AllowList([{ responder: '10.0.0.1', port: 445 }]).covering(load, NOW)).toBeUndefined();
    expect(new AllowList([{ responder: '10.0.0.1' }]).covering(load, NOW)).toBeDefined();
  });

  it.each([
    [{ adress: '10.0.0.1' }],
    [{ address: '10.0.0.300' }],
    [{ address: '10.1' }],
    [{ address: [] }],
    [{ port: 70000 }],
    [{ expires: 'soon', port: 1 }],
    [{ comment: 'everything' }],
    // what can never fit silences nothing, and its writer believes that it does
    [{ reason: 'portscan' }],
    [{ reason: 'new_services' }],
  ])('refuses the entry %o in one line', (entry) => {
    expect(() => new AllowList([entry])).toThrowError(/^allow-list: [^\n]+$/);
    expect(() => new AllowList({})).toThrowError(/^allow-list: /);
  });

  it('says which entries have expired', () => {
    const list = new AllowList([{ port: 1, expires: '2020-01-01' }, { port: 2 }]);
    expect(list.expired(Date.parse('2021-01-01'))).toEqual(['{"port":1,"expires":"2020-01-01"}']);
  });
});

describe('the entries of an incident', () => {
  it('cover what one record showed in two ways: what its client does, and what many do together', () => {
    const batch = batchOf(scan(100, 1, '10.20.0.66'));
    const abouts = [{}, { ofMany: true }, { severalPorts: true }];
    const trail = new Trail();
    for (const about of abouts) trail.add(batch, 0, 'SYN flood', about);
    const list = new AllowList(trail.entries());
    for (const about of abouts) expect(list.covering(dealingOf(batch, 0, 'SYN flood', about), NOW)).toBeDefined();
    expect(list.covering(dealingOf(batch, 0, 'beacon'), NOW)).toBeUndefined();
  });
});

describe('an incident under an allow-list', () => {
  const allowing = (entries: unknown[]) => {
    const list = new AllowList(entries);
    return { allows: (dealing: Dealing, atMs: number) => list.covering(dealing, atMs) };
  };
  const heads = (incidents: readonly Incident[]): string[] =>
    incidents.map(({ kind, initiator, responder }) => `${kind} ${initiator} ${responder}`);

  it('is silenced by its own entries, which name it and nothing else', () => {
    const [incident] = run(scan(100, 60, '10.20.0.66'), {}, OFFICE).incidents;
    expect(incident.allow.length).toBeGreaterThan(0);
    for (const entry of incident.allow) expect(entry).toMatchObject({ initiator: '10.20.0.66', protocol: 'TCP' });
    const under = run(scan(100, 60, '10.20.0.66'), allowing(incident.allow), OFFICE);
    expect(under.incidents).toEqual([]);
    expect(heads(under.suppressed)).toEqual(heads([incident]));
    expect(under.suppressedRecords).toBeGreaterThan(0);
    expect(heads(run(scan(100, 60, '10.20.0.67'), allowing(incident.allow), OFFICE).incidents)).toEqual([
      heads([incident])[0].replace('.66', '.67'),
    ]);
  });

  it('does not hide what its client does beside: told anew, with its own kind', () => {
    const news = run(scan(100, 60, '10.20.0.66'), allowing([{ reason: 'new client' }]), OFFICE);
    expect(heads(news.incidents)).toEqual(['port scan 10.20.0.66 10.0.0.1']);
    // a scanner that is expected, and what nobody expects of it
    const both = inOrder(scan(100, 60, '10.20.0.66'), guessing(170, 90, '10.20.0.66'));
    const before = run(both, {}, OFFICE).incidents;
    expect(before).toHaveLength(1);
    expect(before[0].steps?.map(({ kind }) => kind)).toEqual(['port scan', 'password guessing']);
    const entry = { initiator: '10.20.0.66', reason: 'port scan' };
    const under = run(both, allowing([entry]), OFFICE);
    expect(heads(under.suppressed)).toEqual(['port scan 10.20.0.66 10.0.0.1']);
    expect(heads(under.incidents)).toEqual(['password guessing 10.20.0.66 10.0.0.1']);
    expect(under.events.some(({ type }) => type === 'opened')).toBe(true);
    expect(under.incidents[0].firstUs).toBeGreaterThan(under.suppressed[0].firstUs);
    // both entries of the report, pasted
    expect(run(both, allowing(before[0].allow), OFFICE).incidents).toEqual([]);
  });

  it('is told from the moment on at which its entry expires', () => {
    const entry = { initiator: '10.20.0.66' };
    const [first] = run(scan(100, 600, '10.20.0.66'), {}, OFFICE).incidents;
    const until = new Date(first.openedUs / 1000 + 1000).toISOString();
    const under = run(scan(100, 600, '10.20.0.66'), allowing([{ ...entry, expires: until }]), OFFICE);
    expect(under.suppressed).toHaveLength(1);
    expect(heads(under.incidents)).toEqual(heads([first]));
    expect(under.incidents[0].openedUs).toBeGreaterThan(first.openedUs);
  });
});
