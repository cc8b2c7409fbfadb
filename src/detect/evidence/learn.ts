/**
 * Learns what evidence is worth here, from training's records: who was there (first reading), the windows of everybody under
 * the services that training had, and again as each block of time looks to a detector that learned from the others (second
 * reading). What such detectors would have raised is the calibration.
 */
import { ALERTS_PER_DAY } from '../../base/defaults.js';
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import { atOnce, type Steps } from '../../base/turns.js';
import type { RecordKind } from '../../features/extractor.js';
import type { EvidenceFacts } from '../../model/trained.js';
import type { FeatureBatch } from '../feature-batch.js';
import { Addresses } from './addresses.js';
import { type BaseRates, type NetworkRates, ofTestsAlone, pooledGroups, without } from './base-rates.js';
import { shareOf } from './budget.js';
import { type Cell, Cells, changed } from './cells.js';
import { type FitInput, fitNormal, ownIndices } from './fit.js';
import { findingsOf, type TrainingFinding } from './found.js';
import { FOREIGN_LETTERS } from './groups.js';
import { newcomerTrials, outliersAmong } from './hygiene.js';
import { LeftOut } from './left-out.js';
import { Classifier, type ClassifierState } from './misuse/classifier.js';
import { type Example, fitClassifier, halfOf } from './misuse/fit-classifier.js';
import { Normal } from './normal.js';
import { Relations } from './relations.js';
import { RolesBuilder } from './roles.js';
import { EVIDENCE_VERSION, type EvidenceState } from './state.js';
import { INITIATOR_FAMILY, scalesOf } from './statistics.js';
import { calibrate, Strata, withoutScale } from './strata.js';
import { strengthsOf, type Trial, Trials } from './trials.js';
import { weighed } from './weigh.js';
import type { WindowHooks } from './window-hooks.js';
import { Windows } from './windows.js';

/** windows judged between two turns of others: a few ms */
const CELLS_OF_A_STEP = 512;

export interface Learned {
  readonly state: EvidenceState;
  readonly facts: EvidenceFacts;
  /** what may be an attack, the rarest first: what was raised, and what nobody else did though it spans blocks */
  readonly findings: readonly TrainingFinding[];
  /** its records */
  readonly leftOut: LeftOut;
}

const NOTHING = (): void => undefined;

export class EvidenceBuilder {
  private readonly relations = new Relations();
  private readonly roles = new RolesBuilder();
  private readonly addresses = new Addresses();
  private readonly named = new Cells();
  private readonly outOfFold = new Cells();
  private windows: readonly Windows[] = [];
  private scales = 1;
  private block = -1;
  private trainingS = 0;
  private recordedUs = 0;

  constructor(private readonly kind: RecordKind) {}

  /** First reading: takes in who deals with whom. */
  relate(batch: FeatureBatch, k: number, block: number): void {
    this.relations.observe(batch, k, block);
    this.roles.observe(batch, k);
    this.addresses.learn(batch.initiator, k);
    this.addresses.learn(batch.responder, k);
  }

  /** Between the readings. @param trainingUs length without pauses, @param recordedUs when it began */
  freeze(trainingUs: number, recordedUs: number): void {
    this.recordedUs = recordedUs;
    this.relations.freeze();
    this.trainingS = Math.max(1, trainingUs / 1e6);
    this.scales = scalesOf(trainingUs);
    const roles = this.roles.state();
    const hooks = (cells: Cells): WindowHooks => ({
      due: NOTHING,
      full: (entity, scale, stats, startUs) => cells.add(entity, scale, this.block, stats, startUs),
    });
    this.windows = [this.named, this.outOfFold].map(
      (cells) => new Windows(this.kind, this.relations, roles, this.scales, hooks(cells)),
    );
  }

  /** Second reading. Each block begins with nobody there, as the features do. */
  observe(batch: FeatureBatch, k: number, block: number): void {
    if (block !== this.block) {
      for (const windows of this.windows) windows.finish();
      this.block = block;
      this.windows[1].ledger.block = block;
    }
    for (const windows of this.windows) windows.observe(batch, k);
  }

  /**
   * @param baseRates of other networks
   * @param alertsPerDay asked for
   * @param rarer only what is so many times rarer than the budget asks for is found
   */
  *finish(baseRates: BaseRates, alertsPerDay = ALERTS_PER_DAY, rarer = 1): Steps<Learned> {
    const networks = without(baseRates, this.recordedUs);
    for (const windows of this.windows) windows.finish();
    const { relations, scales, trainingS } = this;
    const outOfFold = { cells: this.outOfFold.all(), subjects: this.outOfFold.subjects };
    const ownIndex = ownIndices(outOfFold);
    const { classifier, trials } = yield* this.judgedOutOfFold(outOfFold, ownIndex, networks);
    const others = classifier.length > 0 ? networks : ofTestsAlone(networks);
    const training = { relations, scales, trainingS, others, classifier: Classifier.of(classifier) };
    const { state } = fitNormal(this.namedInput(outOfFold), outOfFold, relations, -1, ownIndex, others);
    yield;
    const strata = calibrate(strengthsOf(trials), scales, trainingS, others);
    yield;
    const named = { cells: this.named.all(), subjects: this.named.subjects };
    const share = (perDay: number, size: number): number => shareOf(perDay, trainingS, size);
    const { size } = new Strata(strata);
    const raised = yield* outliersAmong(trials, training, () => share(ALERTS_PER_DAY, size), true);
    const newcomers = yield* newcomerTrials(named, ownIndex, training);
    const alone = yield* outliersAmong(newcomers, training, (all) => share(0, all) / rarer, false);
    const found = [...raised.filter(({ rate }) => rate * rarer < share(ALERTS_PER_DAY, size)), ...alone];
    const judging = {
      version: EVIDENCE_VERSION,
      alertsPerDay,
      relations: relations.state(),
      roles: this.roles.state(),
      scales,
      normal: state,
      classifier,
      strata,
      foreign: pooledGroups(others),
    } as const;
    return {
      state: { ...judging, weighs: weighed(judging) },
      facts: {
        trainingS,
        scales,
        strata: size,
        raised: raised.filter(({ told }) => told).length,
        thinned: this.named.thinned,
        beyond: relations.beyond,
        forgotten: this.windows[0].ledger.forgotten,
      },
      findings: findingsOf(found, ({ except }) => (except < 0 ? named : outOfFold), this.addresses),
      leftOut: new LeftOut(found, relations),
    };
  }

