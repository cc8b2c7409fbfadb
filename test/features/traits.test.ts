import { describe, expect, it } from 'vitest';
import { ConnectionFeatures } from '../../src/features/connection/index.ts';
import type { FeatureColumn } from '../../src/features/extractor.ts';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { savedSchema } from '../../src/features/schema.ts';

const PACKETS = new PacketFeatures({ novelty: true }).schema.columns;
const CONNECTIONS = new ConnectionFeatures({ novelty: true }).schema.columns;
const PACKET_RARITIES = [
  'rarity_service',
  'rarity_service_packet',
  'rarity_service_place',
  'rarity_header',
  'rarity_header_payload',
  'rarity_message',
  'rarity_syn',
  'rarity_ttl',
  'rarity_first_payload',
  'rarity_size',
  'rarity_remote',
  'rarity_responder',
  'rarity_domain',
];
const CONNECTION_RARITIES = [
  'rarity_port',
  'rarity_service',
  'rarity_service_port',
  'rarity_state',
  'rarity_port_state',
  'rarity_port_place',
  'rarity_history',
  'rarity_port_history',
  'rarity_size_up',
  'rarity_size_down',
  'rarity_duration',
  'rarity_exact_port',
  'rarity_originator',
  'rarity_responder',
  'rarity_responder_port',
];

const names = (columns: readonly FeatureColumn[], has: (column: FeatureColumn) => boolean): string[] =>
  columns.filter(has).map((column) => column.name);

describe('what detection is told of features', () => {
  it('says of each rarity what is rare, as its meaning does', () => {
    for (const [columns, rarities] of [
      [PACKETS, PACKET_RARITIES],
      [CONNECTIONS, CONNECTION_RARITIES],
    ] as const) {
      expect(names(columns, ({ rarityOf }) => rarityOf !== undefined)).toEqual(rarities);
      for (const { doc, rarityOf } of columns) {
        if (rarityOf !== undefined) expect(doc).toBe(`rarity in training of ${rarityOf}`);
      }
    }
  });

  it('tells 0 and 1 as yes and no', () => {
    for (const columns of [PACKETS, CONNECTIONS]) {
      expect(names(columns, ({ flag }) => flag).length).toBeGreaterThan(5);
      expect(names(columns, ({ flag }) => flag)).toEqual(names(columns, ({ binary }) => binary));
    }
    expect(names(PACKETS, ({ flag }) => flag)).toEqual(names(PACKETS, ({ unit }) => unit === '0/1'));
  });

  it('turns logarithms and parts back, and leaves the rest as it is', () => {
    for (const { name, unit, plain, plainUnit } of [...PACKETS, ...CONNECTIONS]) {
      const [, whole, of] = /^of (\d+) ?(.*)$/.exec(unit) ?? [];
      const logarithm = /^ln (.*)$/.exec(unit)?.[1];
      const factor = logarithm === undefined ? Number(whole ?? 1) : Math.expm1(2) / 2;
      expect(plain(2), name).toBe(2 * factor);
      expect(plainUnit, name).toBe(logarithm ?? of ?? unit);
    }
  });

  it('is no part of what a bundle keeps', () => {
    const { columns } = savedSchema({ kind: 'packet', columns: PACKETS });
    expect(columns).toHaveLength(PACKETS.length);
    for (const column of columns) expect(Object.keys(column)).toEqual(['name', 'unit', 'doc', 'group', 'binary']);
  });
});
