import { describe, expect, it } from 'vitest';
import { WasmConstants } from '../../src/base/wasm.js';

const compiled = new WasmConstants('./some/net-kernel.wasm', {
  UNIT: { value: 288 },
  ZERO: { value: 0 },
  'Column.duration': { value: 0 },
  'Column.share': { value: 1 },
  'Columns.other': { value: 0 },
  run: () => 1,
});

describe('constants of a compiled module', () => {
  it('are read by name, 0 like any other number', () => {
    expect(compiled.numbers(['UNIT', 'ZERO'])).toEqual({ UNIT: 288, ZERO: 0 });
    expect(compiled.members('Column')).toEqual(['duration', 'share']);
  });

  it('are refused when one is missing or is no number, and the message names it', () => {
    const refused = 'net-kernel.wasm is of another build (it lacks WIDTH); build again';
    expect(() => compiled.numbers(['UNIT', 'WIDTH'])).toThrow(refused);
    expect(() => compiled.numbers(['run'])).toThrow('it lacks run');
  });

  it('are refused when a number that both sides have differs', () => {
    compiled.expect({ UNIT: 288 });
    expect(() => compiled.expect({ UNIT: 256 })).toThrow('UNIT is 288 in it, not 256');
  });
});
