/** Records in memory are the records that were put there. */
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../src/decode/packet.ts';
import { HeldRecords } from '../../src/engine/power/held.ts';
import { fillConn, rowsOf } from '../../src/power/rows.ts';
import { TEMPLATES } from '../../src/power/table.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { ConnRecord } from '../../src/zeek/record.ts';
import { rowOf } from '../support/decoding.ts';
import { actsOf, capture, network, template } from './network.ts';

describe('held records', () => {
  it('of packets are the same rows of the packet table, over more than a page and whatever was read before', () => {
    const frames = TEMPLATES.flatMap((each) => capture(each, each.sizes[0])).slice(0, 3000);
    const held = new HeldRecords(new PacketRecord());
    const record = new PacketRecord();
    const rows = frames.map(({ bytes, wireLen, linkType, timestampUs }) => {
      decodePacket(bytes, 0, bytes.length, wireLen, linkType, record);
      record.timestampUs = timestampUs;
      expect(held.add(record, timestampUs)).toBe(true);
      return rowOf(record);
    });
    expect(rows.length).toBeGreaterThan(1024);
    expect(held.count).toBe(rows.length);
    for (let k = rows.length - 1; k >= 0; k--) {
      held.read(k, record);
      expect(rowOf(record)).toBe(rows[k]);
      expect(held.timeUs(k)).toBe(frames[k].timestampUs);
    }
  });

  it('of connections are equal, texts and hashes among them', () => {
    const acts = ['ssh guessing', 'upload by tls'].flatMap((name) => actsOf(template(name), 100, network(101)));
    const all = acts.flatMap((act) => (act.type === 'conversation' ? rowsOf(act) : []));
    const held = new HeldRecords(new ConnRecord());
    const kept = all.map((row) => {
      const record = new ConnRecord();
      fillConn(row, record);
      held.add(record, 0);
      return record;
    });
    const record = new ConnRecord();
    for (const [k, { service, history, ...rest }] of kept.entries()) {
      held.read(k, record);
      expect(record).toMatchObject(rest);
      expect([String(record.service), String(record.history)]).toEqual([String(service), String(history)]);
    }
    expect(kept.length).toBeGreaterThan(50);
  });

  it('are no more than memory is for, and a smaller part of them on request', () => {
    const held = new HeldRecords({ bytes: new Uint8Array(1 << 14) });
    let count = 0;
    while (held.add({ bytes: new Uint8Array(1 << 14) }, count)) count++;
    expect(count * (1 << 14)).toBeLessThanOrEqual(96 * 2 ** 20);
    expect(count * (1 << 14)).toBeGreaterThan(64 * 2 ** 20);
    held.cut(5);
    expect(held.count).toBe(5);
  });
});
