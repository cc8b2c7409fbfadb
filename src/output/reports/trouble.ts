/** An output that fails while the run goes on: said once, tried again, and said when it is over. */

export class Trouble {
  private failing = false;

  /** @param note says one line @param words what goes on meanwhile, and what is done again once it is over */
  constructor(
    private readonly name: string,
    private readonly note: (line: string) => void,
    private readonly words = { meanwhile: 'detection goes on', again: 'written again' },
  ) {}

  get now(): boolean {
    return this.failing;
  }

  failed(error: unknown): void {
    if (this.failing) return;
    this.failing = true;
    const what = error instanceof Error ? error.message : String(error);
    this.note(`${what}; ${this.words.meanwhile}, and this is tried again`);
  }

  /** @param lost what could not be kept until now; empty: nothing */
  over(lost = ''): void {
    if (!this.failing) return;
    this.failing = false;
    this.note(`${this.name}: ${this.words.again}; ${lost === '' ? 'nothing was lost' : `lost: ${lost}`}`);
  }
}

/** Does it, or tells that it failed. */
export function attempt(trouble: Trouble, work: () => void): void {
  try {
    work();
  } catch (error) {
    trouble.failed(error);
  }
}
