/** Whether the input is of the kind that was learned, and what that does to the judging of records. */
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detect/detector.js';
import { BEGINS, BOTH_SIDES, ONCE, PACKET_FORM, REPEATS, SETTLES, WHOLE_BEGINNING } from '../../src/features/forms.js';
import { STRAY_PACKETS } from '../../src/features/packet/macs.js';
import { inOrder as byTime, scan } from './dealings.js';
import { batchOf, detector, type Flows, ORDINARY, type Packet, RARE, series } from './traffic.js';

const DIRECTIONS = 'one_direction';
const BOTH = SETTLES | BOTH_SIDES;
const CLIENTS = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];
const client = (i: number): string => CLIENTS[i % CLIENTS.length] ?? '';

/** A flow a second of three clients with a server, each settled in `form`; a fifth of their packets opens one. */
function office(seconds: number, form: number, from = 0): Packet[] {
  return series(
    5 * seconds,
    0.2,
    (i, at) => ({ at, from: client(i), reply: i % 2 === 1, opens: i % 5 === 0, form }),
    from,
  );
}

const TRAINING: Packet[] = [...ORDINARY.map((p) => ({ ...p, form: BOTH })), ...office(300, BOTH, 800)];
/** To a service that training did not have, and as unlike it as can be: a notice where the score is believed. */
const hot = (packets: Packet[]): Packet[] =>
  packets.map((p) => ({ ...p, port: 9000, opens: false, score: 8, by: RARE }));

function runOf(...parts: Packet[][]): { under: Detector; told: string[] } {
  const under = detector({}, TRAINING);
  const told: string[] = [];
  const flows: Flows = new Map();
  let frame = 1;
  for (const packet of byTime(...parts)) {
    under.process(batchOf([packet], frame++, flows));
    told.push(...under.inputEvents.map(({ name, toUs }) => `${name} ${toUs === 0 ? 'begins' : 'ends'}`));
  }
  under.finish();
  return { under, told };
}

describe('an input of one direction only', () => {
  it('raises nothing by the score from the first record on, and is told once', () => {
    const { under, told } = runOf(hot(office(120, SETTLES)));
    expect(told).toEqual([`${DIRECTIONS} begins`]);
    expect(under.incidents).toEqual([]);
    const [change] = under.inputFacts.changes;
    expect(change?.came).toBeGreaterThan(0.9);
    expect(change?.learned).toBe(0);
    expect(change?.records).toBeGreaterThan(590);
  });

  it('is told where it begins midway and where it ends; a minute later the score is judged again', () => {
    const parts = [office(60, BOTH), office(60, SETTLES, 60), office(60, BOTH, 120)];
    const { under, told } = runOf(...parts, hot(office(30, BOTH, 200)));
    expect(told).toEqual([`${DIRECTIONS} begins`, `${DIRECTIONS} ends`]);
    expect(under.incidents.map(({ kind }) => kind)).toEqual(['new service']);
  });

  it('is judged by what is there: scans, spoofed MAC addresses', () => {
    const spoofed = series(20, 0.1, (_i, at) => ({ at, from: '10.0.0.66', counts: { mac_conflicts: 40 } }), 40.05);
    for (const [attack, kind] of [
      [scan(40.05, 600), 'port scan'],
      [spoofed, 'ARP spoofing'],
    ] as const) {
      const { under } = runOf(office(60, SETTLES), attack);
      expect(under.incidents.map((incident) => incident.kind)).toEqual([kind]);
    }
  });

  it('is not judged by what did not come back', () => {
    const reasons = (form: number): string[] =>
      runOf(office(60, form), scan(40.05, 600)).under.incidents.flatMap((incident) =>
        incident.reasons.map((r) => r.feature),
      );
    expect(reasons(BOTH)).toContain('failed_services');
    expect(reasons(SETTLES)).toContain('new_services');
    expect(reasons(SETTLES)).not.toContain('failed_services');
  });
});

