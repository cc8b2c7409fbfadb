/** Chunks of a byte stream, one after the other, of which the end of the last one can be put back for another reader. */

export class Rest {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private kept: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** A chunk, valid until the next is asked for; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.kept.length > 0) {
      const { kept } = this;
      this.kept = kept.subarray(kept.length);
      return kept;
    }
    if (this.ended) return undefined;
    const { done, value } = await this.iterator.next();
    if (!done) return value;
    this.ended = true;
    return undefined;
  }

  /** The next `next` gives these bytes, the end of the chunk that it gave last. */
  putBack(bytes: Uint8Array): void {
    this.kept = bytes;
  }

  /**
   * The first `count` bytes of what comes, and maybe more; they stay there.
   * @param isEnough whether fewer say all that is to be known: more may not come for long
   */
  async peek(count: number, isEnough: (head: Uint8Array) => boolean = () => false): Promise<Uint8Array> {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < count && !isEnough(head)) {
      const chunk = await this.next();
      if (!chunk) break;
      // the next chunk may come into the same memory
      head = head.length === 0 && chunk.length >= count ? chunk : Buffer.concat([head, chunk]);
    }
    this.putBack(head);
    return head;
  }

  /** All that comes, as chunks. */
  async *all(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await this.next();
      if (!chunk) return;
      if (chunk.length > 0) yield chunk;
    }
  }

  async close(): Promise<void> {
    this.ended = true;
    await this.iterator.return?.();
  }
}
