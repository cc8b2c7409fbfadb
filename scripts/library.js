// The page of the library, docs/library.md: every export of src/index.ts with its declaration and comments, from the build's
// declaration files. `npm run docs` writes it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = `${root}dist/index.d.ts`;

const INTRODUCTION = `# Library

Written by \`npm run docs\` from the code; edit the comments there, not this page.

\`\`\`js
import { learn, loadModel, openSource, saveModel, watch } from 'anomaly';

const bundle = await learn(await openSource('normal.pcap'), { epochs: 20 });
await saveModel('models/mine', bundle);

for await (const event of watch(await openSource('today.pcap'), await loadModel('models/mine'))) {
  if (event.type === 'opened') console.log(event.incident.title);
}
\`\`\`

A \`Source\` is where records come from: files, an interface, a growing log. \`learn\` reads one several times and gives a model
(\`Bundle\`); \`watch\` reads one once and gives events, the summary last. What goes wrong because of the input, the options or the
machine is an \`AnomalyError\`, one line that says what to do. Larger programs are in [examples/](../examples/), each run by a test.
`;

/** The groups of src/index.ts: a comment of its own line, then exports. */
function groups() {
  const lines = readFileSync(`${root}src/index.ts`, 'utf8').split('\n');
  const found = [];
  for (const line of lines) {
    const heading = /^\/\/ (.*)\.$/.exec(line)?.[1];
    if (heading) found.push({ heading, names: [] });
    const list = /^export (?:type )?\{(.*)\}/.exec(line)?.[1];
    for (const item of list?.split(',') ?? []) {
      const name = item
        .trim()
        .replace(/^type /, '')
        .split(' as ')
        .at(-1);
      found.at(-1)?.names.push(name);
    }
  }
  return found;
}

/** A comment without its frame. */
function prose(node) {
  const [comment] = (node.jsDoc ?? []).slice(-1);
  return comment
    ? comment
        .getText()
        .replace(/^\/\*\*\s?|\s*\*\/$/g, '')
        .replace(/^\s*\* ?/gm, '')
        .replace(/^@(\w+) /gm, '- *$1*: ')
        .replace(/^(?=- \*)/m, '\n')
        .trim()
    : '';
}

/** What a caller needs of a declaration: no private members, no body. */
function signature(node, name) {
  return node
    .getText()
    .replace(/^export (default )?(declare )?/, '')
    .replace(/^declare /, '')
    .replace(/\n\s*(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?(private |#private)[^\n]*/g, '')
    .replace(/^(function|class|interface|type) [A-Za-z]+/, `$1 ${name}`);
}

export function library() {
  const program = ts.createProgram([ENTRY], { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: ['node'] });
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(ENTRY);
  const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(entry)).map((s) => [s.name, s]));
  const sections = groups().map(({ heading, names }) => {
    const entries = names.map((name) => {
      const symbol = exported.get(name);
      if (!symbol) throw new Error(`src/index.ts: ${name} is not in the build; build again`);
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const nodes = target.declarations.map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
      const text = nodes.map(prose).filter(Boolean).join('\n\n');
      const code = nodes.map((node) => signature(node, name)).join('\n');
      return `### ${name}\n\n${text === '' ? '' : `${text}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`;
    });
    return `## ${heading}\n\n${entries.join('\n')}`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}
