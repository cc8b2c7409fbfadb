/** Plain text laid out in columns: display width, wrapping with a hanging indent, tables. */

/** Columns a report line may take. */
export const WIDTH = 100;

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const MARK = /\p{M}/u;

/** What nearly every text is: one column a character. */
const NARROW = /^[\u0020-\u02ff]*$/;

function charWidth(char: string): number {
  if (char <= '\u02ff') return 1;
  if (MARK.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Terminal columns that `text` takes (East Asian wide characters two, combining marks none). */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** `text` cut to `width` columns, the last one an ellipsis where something was cut. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let result = '';
  let used = 0;
  for (const char of text) {
    const next = charWidth(char);
    if (used + next > width - 1) break;
    result += char;
    used += next;
  }
  return `${result}…`;
}

/** Pieces of a word, none wider than `width` columns. */
function hardBreak(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const char of word) {
    const next = charWidth(char);
    if (used + next > width) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += char;
    used += next;
  }
  pieces.push(piece);
  return pieces;
}

/** Spaces but those between a number and its unit: "6.51 kB" is one word. */
const BREAK = /(?<!\d) | (?!(?:[kMGT]?B|ms|s|min|h|d|%)(?![\w-]))/;

/** Lines of at most `width` columns, broken at spaces, all but the first set in by `hang`; a longer word is broken where it must be. */
export function wrap(text: string, width: number, hang = 0): string[] {
  const lines: string[] = [];
  const space = ' '.repeat(hang);
  // what the text itself is set in by
  let line = /^ */.exec(text)?.[0] ?? '';
  let used = line.length;
  let words = 0;
  for (const word of text.trimStart().split(BREAK)) {
    for (const piece of hardBreak(word, width - hang)) {
      const wide = displayWidth(piece);
      if (words > 0 && used + 1 + wide > width) {
        lines.push(line);
        line = space;
        used = hang;
        words = 0;
      }
      if (words > 0) {
        line += ' ';
        used++;
      }
      line += piece;
      used += wide;
      words++;
    }
  }
  lines.push(line);
  return lines;
}

/** `  label    text`, the text wrapped and hanging under itself. */
export function labelled(label: string, text: string, labelWidth: number, indent = 2): string[] {
  const hang = ' '.repeat(indent + labelWidth);
  return wrap(text, WIDTH - indent - labelWidth).map((line, i) =>
    i === 0 ? `${' '.repeat(indent)}${label.padEnd(labelWidth)}${line}` : hang + line,
  );
}

/** Rows under a header, columns as wide as their widest cell; cells of numbers are aligned right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], indent = 2): string[] {
  const widths = header.map((cell, k) =>
    Math.max(displayWidth(cell), ...rows.map((row) => displayWidth(row[k] ?? ''))),
  );
  const right = header.map((_, k) => rows.length > 0 && rows.every((row) => /^[\d.,%\- ]*$/.test(row[k] ?? '')));
  const line = (cells: readonly string[]): string =>
    ' '.repeat(indent) +
    cells
      .map((cell, k) => {
        const space = ' '.repeat(widths[k] - displayWidth(cell));
        return right[k] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)];
}
