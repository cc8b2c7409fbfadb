/** What could not be told any more: how much, and of which incidents. */

const NAMED = 20;

export class Dropped {
  count = 0;
  private readonly named = new Set<number>();
  private more = false;

  /** @param incident its number */
  add(incident: number): void {
    this.count++;
    if (this.named.size < NAMED) this.named.add(incident);
    else if (!this.named.has(incident)) this.more = true;
  }

  /** "3 dropped (incident 1, 2)" */
  get text(): string {
    return `${this.count} dropped (incident ${[...this.named].join(', ')}${this.more ? ' and more' : ''})`;
  }
}
