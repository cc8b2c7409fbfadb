/**
 * Learns what evidence is worth here, from training's records: who was there (first reading), the windows of everybody under
 * the services that training had, and again as each block of time looks to a detector that learned from the others (second
 * reading). What such detectors would have raised is the calibration.
 */
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import type { RecordKind } from '../../features/extractor.js';
import type { FeatureBatch } from '../feature-batch.js';
import { type BaseRates, type NetworkRates, pooledGroups } from './base-rates.js';
import { type Cell, Cells } from './cells.js';
import { type FitInput, fitNormal, ownIndices } from './fit.js';
import { FOREIGN_LETTERS, stratumOf } from './groups.js';
import type { WindowHooks } from './ledger.js';
import { Normal, strengthOf } from './normal.js';
import { Relations } from './relations.js';
import { OWN, RolesBuilder } from './roles.js';
import { EVIDENCE_VERSION, type EvidenceState } from './state.js';
import { INITIATOR_FAMILY, scalesOf } from './statistics.js';
import { calibrate } from './strata.js';
import { Windows } from './windows.js';

const NOTHING = (): void => undefined;

export class EvidenceBuilder {
  private readonly relations = new Relations();
  private readonly roles = new RolesBuilder();
  private readonly named = new Cells();
  private readonly outOfFold = new Cells();
  private windows: readonly Windows[] = [];
  private scales = 1;
  private block = -1;
  private trainingS = 0;

  constructor(private readonly kind: RecordKind) {}

  /** First reading: takes in who deals with whom. */
  relate(batch: FeatureBatch, k: number, block: number): void {
    this.relations.observe(batch, k, block);
    this.roles.observe(batch, k);
  }

  /** Between the readings. */
  freeze(trainingUs: number): void {
    this.relations.freeze();
    this.trainingS = Math.max(1, trainingUs / 1e6);
    this.scales = scalesOf(trainingUs);
    const roles = this.roles.state();
    const hooks = (cells: Cells): WindowHooks => ({
      due: NOTHING,
      full: (entity, scale, stats) => cells.add(entity, scale, this.block, stats),
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
   * @param others base rates of other networks
   * @param alertsPerDay asked for
   */
  finish(others: BaseRates, alertsPerDay: number): EvidenceState {
    for (const windows of this.windows) windows.finish();
    const outOfFold = { cells: this.outOfFold.all(), subjects: this.outOfFold.subjects };
    const ownIndex = ownIndices(outOfFold);
    const strengths = this.strengths(outOfFold, ownIndex, others);
    const { state } = fitNormal(this.namedInput(outOfFold), outOfFold, this.relations, -1, ownIndex, others);
    return {
      version: EVIDENCE_VERSION,
      alertsPerDay,
      relations: this.relations.state(),
      roles: this.roles.state(),
      scales: this.scales,
      normal: state,
      strata: calibrate(strengths, this.scales, this.trainingS, others),
      others,
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
        cells.push({ ...cell, subject: cell.subject + shift });
    }
    return { cells, subjects: [...this.named.subjects, ...outOfFold.subjects] };
  }

  /** By stratum the strongest evidence of each entity and block, judged by what the other blocks taught. */
  private strengths(
    input: FitInput,
    ownIndex: readonly (readonly number[])[],
    others: BaseRates,
  ): Map<string, number[]> {
    const strongest = new Map<string, number>();
    const foreign = pooledGroups(others);
    for (let block = 0; block < TIME_BLOCKS; block++) {
      const { state } = fitNormal(input, input, this.relations, block, ownIndex, others);
      const normal = new Normal(this.relations, this.scales, state, foreign, block);
      for (const cell of input.cells) {
        if (cell.block !== block) continue;
        const of = { ...input.subjects[cell.subject], novelty: cell.novelty };
        const strength = strengthOf(normal.parts(of.family, normal.chainsOf(of), cell.stats, cell.scale));
        const key = `${cell.scale}/${stratumOf(of, OWN)}|${cell.subject}.${block}`;
        if (strength > (strongest.get(key) ?? -1)) strongest.set(key, strength);
      }
    }
    const strengths = new Map<string, number[]>();
    for (const [key, strength] of strongest) {
      const stratum = key.slice(0, key.indexOf('|'));
      const of = strengths.get(stratum) ?? [];
      strengths.set(stratum, of);
      of.push(strength);
    }
    return strengths;
  }

  /** The base rates that this network gives to others. @param name what it is, and where it comes from */
  rates(name: string, others: BaseRates): NetworkRates {
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
    const strengths = [...this.strengths(outOfFold, ownIndex, others)]
      .filter(([stratum]) => stratum.startsWith('0/'))
      .map(([stratum, values]): [string, number[]] => [
        stratum.slice(2),
        values.map((value) => Number(value.toFixed(2))),
      ]);
    return { name, groups: Object.fromEntries(groups), spacings, strengths: Object.fromEntries(strengths) };
  }
}
