/** What the windows of entities are for: training collects those that are over, detection tests those that run. */
import type { Entity, Frames } from './entity.js';

export interface WindowHooks {
  /** the running values of a window are to be tested; the record in work is one of the entity's */
  due(entity: Entity, scale: number, stats: Float64Array, startUs: number, frames: Frames): void;
  /** a window is over; none: nobody wants to know, as in detection, where longer windows have it */
  full?(entity: Entity, scale: number, stats: Float64Array, startUs: number): void;
}
