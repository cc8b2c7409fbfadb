/** Windows of training, judged by what others taught: of each entity, block and length the strongest is one trial of its stratum. */
import type { Cell } from './cells.js';
import { type Of, type Subject, strataOf, stratumOf } from './groups.js';
import type { Normal } from './normal.js';
import { OWN } from './roles.js';
import type { Part } from './strength.js';

export interface Trial {
  readonly stratum: string;
  /** detection tests such evidence in this stratum; else it only counts there */
  readonly told: boolean;
  readonly of: Of;
  readonly cell: Cell;
  /** strongest first */
  readonly parts: readonly Part[];
  /** nats */
  readonly strength: number;
}

export class Trials {
  private readonly strongest = new Map<string, Trial>();

  /** @param normal what the window is judged by */
  judge(normal: Normal, subject: Subject, cell: Cell): void {
    const of = { ...subject, novelty: cell.novelty };
    const { parts, strength } = normal.judge(of, normal.chainsOf(of), cell.stats, cell.scale);
    const [all, beside] = strataOf(of, OWN);
    const told = stratumOf(of, OWN, parts[0]?.statistic.kind);
    this.add({ stratum: `${cell.scale}/${all}`, told: told === all, of, cell, parts, strength });
    if (beside === undefined) return;
    const counts = told === beside;
    this.add({ stratum: `${cell.scale}/${beside}`, told: counts, of, cell, parts, strength: counts ? strength : 0 });
  }

  private add(trial: Trial): void {
    const key = `${trial.stratum}|${trial.cell.subject}.${trial.cell.block}`;
    if (trial.strength > (this.strongest.get(key)?.strength ?? -1)) this.strongest.set(key, trial);
  }

  all(): Trial[] {
    return [...this.strongest.values()];
  }
}

/** By stratum. */
export function strengthsOf(trials: Iterable<Trial>): Map<string, number[]> {
  const strengths = new Map<string, number[]>();
  for (const { stratum, strength } of trials) {
    const of = strengths.get(stratum) ?? [];
    strengths.set(stratum, of);
    of.push(strength);
  }
  return strengths;
}
