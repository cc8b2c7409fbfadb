/** JSON with the place of every value, so that a wrong one can be named by line and column. RFC 8259, nothing more. */

export interface JsonNode {
  /** offset of the value's first character */
  readonly at: number;
  readonly value: string | number | boolean | null | readonly JsonNode[] | JsonObject;
}

export interface JsonMember {
  readonly key: string;
  /** offset of the key */
  readonly at: number;
  readonly node: JsonNode;
}

export class JsonObject {
  constructor(readonly members: readonly JsonMember[]) {}
}

/** What is wrong, and where. */
export class JsonError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** `line 3, column 7` of an offset, counted from 1. */
export function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

const MAX_DEPTH = 32;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold none
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;

class Reader {
  at = 0;

  constructor(private readonly text: string) {}

  /** Next character after white space, '' at the end. */
  peek(): string {
    this.match(SPACE);
    return this.text[this.at] ?? '';
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  fail(expected: string): never {
    const found = this.peek();
    throw new JsonError(`${expected} expected, not ${found === '' ? 'the end of the file' : found}`, this.at);
  }

  take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at++;
    return true;
  }

  string(what: string): string {
    this.peek();
    const found = this.match(STRING);
    return found === undefined ? this.fail(what) : (JSON.parse(found) as string);
  }

  value(depth = 0): JsonNode {
    const first = this.peek();
    const at = this.at;
    if (depth > MAX_DEPTH) throw new JsonError('nested too deeply', at);
    if (first === '"') return { at, value: this.string('a string in quotes') };
    if (this.take('[')) return { at, value: this.items(']', () => this.value(depth + 1)) };
    if (this.take('{')) return { at, value: new JsonObject(this.items('}', () => this.member(depth))) };
    const found = this.match(SCALAR);
    return found === undefined ? this.fail('a value') : { at, value: JSON.parse(found) as number };
  }

  private items<T>(end: string, item: () => T): T[] {
    const list: T[] = [];
    if (this.take(end)) return list;
    do list.push(item());
    while (this.take(','));
    return this.take(end) ? list : this.fail(`, or ${end}`);
  }

  private member(depth: number): JsonMember {
    this.peek();
    const at = this.at;
    const key = this.string('a name in quotes');
    if (!this.take(':')) this.fail(':');
    return { key, at, node: this.value(depth + 1) };
  }
}

/** @throws JsonError */
export function readJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value();
  return reader.peek() === '' ? node : reader.fail('the end of the file');
}
