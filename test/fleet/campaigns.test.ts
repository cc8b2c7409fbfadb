import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEVERITIES, type Severity } from '../../src/detect/incident.js';
import { campaignsOf, partyOf, roleOf, type Sighting, WITHIN_US } from '../../src/fleet/campaigns.js';

const MIN_US = 60e6;

const seen = (sensor: string, changes: Partial<Sighting> = {}): Sighting => ({
  sensor,
  site: 'home',
  uuid: `019ab1c8-9a3f-7000-8000-${Buffer.from(sensor).toString('hex').padStart(12, '0').slice(-12)}`,
  kind: 'port scan',
  severity: 'medium',
  firstUs: 100 * MIN_US,
  lastUs: 101 * MIN_US,
  closed: true,
  initiator: '203.0.113.9',
  responder: '10.0.0.5',
  packets: 10,
  connections: 0,
  evidence: 5,
  bytes: 1000,
  ...changes,
});
const all = (incidents: Sighting[]) => campaignsOf(incidents).map(({ campaign }) => campaign);

describe('campaigns', () => {
  it('make one of a scanner that 30 sensors see, a step worse than each saw it', () => {
    const [campaign, ...others] = all(
      Array.from({ length: 30 }, (_, k) =>
        seen(`s${k}`, { site: `site-${k % 3}`, firstUs: k * MIN_US, lastUs: k * MIN_US }),
      ),
    );
    expect(others).toEqual([]);
    expect(campaign).toMatchObject({ kind: 'port scan', severity: 'high', role: 'initiator', address: '203.0.113.9' });
    expect(campaign).toMatchObject({
      incidents: 30,
      packets: 300,
      bytes: 30_000,
      sites: ['site-0', 'site-1', 'site-2'],
    });
    expect(campaign?.sensors).toHaveLength(30);
    expect(campaign?.site).toBeUndefined();
    expect(campaign?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('make two of one private address in two sites, and none of one sensor alone', () => {
    const inside = { initiator: '192.168.1.9' };
    const found = all(['a', 'b'].flatMap((site) => ['1', '2'].map((n) => seen(site + n, { site, ...inside }))));
    expect(found.map(({ site, sensors }) => [site, sensors])).toEqual([
      ['a', ['a1', 'a2']],
      ['b', ['b1', 'b2']],
    ]);
    expect(all([seen('a', { uuid: 'x' }), seen('a', { uuid: 'y' })])).toEqual([]);
    expect(all([seen('a', { site: 'a', ...inside }), seen('b', { site: 'b', ...inside })])).toEqual([]);
  });

  it('end where the party was not seen for more than half an hour, and go on through incidents that last', () => {
    const one = (sensor: string, fromMin: number, toMin: number) =>
      seen(sensor, { firstUs: fromMin * MIN_US, lastUs: toMin * MIN_US });
    expect(all([one('a', 0, 1), one('b', 31, 32)])).toHaveLength(1);
    expect(all([one('a', 0, 1), one('b', 31.1, 32)])).toHaveLength(0);
    expect(all([one('a', 0, 300), one('b', 120, 121), one('c', 330, 331)])[0]?.sensors).toEqual(['a', 'b', 'c']);
    expect(WITHIN_US).toBe(30 * MIN_US);
  });

  it('are about whom is called by beacons, uploads and what the table says so of, else about who began', () => {
    for (const kind of ['beacon', 'reversed roles', 'large upload', 'SYN flood', 'new server', 'service load'])
      expect(roleOf(kind), kind).toBe('responder');
    for (const kind of [
      'port scan',
      'password guessing',
      'DNS tunnel',
      'ARP spoofing',
      'large download',
      'toString',
      '',
    ])
      expect(roleOf(kind), kind).toBe('initiator');
    const beacon = { kind: 'beacon', responder: '198.51.100.7' };
    const found = all([
      seen('a', { ...beacon, initiator: '10.0.0.1' }),
      seen('b', { ...beacon, initiator: '10.0.0.2' }),
    ]);
    expect(found).toMatchObject([{ role: 'responder', address: '198.51.100.7' }]);
    expect(all([seen('a'), seen('b', { kind: 'host sweep' })])).toEqual([]);
  });

  it('know an address by its bytes, and how far it means the same', () => {
    const key = (initiator: string, site = 'x') => partyOf(seen('a', { initiator, site }))?.key;
    expect(key('2001:DB8:0:0::1')).toBe(key('2001:db8::1', 'y'));
    expect(key('::ffff:8.8.8.8')).toBe(key('8.8.8.8', 'y'));
    for (const local of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '169.254.1.1',
      'fd00::1',
      'fe80::1',
      '02:42:0a:00:00:01',
      '::ffff:10.1.2.3',
      '64:ff9b:1::1',
    ]) {
      expect(key(local), local).toBeDefined();
      expect(key(local), local).not.toBe(key(local, 'y'));
    }
    for (const open of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2a00::1']) expect(key(open)).toBe(key(open, 'y'));
    for (const nobody of [
      '',
      'printer',
      '127.0.0.1',
      '::1',
      '::',
      '0.0.0.0',
      '255.255.255.255',
      '224.0.0.251',
      'ff02::fb',
      '::ffff:127.0.0.1',
      'ff:ff:ff:ff:ff:ff',
      '01:00:5e:00:00:fb',
      '10.0.0.0/8',
      '2001:db8::1/64',
    ])
      expect(key(nobody), nobody).toBeUndefined();
  });

  const SIGHTING = fc
    .record({
      sensor: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      site: fc.constantFrom('x', 'y'),
      kind: fc.constantFrom('port scan', 'beacon', 'no kind of ours'),
      severity: fc.constantFrom(...SEVERITIES) as fc.Arbitrary<Severity>,
      first: fc.integer({ min: 0, max: 300 }),
      took: fc.integer({ min: 0, max: 50 }),
      initiator: fc.constantFrom('203.0.113.9', '10.0.0.9', '', '::1'),
      closed: fc.boolean(),
    })
    .map(({ first, took, ...rest }) =>
      seen(rest.sensor, { ...rest, firstUs: first * MIN_US, lastUs: (first + took) * MIN_US }),
    );
  const SOME = fc.array(SIGHTING, { maxLength: 40 }).map((list) => list.map((one, k) => ({ ...one, uuid: `u${k}` })));

  it('are the same in whatever order incidents come', () => {
    fc.assert(
      fc.property(
        SOME.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, other]) => {
          expect(campaignsOf(other)).toEqual(campaignsOf(list));
        },
      ),
    );
  });

  it('hold each incident once at most, each two sensors, and as bad as the worst of theirs or a step more', () => {
    fc.assert(
      fc.property(SOME, (list) => {
        const found = campaignsOf(list);
        const members = found.flatMap((one) => one.members);
        expect(new Set(members).size).toBe(members.length);
        expect(new Set(found.map(({ campaign }) => campaign.id)).size).toBe(found.length);
        for (const { campaign, members: of } of found) {
          const worst = Math.max(...of.map(({ severity }) => SEVERITIES.indexOf(severity)));
          expect(campaign.sensors.length).toBeGreaterThan(1);
          expect(new Set(of.map((one) => partyOf(one)?.key)).size).toBe(1);
          expect(SEVERITIES.indexOf(campaign.severity)).toBe(
            Math.min(3, worst + (campaign.sensors.length >= 5 ? 1 : 0)),
          );
        }
      }),
    );
  });
});