describe('an input in which packets are missing, or come twice', () => {
  const WHOLE = BOTH | BEGINS | WHOLE_BEGINNING | REPEATS | ONCE;
  const training: Packet[] = [...ORDINARY.map((p) => ({ ...p, form: WHOLE })), ...office(300, WHOLE, 800)];
  function run(...parts: Packet[][]): Detector {
    const under = detector({}, training);
    under.process(batchOf(byTime(...parts)));
    under.finish();
    return under;
  }

  it.each([
    ['incomplete', BEGINS],
    ['twice', REPEATS],
  ])('raises nothing by the score and is told once: %s', (name, form) => {
    const under = run(hot(office(120, form)));
    expect(under.inputFacts.changes.map((change) => change.name)).toEqual([name]);
    expect(under.incidents).toEqual([]);
  });

  it('counts twice what comes twice, and is judged by more than that', () => {
    const limit = STRAY_PACKETS;
    const strays = (mac_conflicts: number): Packet[] =>
      series(20, 0.1, (_i, at) => ({ at, from: '10.0.0.2', counts: { mac_conflicts } }), 40.05);
    expect(run(office(60, REPEATS), strays(2 * limit)).incidents).toEqual([]);
    expect(run(office(60, REPEATS), strays(2 * limit + 1)).incidents).toHaveLength(1);
    expect(run(office(60, WHOLE), strays(2 * limit)).incidents).toHaveLength(1);
  });

  it('is no other input where a flow in ten lacks a packet', () => {
    const lossy = office(600, WHOLE).map((p, i) => (i % 50 === 0 ? { ...p, form: BEGINS } : p));
    expect(run(lossy).inputFacts.changes).toEqual([]);
  });

  it('is none by repeated SYNs of one host', () => {
    const flood = series(20_000, 0.002, (_i, at) => ({ at, from: '10.0.0.66', form: REPEATS }), 20.01);
    const attack = hot(series(60, 0.1, (_i, at) => ({ at, from: '10.0.0.66', to: '10.0.0.77', port: 22 }), 40.03));
    const under = run(office(60, WHOLE), flood, attack);
    expect(under.inputFacts.changes).toEqual([]);
    expect(under.incidents.some(({ initiator }) => initiator === '10.0.0.66')).toBe(true);
  });
});

describe('a tunnel that training did not have', () => {
  it('is no scan by the many connections of its two ends, while another host is judged by its own', () => {
    const form = PACKET_FORM.tunnelled;
    const within = (at: number, from: string, to: string): Packet[] =>
      scan(at, 300, from, to).map((packet) => ({ ...packet, form }));
    expect(runOf(within(0.01, '10.0.0.2', '10.0.0.3')).under.incidents).toEqual([]);
    const { under } = runOf(office(60, BOTH), within(20.01, '10.0.0.66', '10.0.0.77'));
    expect(under.incidents.map(({ initiator }) => initiator)).toEqual(['10.0.0.66']);
  });
});

describe('an attacker cannot make another input of it', () => {
  const stranger = (i: number): string => `198.51.${(i >> 8) & 255}.${i & 255}`;
  const attack = hot(series(60, 0.1, (_i, at) => ({ at, from: '10.0.0.66', to: '10.0.0.77', port: 22 }), 40.03));

  it('with flows of spoofed senders that nobody answers', () => {
    const flood = series(20_000, 0.002, (i, at) => ({ at, from: stranger(i), form: SETTLES, opens: true }), 20.01);
    const { under, told } = runOf(office(60, BOTH), flood, attack);
    expect(told).toEqual([]);
    expect(under.incidents.some(({ initiator }) => initiator === '10.0.0.66')).toBe(true);
  });

  it('with one-sided flows of one host', () => {
    const flood = series(20_000, 0.002, (_i, at) => ({ at, from: '10.0.0.66', form: SETTLES, opens: true }), 20.01);
    const { under, told } = runOf(office(60, BOTH), flood, attack);
    expect(told).toEqual([]);
    expect(under.incidents.some(({ initiator }) => initiator === '10.0.0.66')).toBe(true);
  });

  it('with a flood of datagrams that are not answered', () => {
    const flood = series(20_000, 0.002, (i, at) => ({ at, from: stranger(i), protocol: 17, opens: true }), 20.01);
    expect(runOf(office(60, BOTH), flood).told).toEqual([]);
  });

  it('with spoofed packets in tunnels, and those of one host are judged after a few seconds', () => {
    const form = PACKET_FORM.tunnelled;
    const flood = series(20_000, 0.002, (i, at) => ({ at, from: stranger(i), form, opens: true }), 20.01);
    const tunnel = hot(
      series(300, 0.1, (_i, at) => ({ at, from: '10.0.0.66', to: '10.0.0.77', port: 22, form }), 20.03),
    );
    const { under, told } = runOf(office(60, BOTH), flood, tunnel);
    expect(told).toEqual([]);
    expect(under.incidents.some(({ initiator }) => initiator === '10.0.0.66')).toBe(true);
  });
});

