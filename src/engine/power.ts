/**
 * The power of a model: which attacks, and how large, it would have raised on the traffic that it learned. Attacks of the
 * program's own making are woven into blocks of it which the detector has not seen, and the complete detector runs.
 */
import { TRAINING } from '../base/defaults.js';
import { AnomalyError } from '../base/errors.js';
import { US_PER_HOUR } from '../base/time.js';
import type { BaseRates } from '../detect/evidence/base-rates.js';
import type { Incident } from '../detect/incident.js';
import type { Bundle } from '../model/bundle.js';
import type { EngineChoice } from '../model/engine.js';
import type { Power } from '../model/power-schema.js';
import { TEMPLATES } from '../power/table.js';
import type { Template } from '../power/template.js';
import { ownBaseRates } from './base-rates.js';
import { type Block, foldWithout, type Surveyed, surveyOf } from './power/folds.js';
import {
  type Finding,
  findings,
  fits,
  incidentsWith,
  type PassInput,
  placedTogether,
  type Wish,
} from './power/pass.js';
import { Search } from './power/search.js';
import type { Source } from './record-kind.js';
import { Interrupted } from './training-rows.js';

export interface PowerOptions {
  /**
   * `quick`, the default: one block, and what can be done in `budgetMs`: of all templates the largest size that there is time
   * for, then one in the middle, then the least that is raised; `full`: all blocks, ten placements of each size that is tried
   */
  readonly effort?: 'quick' | 'full' | undefined;
  /** of `quick`, once the rest of the training is learned; default: a third of the time that fitting the model took, 10 s at least */
  readonly budgetMs?: number | undefined;
  /** names of the table; default: all */
  readonly templates?: readonly string[] | undefined;
  /** same seed, model, data, placements and sizes that there is time for: same result; default: the model's */
  readonly seed?: number | undefined;
  readonly engine?: EngineChoice | undefined;
  /** as the model was trained with, where not by default */
  readonly alertsPerDay?: number | undefined;
  readonly local?: readonly string[] | undefined;
  readonly baseRates?: BaseRates | undefined;
  readonly onProgress?: ((progress: PowerProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PowerProgress {
  /** templates that have their answer */
  readonly done: number;
  readonly of: number;
  readonly passes: number;
}

/** so that "nine of ten" can be said */
const PLACEMENTS = 10;
/** fewer say nothing */
const LEAST_PLACEMENTS = 3;
/** the largest, the middle and the rest of bisection over eight sizes */
const ROUNDS = 3;
/** attacks that share a pass, about */
const SHARED = 5;
/** of training's time */
const SHARE = 1 / 3;
const LEAST_BUDGET_MS = 10_000;
/** packets of one placement at most: as many as a gigabyte takes would be most of the traffic of many networks */
const MOST_PACKETS = 200_000;
/** of one placement, where time is short; as many as a block has, where it is not */
const LEAST_MOST_PACKETS = 2_000;

/**
 * @param bundle as `learn` gave it, or read from its files: then scores are the final net's, which has seen every block
 * @param source what it was trained on; it is read many times and stays open
 * @throws AnomalyError USAGE for a source that cannot be read again, or a template that is none; Interrupted
 */
export async function power<R>(bundle: Bundle, source: Source<R>, options: PowerOptions = {}): Promise<Power> {
  if (!source.repeatable)
    throw new AnomalyError('USAGE', 'power is measured on files, which can be read several times');
  return new Measuring(bundle, source, options).run();
}

class Measuring<R> {
  private readonly started = performance.now();
  private readonly effort: 'quick' | 'full';
  private readonly budgetMs: number;
  private readonly seed: number;
  /** when the passes began */
  private begunMs = 0;
  private passes = 0;

  constructor(
    private readonly bundle: Bundle,
    private readonly source: Source<R>,
    private readonly options: PowerOptions,
  ) {
    const { secondsSurvey, secondsFit, secondsCalibration, seed } = bundle.facts;
    const trainedMs = 1000 * (secondsSurvey + secondsFit + secondsCalibration);
    this.effort = options.effort ?? 'quick';
    this.budgetMs = options.budgetMs ?? Math.max(LEAST_BUDGET_MS, SHARE * trainedMs);
    this.seed = options.seed ?? seed;
  }

  async run(): Promise<Power> {
    const templates = this.templates();
    const surveyed = await surveyOf(this.source);
    const blocks = this.effort === 'full' ? surveyed.blocks : [longest(surveyed.blocks)];
    const inputs: PassInput<R>[] = [];
    const own: Incident[][] = [];
    let passMs = 0;
    for (const block of blocks) {
      const input = await this.input(block, surveyed);
      const from = performance.now();
      own.push(await incidentsWith(input, []));
      passMs = performance.now() - from;
      inputs.push(input);
    }
    this.begunMs = performance.now();
    const placements = this.placementsFor(templates.length, passMs);
    const most = this.mostPackets(blocks, passMs, templates.length * placements);
    const searches = templates.map(
      (template) =>
        new Search(template, (size) => this.whyNot(template, size, blocks, most), placements, this.effort === 'quick'),
    );
    const whole = await this.rounds(searches, inputs, own);
    return {
      version: 1,
      effort: this.effort,
      seed: this.seed,
      placements,
      nets: this.bundle.folds ? 'folds' : 'final',
      seconds: Math.round((performance.now() - this.started) / 100) / 10,
      cut: !whole,
      blocks: blocks.map(({ number, firstUs, lastUs, from, to }, i) => {
        const alarms = own[i].filter(({ severity }) => severity !== 'notice');
        return { block: number, hours: (lastUs - firstUs) / US_PER_HOUR, records: to - from, own: alarms.length };
      }),
      templates: searches.map((search) => search.result()),
    };
  }

  private templates(): Template[] {
    const { templates: names } = this.options;
    const unknown = names?.find((name) => !TEMPLATES.some((template) => template.name === name));
    if (unknown !== undefined) {
      const known = TEMPLATES.map(({ name }) => name).join('; ');
      throw new AnomalyError('USAGE', `no template "${unknown}"; there are ${known}`);
    }
    const { kind } = this.source.kind;
    return TEMPLATES.filter(({ name, inputs }) => inputs.includes(kind) && (names?.includes(name) ?? true));
  }

  private async input(block: Block, { parties }: Surveyed): Promise<PassInput<R>> {
    const { source, bundle, options } = this;
    const {
      engine = 'auto',
      signal,
      local,
      alertsPerDay = TRAINING.alertsPerDay,
      baseRates = ownBaseRates(),
    } = options;
    const fold = await foldWithout(source, bundle, block, { baseRates, alertsPerDay, local, signal });
    return { source, fold, block, parties, engine, signal };
  }

  /** As many as there is time for, by what the pass took that nothing is woven into. */
  private placementsFor(templates: number, passMs: number): number {
    if (this.effort === 'full') return PLACEMENTS;
    const affordable = Math.floor(((this.budgetMs / passMs) * SHARED) / (templates * ROUNDS));
    return Math.max(LEAST_PLACEMENTS, Math.min(PLACEMENTS, affordable));
  }

  /** Of one placement: the time of a few large ones would be that of all the others. */
  private mostPackets(blocks: readonly Block[], passMs: number, placements: number): number {
    if (this.effort === 'full') return MOST_PACKETS;
    const records = Math.max(...blocks.map(({ from, to }) => to - from));
    const affordable = ((this.budgetMs / passMs) * records) / placements;
    return Math.min(MOST_PACKETS, records, Math.max(LEAST_MOST_PACKETS, affordable));
  }

  private whyNot(template: Template, size: number, blocks: readonly Block[], most: number): string | undefined {
    if (!blocks.every((block) => fits(template, size, block))) return 'it lasts longer than a block of this training';
    const packets = template.packets(size);
    if (packets > MOST_PACKETS) return 'it is more packets than are woven in';
    if (packets > most) return 'it is more packets than this budget has time for';
    return undefined;
  }

  private get late(): boolean {
    return this.effort === 'quick' && performance.now() - this.begunMs > this.budgetMs;
  }

  /** @returns false where time ran out */
  private async rounds(
    searches: readonly Search[],
    inputs: readonly PassInput<R>[],
    own: readonly Incident[][],
  ): Promise<boolean> {
    for (;;) {
      const open = searches.filter((search) => search.next().length > 0);
      this.options.onProgress?.({ done: searches.length - open.length, of: searches.length, passes: this.passes });
      if (open.length === 0) return true;
      // nobody's bisection before everybody's largest and middle size
      const stage = Math.min(...open.map((search) => search.stage));
      const now = open.filter((search) => search.stage === stage);
      // one of each template after the other, so that those that share a pass are unlike each other
      const wishes = now.flatMap((search) => search.next()).sort((a, b) => a.number - b.number);
      const found: Finding[] = [];
      let whole = true;
      for (const [i, input] of inputs.entries()) {
        const theirs = wishes.filter(({ number }) => number % inputs.length === i);
        whole &&= await this.place(theirs, input, own[i], found);
      }
      for (const search of now)
        search.take(
          found.filter(({ template }) => template === search.template),
          whole,
        );
      if (!whole) return false;
    }
  }

  /** Passes until every wish has been woven in, or cannot be. @returns false where time ran out */
  private async place(
    wishes: readonly Wish[],
    input: PassInput<R>,
    own: readonly Incident[],
    found: Finding[],
  ): Promise<boolean> {
    for (let left = [...wishes]; left.length > 0; ) {
      if (this.options.signal?.aborted) throw new Interrupted();
      if (this.late) return false;
      const { placements, rest } = placedTogether(left, input.parties, input.block, this.seed);
      // alone in a pass and without parties: there are none
      if (placements.length === 0) return true;
      found.push(...findings(placements, await incidentsWith(input, placements), own));
      this.passes++;
      left = rest;
    }
    return true;
  }
}

function longest(blocks: readonly Block[]): Block {
  return blocks.reduce((best, block) => (block.lastUs - block.firstUs > best.lastUs - best.firstUs ? block : best));
}
