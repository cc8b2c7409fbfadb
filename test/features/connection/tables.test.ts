import { describe, expect, it } from 'vitest';
import {
  COLUMN_NAMES as columns,
  constantsOf,
  instantiate,
} from '../../../src/features/connection/connection-kernel.js';

const none = { history: () => {}, rarities: () => {}, connectionsAtPort: () => 0 };
const { exports } = instantiate(none);

const without = (names: readonly string[], name: string): string[] => names.filter((other) => other !== name);
const replaced = (names: readonly string[], name: string, by: string): string[] =>
  names.map((other) => (other === name ? by : other));
const swapped = (names: readonly string[], a: string, b: string): string[] =>
  names.map((name) => (name === a ? b : name === b ? a : name));

describe('the columns of connection features', () => {
  it('are those that the kernel was built with', () => {
    expect(columns.length).toBeGreaterThan(80);
    expect(constantsOf(exports).ROW).toBeGreaterThan(0);
  });

  it('are refused with a column removed, added, renamed or moved on one side alone', () => {
    const refusal = (changed: readonly string[]) => () => constantsOf(exports, changed);
    expect(refusal(without(columns, 'orig_share'))).toThrow('it has a Column orig_share, which is not known here');
    expect(refusal([...columns, 'weekday'])).toThrow('it lacks Column weekday');
    expect(refusal(replaced(columns, 'interval', 'pause'))).toThrow('it lacks Column pause');
    expect(refusal(swapped(columns, 'orig_bytes', 'resp_bytes'))).toThrow(
      'connection-kernel.wasm is of another build (Column resp_bytes has number 5 in it, not 4); build again',
    );
    expect(refusal(swapped(columns, 'rarity_port', 'rarity_originator'))).toThrow('Column rarity_originator');
    expect(refusal(swapped(columns, 'proto_tcp', 'proto_udp'))).toThrow('Column proto_udp');
  });
});