describe('a form that training did not have', () => {
  for (const name of ['short', 'noMacs', 'noDestinationMac', 'tagged', 'tunnelled', 'undecoded'] as const) {
    it(`raises nothing by the score, and is told when it comes and goes: ${name}`, () => {
      const form = PACKET_FORM[name];
      const { under, told } = runOf(office(60, BOTH), hot(office(60, BOTH | form, 60)), office(60, BOTH, 120));
      expect(told.map((text) => text.split(' ')[1])).toEqual(['begins', 'ends']);
      expect(under.incidents).toEqual([]);
      expect(under.inputFacts.changes[0]?.records).toBeGreaterThan(250);
    });
  }

  it('is as learned where a quiet host sends as much of it beside connections that last', () => {
    // one connection, opened once; of each 15 packets one is of a protocol that is not decoded
    const quiet = (from: number) =>
      series(
        900,
        40,
        (i, at) => ({
          at,
          from: '10.0.0.2',
          reply: i % 2 === 1,
          opens: i === 0,
          form: i % 15 === 0 ? PACKET_FORM.undecoded : BOTH,
        }),
        from,
      );
    const under = detector({}, quiet(100));
    under.process(batchOf(quiet(100)));
    expect(under.inputFacts.changes).toEqual([]);
  });

  it('is judged where training had as much of it', () => {
    const mixed = [...ORDINARY, ...office(300, PACKET_FORM.tagged, 800)];
    const under = detector({}, mixed);
    under.process(batchOf(hot(office(60, PACKET_FORM.tagged))));
    expect(under.inputFacts.changes).toEqual([]);
    expect(under.incidents.length).toBeGreaterThan(0);
  });

  it('is strange where it is no longer there, too', () => {
    const tagged = TRAINING.map((p) => ({ ...p, form: BOTH | PACKET_FORM.tagged }));
    const under = detector({}, tagged);
    under.process(batchOf(hot(office(60, BOTH))));
    expect(under.inputFacts.changes.map(({ name, lacking }) => [name, lacking])).toEqual([['tagged', true]]);
    expect(under.incidents).toEqual([]);
  });
});

describe('a quiet and ordinary input', () => {
  it('is judged a minute after a flow or two that look one-sided', () => {
    const odd = series(2, 1, (_i, at) => ({ at, from: '10.0.0.2', form: SETTLES }), 1);
    const { under, told } = runOf(odd, hot(series(60, 0.1, (_i, at) => ({ at, from: '10.0.0.3' }), 70)));
    expect(told).toEqual([]);
    expect(under.incidents).toHaveLength(1);
  });

  it('is judged where no flow tells anything', () => {
    const { under } = runOf([{ at: 0 }], hot(series(60, 0.1, (_i, at) => ({ at, from: '10.0.0.3' }), 20)));
    expect(under.incidents).toHaveLength(1);
  });
});

describe('the number of records a minute', () => {
  it('is that of a usual minute, whatever a flood does in one', () => {
    const flood = series(20_000, 0.001, (_i, at) => ({ at, from: '10.0.0.66' }), 130);
    const { perMinute } = runOf(office(600, BOTH), flood).under.inputFacts;
    expect(perMinute.came).toBeGreaterThan(250);
    expect(perMinute.came).toBeLessThan(350);
  });
});
