/** TCP flags that no TCP sends, and their names. */

const NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];
/** the flags of RFC 793; those of congestion (RFC 3168) go with any */
const FLAGS = 0x3f;
const MOST_NAMED = 3;

/** Every segment but a SYN or a reset carries ACK, and what begins a connection does not end it (RFC 9293, 3.1, 3.10.7.4). */
function areOdd(flags: number): boolean {
  if ((flags & (SYN | RST | ACK)) === 0) return true;
  return (flags & SYN) !== 0 && (flags & (FIN | RST)) !== 0;
}

/** 32 combinations: as many as an integer has bits */
const ODD = Array.from({ length: FLAGS + 1 }, (_, flags) => flags).filter(areOdd);
const MARKS = Int32Array.from({ length: FLAGS + 1 }, (_, flags) => (areOdd(flags) ? 1 << ODD.indexOf(flags) : 0));

/** The bit of odd flags; 0 of others, and where there are none (-1). */
export function oddMark(flags: number): number {
  return flags < 0 ? 0 : MARKS[flags & FLAGS];
}

/** those last named: a flood has the same ones again and again */
let named = { marks: 0, words: '' };

/** "FIN PSH URG without ACK, none, SYN FIN": the odd flags whose bits are set, the first few. */
export function oddFlags(marks: number): string {
  if (marks === named.marks) return named.words;
  const words = ODD.filter((_, i) => (marks & (1 << i)) !== 0).map(wordsOf);
  const rest = words.length - MOST_NAMED;
  named = { marks, words: words.slice(0, MOST_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '') };
  return named.words;
}

function wordsOf(flags: number): string {
  if (flags === 0) return 'none';
  const names = NAMES.filter((_, i) => (flags & (1 << i)) !== 0).join(' ');
  return (flags & (SYN | RST | ACK)) === 0 ? `${names} without ACK` : names;
}
