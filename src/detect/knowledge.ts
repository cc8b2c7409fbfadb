/** What a detector has from training: everything but what it sees itself. Made as a whole, so that a damaged model changes nothing. */
import type { DetectorOptions } from './detector-options.js';
import type { Budget } from './evidence/budget.js';
import { Judge } from './evidence/evidence.js';
import { evidenceFrom } from './evidence/saved.js';
import { Explainer } from './incidents/explain.js';
import { requireParts } from './parts.js';
import { Baseline } from './rules/baseline.js';
import { Rules } from './rules/rules.js';

export class Knowledge {
  readonly baseline: Baseline;
  readonly judge: Judge;
  readonly rules: Rules;
  readonly explainer: Explainer;
  /** of false alarms */
  readonly budget: Budget;

  /** @throws TypeError where parts are wrong or do not belong together, AnomalyError BAD_MODEL where `options.state` is damaged */
  constructor(readonly options: DetectorOptions) {
    const { schema, countNames, reference, state } = options;
    requireParts(options);
    this.baseline = Baseline.from(state, countNames.length);
    const learned = evidenceFrom((state as { evidence?: unknown }).evidence);
    const { alertsPerDay = learned.alertsPerDay } = options;
    const { trainingS } = learned.strata;
    this.budget = { alertsPerDay, trainingS };
    this.judge = new Judge(learned, alertsPerDay);
    this.rules = new Rules(this.baseline, trainingS, this.judge.share, schema.kind);
    this.explainer = new Explainer(schema.columns, reference);
  }
}
