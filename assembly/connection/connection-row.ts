/** The row in work. */

import { Column } from './connection-columns';
import { ROW } from './connection-memory';

// @inline
export function place(column: Column): usize {
  return ROW + ((<usize>column) << 2);
}

// @inline
export function put(column: Column, value: f32): void {
  store<f32>(place(column), value);
}

// @inline
export function flag(column: Column, value: bool): void {
  put(column, value ? 1 : 0);
}
