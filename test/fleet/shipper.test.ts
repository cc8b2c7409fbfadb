/** What a sensor sends, lets go of and says, at a hub that answers and yet does not do what it should. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Carrier, CarrierError } from '../../src/fleet/carriers/carrier.js';
import { Shipper } from '../../src/fleet/sensor/shipper.js';
import { Spool } from '../../src/fleet/spool/spool.js';
import { at, bytesOf, until } from '../support/fleet.js';
import { folder } from '../support/program.js';

class StubHub {
  readonly published: string[] = [];
  water: { spool: string; seq: number } | undefined;
  asked = 0;
  fault: (() => CarrierError | undefined) | undefined;

  readonly carrier = {
    name: 'stub',
    connected: true,
    publish: async (_: string, id: string) => {
      const fault = this.fault?.();
      if (fault) throw fault;
      this.published.push(id);
    },
    last: async (subject: string) => {
      this.asked++;
      return this.water && { subject, id: undefined, bytes: bytesOf(this.water), position: at(1) };
    },
  } as unknown as Carrier;
}

function setUp(events: number) {
  const hub = new StubHub();
  const spool = Spool.open(join(folder(), 'spool'), { mostBytes: 4e6, gapBody: () => bytesOf('gap') });
  for (let k = 0; k < events; k++) spool.incidents.append(bytesOf(`event ${k + 1}`));
  const notes: string[] = [];
  const begin = (): Shipper => {
    const shipper = new Shipper({
      ...{ sensor: 'web-1', spool: spool.id, lane: spool.incidents, carrier: hub.carrier, watermarkMs: 50 },
      note: (line) => notes.push(line),
    });
    onTestFinished(async () => {
      await shipper.close();
      spool.close();
    });
    return shipper;
  };
  return { hub, spool, notes, begin };
}

describe('a hub that answers and stores nothing', () => {
  it('is asked more and more seldom, and nobody is told that all is well', async () => {
    const { hub, notes, begin } = setUp(40);
    hub.fault = () => new CarrierError('full', 'insufficient resources');
    begin();
    await sleep(4_000);
    // after 0.25, 0.5, 1 and 2 s, and not four times a second
    expect(hub.asked).toBeGreaterThan(1);
    expect(hub.asked).toBeLessThan(7);
    expect(notes).toEqual([expect.stringMatching(/^hub stub: insufficient resources; detection goes on/)]);
    hub.fault = undefined;
    await until(() => hub.published.length >= 40);
    await until(() => notes.length === 2);
    expect(notes[1]).toBe('hub stub: is there');
  });

  it.each(['refused', 'too large'] as const)('says once that it is %s, and heartbeats say it too', async (trouble) => {
    const { hub, notes, begin } = setUp(1);
    hub.fault = () => new CarrierError(trouble, 'no');
    const shipper = begin();
    await until(() => hub.asked >= 3);
    expect(notes).toHaveLength(1);
    expect(shipper.refused).toBe('no');
  });
});

describe('a spool that was set back', () => {
  it('lets go of nothing that the hub has not taken since, and it is said', async () => {
    const { hub, spool, notes, begin } = setUp(3);
    // what the machine had told before its disk was put back
    hub.water = { spool: spool.id, seq: 100 };
    hub.fault = () => new CarrierError('unreachable', 'no answer');
    begin();
    await until(() => hub.asked >= 2);
    expect(spool.incidents.released).toBe(0);
    expect(notes[0]).toMatch(/has event 100 of this spool, which only has 3: it was set back/);
    hub.fault = undefined;
    await until(() => spool.incidents.released === 3);
    expect(hub.published).toContain(`web-1.${spool.id}.inc.3.0`);
    expect(notes.filter((line) => line.includes('set back'))).toHaveLength(1);
  });
});