  /** What an initiator's news are depends on what was known: of initiators the windows out of fold are the right ones. */
  private namedInput(outOfFold: FitInput): FitInput {
    const shift = this.named.subjects.length;
    const cells: Cell[] = this.named
      .all()
      .filter(({ subject }) => this.named.subjects[subject].family !== INITIATOR_FAMILY);
    for (const cell of outOfFold.cells) {
      if (outOfFold.subjects[cell.subject].family === INITIATOR_FAMILY)
        cells.push(changed(cell, { subject: cell.subject + shift }));
    }
    return { cells, subjects: [...this.named.subjects, ...outOfFold.subjects] };
  }

  /** The classifier, and the strongest evidence of each entity and block, judged by what the other blocks taught. */
  private *judgedOutOfFold(
    input: FitInput,
    ownIndex: readonly (readonly number[])[],
    others: BaseRates,
  ): Steps<{ classifier: ClassifierState; trials: Trial[]; ofTests: () => Trial[] }> {
    const foreign = pooledGroups(others);
    const unaided: Normal[] = [];
    for (let block = 0; block < TIME_BLOCKS; block++) {
      const { state } = fitNormal(input, input, this.relations, block, ownIndex, others);
      unaided.push(new Normal(this.relations, this.scales, state, foreign, block));
      yield;
    }
    const byTests = ({ block }: Cell): Normal => unaided[block];
    const classifier = yield* fitClassifier(examplesOf(input, byTests));
    // each by the net that has not seen it
    const aided = classifier.map((net) => {
      const one = Classifier.of([net]);
      return one ? unaided.map((normal) => normal.aidedBy(one)) : unaided;
    });
    const judgeOf = (cell: Cell): Normal => aided[halfOf(cell)]?.[cell.block] ?? byTests(cell);
    const trials = yield* trialsOf(input, judgeOf);
    return { classifier, trials, ofTests: () => atOnce(trialsOf(input, byTests)) };
  }

  /** The base rates that this network gives to others. @param name what it is, and where it comes from */
  *rates(name: string, others: BaseRates): Steps<NetworkRates> {
    const outOfFold = {
      cells: this.outOfFold.all().filter(({ scale }) => scale === 0),
      subjects: this.outOfFold.subjects,
    };
    const ownIndex = ownIndices(outOfFold);
    const { state, spacings } = fitNormal(outOfFold, outOfFold, this.relations, -1, ownIndex, others);
    const groups = Object.entries(state.groups)
      .map(([group, value]): [string, NetworkRates['groups'][string]] => [
        group.slice(group.indexOf('/') + 1),
        { n: value.n, tails: Object.fromEntries(Object.entries(value.tails).map(([j, pairs]) => [j, [...pairs]])) },
      ])
      .filter(([group]) => FOREIGN_LETTERS.includes(group[0]));
    const { trials, ofTests } = yield* this.judgedOutOfFold(outOfFold, ownIndex, others);
    return {
      name,
      recordedUs: this.recordedUs,
      groups: Object.fromEntries(groups),
      spacings,
      strengths: shortest(trials),
      ofTests: shortest(ofTests()),
    };
  }
}

function* trialsOf(input: FitInput, judgeOf: (cell: Cell) => Normal): Steps<Trial[]> {
  const trials = new Trials();
  for (const [k, cell] of input.cells.entries()) {
    trials.judge(judgeOf(cell), input.subjects[cell.subject], cell);
    if (k % CELLS_OF_A_STEP === 0) yield;
  }
  return trials.all();
}

/** Strengths in the shortest windows, by stratum. */
function shortest(trials: readonly Trial[]): NetworkRates['strengths'] {
  const strengths = [...strengthsOf(trials)].filter(([stratum]) => stratum.startsWith('0/'));
  return Object.fromEntries(
    strengths.map(([stratum, values]) => [withoutScale(stratum), values.map((value) => Number(value.toFixed(2)))]),
  );
}

/** @param judgeOf gives what has not learned from the window */
function examplesOf({ cells, subjects }: FitInput, judgeOf: (cell: Cell) => Normal): Example[] {
  return cells.map((cell) => {
    const of = { ...subjects[cell.subject], novelty: cell.novelty };
    return { normal: judgeOf(cell), of, cell };
  });
}
