// A page may hold sections that a program writes, between two marks; what stands around them is written by hand.

const marks = (name) => [`<!-- ${name} -->`, `<!-- end of ${name} -->`];

/** `page` with `content` between the marks of section `name`; a page without them is a mistake, so that nothing is written in vain. */
export function replaceSection(page, name, content) {
  const [start, end] = marks(name);
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no section "${name}": the page needs the lines ${start} and ${end}`);
  return `${page.slice(0, from + start.length)}\n${content.trim()}\n${page.slice(to)}`;
}

/** What a program printed, as Markdown: tables as they are, everything else word for word in a block. */
export function asMarkdown(output) {
  const parts = [];
  for (const line of output.trim().split('\n')) {
    const isTable = line.startsWith('|');
    const last = parts.at(-1);
    if (last?.isTable === isTable) last.lines.push(line);
    else parts.push({ isTable, lines: [line] });
  }
  return parts
    .map(({ isTable, lines }) => ({ isTable, text: lines.join('\n').replace(/^\n+|\s+$/g, '') }))
    .filter(({ text }) => text !== '')
    .map(({ isTable, text }) => (isTable ? text : `\`\`\`text\n${text}\n\`\`\``))
    .join('\n\n');
}
