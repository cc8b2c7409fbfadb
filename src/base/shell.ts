/** Words of a POSIX shell: what a report prints is pasted. */

import { printable } from './text.js';

const PLAIN = /^[\w%+,./:@-][\w%+,./:=@-]*$/;
/** Blanks that a browser or a terminal copies as another one. */
const ODD_BLANK = /[^\P{Z} ]/u;

/** `text` as one word that is safe to show: what could not be shown or copied is written as its bytes. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (printable(text) === text && !ODD_BLANK.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  // a line end at the end is lost when a shell takes in what a command says, so a pattern stands for it
  const [, name = '', ends = ''] = /^(.*?)(\n*)$/s.exec(text) ?? [];
  return `"$(printf '${name.replaceAll(/[^\w+,./:=@ -]/gu, forPrintf)}')"${'[[:cntrl:]]'.repeat(ends.length)}`;
}

/** A character as printf takes it: its bytes in octal. */
function forPrintf(text: string): string {
  if (text === '%') return '%%';
  return [...new TextEncoder().encode(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** The name of a file as one word, which no program takes for an option. */
export function fileWord(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}
