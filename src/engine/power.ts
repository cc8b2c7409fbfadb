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
import { type Power, TOO_LONG } from '../model/power-schema.js';
import { TEMPLATES } from '../power/table.js';
import type { Template } from '../power/template.js';
import { ownBaseRates } from './base-rates.js';
import { type Block, foldWithout, surveyOf } from './power/folds.js';
import { findings, fits, incidentsWith, type PassInput, placedTogether, type Wish } from './power/pass.js';
import { Search } from './power/search.js';
import { blockOf, heldSource, unseenOf } from './power/unseen.js';
import type { Source } from './record-kind.js';
import { Interrupted } from './training-rows.js';

export interface PowerOptions {
  /**
   * `quick`, the default: one block, and what can be done in `budgetMs`: of all templates one size in the middle, then of
   * one after the other the least that is raised, by three placements; `full`: all blocks, ten placements of each size that is
   * tried, and a detector that learned all it knows without the block
   */
  readonly effort?: 'quick' | 'full' | undefined;
  /** of `quick`, with all that is done before; default: a third of the time that training took, 10 s at least */
  readonly budgetMs?: number | undefined;
  /** names of the table; default: all */
  readonly templates?: readonly string[] | undefined;
  /** same seed, model, data, placements and sizes that there is time for: same result; default: the model's */
  readonly seed?: number | undefined;
  readonly engine?: EngineChoice | undefined;
  /** as the model was trained with, where not by default; the last two for `full`, which learns anew */
  readonly local?: readonly string[] | undefined;
  readonly alertsPerDay?: number | undefined;
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

/** so that "nine of ten" can be said; and as few as say anything */
const PLACEMENTS = { full: 10, quick: 3 } as const;
/** of training's time */
const SHARE = 1 / 3;
const LEAST_BUDGET_MS = 10_000;
/** of `quick`, for the block with nothing woven in: one that takes longer is cut, for little could be tried in what is left */
const OWN_SHARE = 1 / 16;
/** packets of one placement at most: as many as a gigabyte takes would be most of the traffic of many networks */
const MOST_PACKETS = 200_000;

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

/** ms for `quick` beside a training of so many */
export function budgetFor(trainedMs: number): number {
  return Math.max(LEAST_BUDGET_MS, SHARE * trainedMs);
}

interface Input<R> extends PassInput<R> {
  /** what is raised with nothing woven in */
  readonly own: readonly Incident[];
}

class Measuring<R> {
  private readonly started = performance.now();
  private readonly effort: 'quick' | 'full';
  private readonly budgetMs: number;
  private readonly seed: number;
  private passes = 0;
  private passMs = 0;

  constructor(
    private readonly bundle: Bundle,
    private readonly source: Source<R>,
    private readonly options: PowerOptions,
  ) {
    const { secondsSurvey, secondsFit, secondsCalibration, seed } = bundle.facts;
    const trainedMs = 1000 * (secondsSurvey + secondsFit + secondsCalibration);
    this.effort = options.effort ?? 'quick';
    this.budgetMs = options.budgetMs ?? budgetFor(trainedMs);
    this.seed = options.seed ?? seed;
  }

