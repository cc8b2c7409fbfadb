/** A stretch of time in which the input was of another kind than the one that was learned. Plain data. */
export interface InputChange {
  /** of the tables of forms */
  readonly name: string;
  /** what differs is that the form is not there */
  readonly lacking: boolean;
  /** µs since the epoch; the end is 0 while it goes on */
  readonly fromUs: number;
  toUs: number;
  /** shares with the form: in training, and now at its most */
  readonly learned: number;
  came: number;
  /** that were not judged */
  records: number;
}
