/** What is expected and not told: this host's own allow-list, and the fleet's behind it. */
import type { AllowEntry } from '../../detect/allow-entry.js';
import { AllowList } from '../../detect/incidents/allow.js';
import { trustedAllowEntries } from '../trusted.js';

type Note = (line: string) => void;

export class Allowed {
  private fleet: readonly AllowEntry[] = [];

  private constructor(
    private own: readonly AllowEntry[],
    private readonly path: string | undefined,
    private readonly isOpen: boolean,
  ) {}

  /**
   * @param path of the own list; undefined: there is none
   * @param isOpen whether a fleet may add to it
   * @throws AnomalyError as `trustedAllowEntries`
   */
  static async read(path: string | undefined, isOpen: boolean, note: Note): Promise<Allowed> {
    return new Allowed(path === undefined ? [] : await trustedAllowEntries(path, note), path, isOpen);
  }

  /** The own list anew; where it is damaged the one before stays. @returns how many entries it has; undefined: there is none */
  async reread(note: Note): Promise<number | undefined> {
    if (this.path === undefined) return undefined;
    this.own = await trustedAllowEntries(this.path, note);
    return this.own.length;
  }

  /** The fleet's from now on. */
  take(entries: readonly AllowEntry[]): void {
    this.fleet = entries;
  }

  /** Both together: where both cover an incident, its report names the own entry. Undefined: there can be none. */
  get list(): AllowList | undefined {
    return this.path === undefined && !this.isOpen ? undefined : new AllowList([...this.own, ...this.fleet]);
  }
}
