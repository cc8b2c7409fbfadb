/** Why something signed is not taken: a word for the program, a line for a person. */

export type Why =
  /** too large, or its manifest is */
  | 'limit'
  /** cut, with bytes added, or not in this form */
  | 'form'
  /** by no pinned key */
  | 'signature'
  /** a file is not the one that was signed */
  | 'digest'
  /** a policy in the place of a bundle, or a bundle in that of a policy */
  | 'what'
  | 'channel'
  | 'kind'
  | 'schema'
  /** a newer program is needed */
  | 'version'
  /** made later than now: a clock is wrong */
  | 'early'
  | 'expired'
  /** not above the highest ever taken */
  | 'serial';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** @param message one line for a person; text of others in it already passed `printable` */
  constructor(
    readonly why: Why,
    message: string,
  ) {
    super(message);
  }
}
