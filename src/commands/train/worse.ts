/** Whether a model is to take the place of the one before it: --keep-if-worse. */
import { AnomalyError } from '../../base/errors.js';
import type { TrainingFinding } from '../../detect/evidence/found.js';
import type { Incident } from '../../detect/incident.js';
import { AllowList } from '../../detect/incidents/allow.js';
import { protocolName } from '../../detect/incidents/protocol-name.js';
import { raisedDifference } from '../../engine/raised.js';
import type { Source } from '../../engine/record-kind.js';
import { Interrupted } from '../../engine/training-rows.js';
import type { Bundle } from '../../model/bundle.js';
import type { Power } from '../../model/power-schema.js';
import type { TrainOptions } from '../../options.js';
import type { StatusLine } from '../../output/status-line.js';
import { counted, moment } from '../../report/format.js';
import { trustedAllowEntries } from '../trusted.js';

/** told one by one; the rest is counted */
const MOST_TOLD = 20;

type Wanted = Pick<TrainOptions, 'allow' | 'engine' | 'local' | 'power'>;

export class Worse {
  private readonly reasons: string[] = [];

  private constructor(
    private readonly options: Wanted,
    private readonly allowed: AllowList | undefined,
    private readonly status: StatusLine,
  ) {}

  /** @throws AnomalyError for an allow-list that cannot be read: before hours of learning */
  static async with(options: Wanted, status: StatusLine): Promise<Worse> {
    const allowed =
      options.allow === undefined
        ? undefined
        : new AllowList(await trustedAllowEntries(options.allow, (line) => status.say(line)));
    return new Worse(options, allowed, status);
  }

  /** What may be an attack in what was learned: it would be normal from now on. They were told as warnings. */
  findings(findings: readonly TrainingFinding[]): void {
    const left = findings.filter((finding) => !this.allowed || !isAllowed(finding, this.allowed));
    if (left.length > 0) this.reasons.push(`it learned ${counted(left.length, 'possible attack')}, named above`);
  }

  /** What one of them raises in the new data and the other does not. */
  async incidents(before: Bundle, now: Bundle, source: Source, signal: AbortSignal): Promise<void> {
    this.status.show(() => 'comparing with the model before: what either raises in these data');
    try {
      const { allowed, options } = this;
      const { engine, local } = options;
      const { added, lost } = await raisedDifference(before, now, source, { allowed, engine, local, signal });
      this.tell('raised by this model alone', added);
      this.tell('raised by the model before alone, and normal to this one', lost);
      if (added.length > 0)
        this.reasons.push(`it raises ${counted(added.length, 'incident')} that the one before does not`);
      if (lost.length > 0)
        this.reasons.push(`${counted(lost.length, 'incident')} of the one before would be normal to it`);
    } catch (error) {
      if (error instanceof Interrupted) this.reasons.push('the two were not compared, for training was interrupted');
      else if (error instanceof AnomalyError && error.code === 'BAD_MODEL') {
        this.status.say(`the model before is compared with nothing: ${error.message}`);
      } else throw error;
    }
  }

  private tell(what: string, incidents: readonly Incident[]): void {
    for (const { severity, title, firstUs } of incidents.slice(0, MOST_TOLD))
      this.status.say(`${what}: [${severity}] ${title}, ${moment(firstUs)} UTC`);
    if (incidents.length > MOST_TOLD)
      this.status.say(`${what}: ${counted(incidents.length - MOST_TOLD, 'more incident')}`);
  }

  /** Attacks that it would see less well than the one before, or that nobody knows. */
  power(before: Power | undefined, now: Power | undefined): void {
    if (this.options.power === 'off' || !before) return;
    if (!now) this.reasons.push('its power was not measured');
    else if (now.compared?.weaker) this.reasons.push('it sees fewer attacks');
  }

  /** Why it is not to take the place; empty: nothing speaks against it. */
  get why(): string {
    return this.reasons.join('; ');
  }
}

/** Whether the allow-list expects all of it. */
function isAllowed(finding: TrainingFinding, list: AllowList): boolean {
  const { pattern: kind, protocolNumber, startUs } = finding;
  const dealing = { ...finding, kind, protocol: protocolName(protocolNumber) };
  return list.covering(dealing, startUs / 1000) !== undefined;
}
