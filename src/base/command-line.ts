/** What the list of processes shows of this one: everybody on the machine can read it. */

/** An address in a word of the command line, alone or behind `--notify=` or a receiver's name: all behind its scheme may be secret. */
const ADDRESS = /^((?:--?[\w-]+=)?(?:\w+=)?https?:\/\/).+$/is;

/** The words without what addresses in them hold. */
export function concealed(words: readonly string[]): string[] {
  return words.map((word) => word.replace(ADDRESS, '$1…'));
}

/** Takes addresses out of this process's own command line; a moment at the start remains in which they were to be seen. */
export function concealAddresses(): void {
  const { argv, execArgv } = process;
  const [node = '', ...words] = argv;
  const safe = concealed(words);
  // the title takes the place of the command line, with blanks between the words
  if (safe.some((word, i) => word !== words[i])) process.title = [node, ...execArgv, ...safe].join(' ');
}
