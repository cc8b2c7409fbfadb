/**
 * Text that came from the wire, a file name or another program, made safe to show.
 */

// C0, DEL, C1, soft hyphen, zero-width and bidi controls, line and paragraph separators, tags, and lone surrogates:
// all of what can move the cursor, hide text or reorder it.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g;

/** Replaces every character that a terminal could act upon by `\u{hex}`; the result is one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`);
}

/** A cell that no spreadsheet takes for a formula (OWASP, CSV injection): a leading = + - @ gets an apostrophe before it. */
export function spreadsheetSafe(text: string): string {
  const safe = printable(text);
  return /^[=+\-@]/.test(safe) ? `'${safe}` : safe;
}
