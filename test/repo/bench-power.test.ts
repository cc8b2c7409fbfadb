/** The benchmark of power: sizes are counted as templates have them, and chances lie between what was tried. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../src/decode/packet.ts';
import { fillConn, rowsOf } from '../../src/power/rows.ts';
import { TEMPLATES } from '../../src/power/table.ts';
import type { Template } from '../../src/power/template.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { ConnRecord } from '../../src/zeek/record.ts';
import { actsOf, capture, network } from '../power/network.ts';
import { root } from '../support/program.js';

interface Counted {
  add(record: PacketRecord | ConnRecord): void;
}
const bench = (file: string) => import(join(root, 'bench/power', file));
const { LIKE, SIZES, Attack } = (await bench('attacks.js')) as {
  LIKE: Record<string, string | ((attack: Counted) => string)>;
  SIZES: Record<string, (attack: Counted) => number>;
  Attack: new () => Counted;
};
const { chanceOf } = (await bench('chance.js')) as {
  chanceOf(power: { sizes: { size: number; placements: number; named: number }[] }, size: number): number;
};

function records(template: Template, size: number): PacketRecord[] {
  return capture(template, size).map(({ bytes, wireLen, linkType, timestampUs }) => {
    const record = new PacketRecord();
    decodePacket(bytes, 0, bytes.length, wireLen, linkType, record);
    record.timestampUs = timestampUs;
    return record;
  });
}

function counted(template: Template, size: number): Counted {
  const attack = new Attack();
  for (const record of records(template, size)) attack.add(record);
  return attack;
}

const CALLS = ['call home by http', 'call home by tls', 'call home by tls, jitter 50 %'];
const liked = [...new Set([...Object.values(LIKE).filter((like) => typeof like === 'string'), ...CALLS])];

describe('the size of an attack', () => {
  it.each(liked)('like %s is counted as the template was told', (name) => {
    const template = TEMPLATES.find((each) => each.name === name) as Template;
    const few = template.sizes.filter((size) => template.packets(size) < 20_000);
    for (const size of [few[few.length >> 1], few[few.length - 1]]) {
      const found = SIZES[template.unit](counted(template, size));
      expect(Math.abs(Math.log(found / size)), `${found} for ${size}`).toBeLessThan(Math.log(1.35));
    }
  });

  it('is counted in rows of a conn.log as in packets', () => {
    for (const [name, size] of [
      ['SYN scan', 20],
      ['host sweep', 16],
      ['SYN flood', 50],
      ['ssh guessing', 25],
      ['call home by http', 30],
    ] as const) {
      const template = TEMPLATES.find((each) => each.name === name) as Template;
      const attack = new Attack();
      // where ARP is unseen, hosts that are not there are asked, too
      for (const row of actsOf(template, size, network(101)).flatMap((act) =>
        act.type === 'conversation' ? rowsOf(act) : [],
      )) {
        const record = new ConnRecord();
        fillConn(row, record);
        attack.add(record);
      }
      const found = SIZES[template.unit](attack);
      expect(Math.abs(Math.log(found / size)), `${name}: ${found} for ${size}`).toBeLessThan(Math.log(1.35));
    }
  });

  it('is, of a session that was open before, what its busier side said', () => {
    const template = TEMPLATES.find((each) => each.name === 'upload by tls') as Template;
    const attack = new Attack();
    // from after the names and the handshake on
    for (const record of records(template, 1e5).filter(({ tcpFlags }) => tcpFlags >= 0 && (tcpFlags & 2) === 0)) {
      attack.add(record);
    }
    expect(Math.abs(Math.log(SIZES.bytes(attack) / 1e5))).toBeLessThan(Math.log(1.1));
  });

  it('tells calls home apart by what they say and how regularly', () => {
    const like = LIKE['c2-beacon'] as (attack: Counted) => string;
    for (const name of CALLS) {
      expect(like(counted(TEMPLATES.find((each) => each.name === name) as Template, 30))).toBe(name);
    }
  });
});

describe('the chance of a size', () => {
  const sizes = [
    { size: 10, placements: 3, named: 0 },
    { size: 1000, placements: 3, named: 3 },
  ];

  it('lies between those of its neighbours, by its logarithm', () => {
    expect(chanceOf({ sizes }, 100)).toBeCloseTo(0.5);
    expect(chanceOf({ sizes: [...sizes].reverse() }, 100)).toBeCloseTo(0.5);
  });

  it('is beyond what was tried as it is there, and of nothing that was tried none', () => {
    expect([chanceOf({ sizes }, 1), chanceOf({ sizes }, 10), chanceOf({ sizes }, 1e6)]).toEqual([0, 0, 1]);
    expect(chanceOf({ sizes: [] }, 1)).toBeNaN();
  });
});
