/** Lines for the console of a run, some of which come before there is one. */

export class Notes {
  private waiting: string[] = [];
  private say: ((line: string) => void) | undefined;

  readonly note = (line: string): void => {
    if (this.say) this.say(line);
    else this.waiting.push(line);
  };

  /** From now on they are said. */
  to(say: (line: string) => void): void {
    this.say = say;
    for (const line of this.waiting) say(line);
    this.waiting = [];
  }
}