  async run(): Promise<Power> {
    const templates = this.templates();
    const inputs = this.effort === 'full' ? await this.wholeBlocks() : [await this.oneBlock()];
    const blocks = inputs.map(({ block }) => block);
    const placements = PLACEMENTS[this.effort];
    const searches = templates.map(
      (template) =>
        new Search(template, (size) => this.whyNot(template, size, blocks), placements, this.effort === 'quick'),
    );
    const whole = await this.search(searches, inputs);
    return {
      version: 1,
      effort: this.effort,
      seed: this.seed,
      placements,
      nets: this.bundle.folds ? 'folds' : 'final',
      seconds: Math.round((performance.now() - this.started) / 100) / 10,
      cut: !whole,
      blocks: inputs.map(({ block: { number, firstUs, lastUs, from, to }, own }) => {
        const alarms = own.filter(({ severity }) => severity !== 'notice');
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

  /** Of `full`: each block, read from the source for each pass, and a detector that learned anew from the others. */
  private async wholeBlocks(): Promise<Input<R>[]> {
    const { source, bundle, options } = this;
    const { signal, local, alertsPerDay = TRAINING.alertsPerDay, baseRates = ownBaseRates() } = options;
    const { parties, blocks } = await surveyOf(source, signal);
    const inputs: Input<R>[] = [];
    for (const block of blocks) {
      const fold = await foldWithout(source, bundle, block, { baseRates, alertsPerDay, local, signal });
      const pass = { source, fold, block, parties, engine: this.engine, signal };
      inputs.push({ ...pass, own: await incidentsWith(pass, [], []) });
    }
    return inputs;
  }

  /** Of `quick`: the longest block, or so much of its beginning as memory and time are for. */
  private async oneBlock(): Promise<Input<R>> {
    const { source, bundle, options, engine } = this;
    const { signal, local } = options;
    const { parties, block, held, fold } = await unseenOf(source, bundle, { local, signal });
    const pass = { source: heldSource(source, held), fold, block, parties, engine, signal };
    const from = performance.now();
    let seen = 0;
    const own = await incidentsWith(pass, [], [], (records) => {
      seen = records;
      return performance.now() - from > OWN_SHARE * this.budgetMs;
    });
    this.passMs = performance.now() - from;
    if (signal?.aborted) throw new Interrupted();
    held.cut(seen);
    return { ...pass, block: blockOf(held, block.number), own };
  }

  private get engine(): EngineChoice {
    return this.options.engine ?? 'auto';
  }

  private whyNot(template: Template, size: number, blocks: readonly Block[]): string | undefined {
    if (!blocks.every((block) => fits(template, size, block))) return TOO_LONG;
    const packets = template.packets(size);
    if (packets > MOST_PACKETS) return 'it is more packets than are woven in';
    // one that is missed goes on to its end in each pass; of a log its packets are a few rows, whatever they carry
    const most = Math.max(...blocks.map(({ from, to }) => to - from));
    const isShort = this.effort === 'quick' && this.source.kind.kind === 'packet';
    if (isShort && packets > most) return 'it is more packets than this budget has time for';
    return undefined;
  }

  /** What is left of the budget is not enough for a pass. */
  private get late(): boolean {
    return this.effort === 'quick' && performance.now() - this.started + this.passMs > this.budgetMs;
  }

  /** @returns false where time ran out */
  private async search(searches: readonly Search[], inputs: readonly Input<R>[]): Promise<boolean> {
    for (;;) {
      const open = searches.filter((search) => search.next().length > 0);
      this.options.onProgress?.({ done: searches.length - open.length, of: searches.length, passes: this.passes });
      if (open.length === 0) return true;
      if (this.options.signal?.aborted) throw new Interrupted();
      if (this.late) return false;
      // something of everybody first; then the first ones have an answer soon
      const order = [...open.filter(({ begun }) => !begun), ...open.filter(({ begun }) => begun)];
      const wishes = order.flatMap((search) => search.next());
      await this.pass(searches, wishes, inputs);
    }
  }

  /** One pass over the block that the first of the wishes is for, with what finds room in it. */
  private async pass(searches: readonly Search[], wishes: readonly Wish[], inputs: readonly Input<R>[]): Promise<void> {
    const from = performance.now();
    const turn = wishes[0].number % inputs.length;
    const input = inputs[turn];
    const here = wishes.filter(({ number }) => number % inputs.length === turn);
    const { placements, impossible } = placedTogether(here, input.parties, input.block, this.seed);
    const incidents = placements.length > 0 ? await incidentsWith(input, placements, input.own) : [];
    const found = findings(placements, incidents, input.own);
    for (const search of searches) {
      const isTheirs = (wish: Wish): boolean => wish.template === search.template;
      const theirs = found.filter(isTheirs);
      const exhausted = impossible.some(isTheirs);
      if (theirs.length > 0 || exhausted) search.take(theirs, exhausted);
    }
    this.passes++;
    // as long as the last ones, about
    this.passMs = (this.passMs + performance.now() - from) / 2;
  }
}
