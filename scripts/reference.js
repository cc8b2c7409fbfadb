// `npm run docs`: writes docs/reference.md, docs/library.md and the table of imports in ARCHITECTURE.md from the code's own tables (as built).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '../dist/base/errors.js';
import { PATTERNS } from '../dist/detect/rules/patterns.js';
import { GENERATOR_ID, signatureId } from '../dist/detect/rules/signatures.js';
import { ConnectionFeatures } from '../dist/features/connection/index.js';
import { COUNTS } from '../dist/features/counts.js';
import { PacketFeatures } from '../dist/features/packet/index.js';
import { REPORT_KINDS } from '../dist/output/report-kinds.js';
import { SCORE_COLUMNS } from '../dist/output/scores.js';
import { COLUMNS, TABLE_VERSION } from '../dist/table/columns.js';
import { graphTable } from './import-graph.js';
import { library } from './library.js';
import { optionsTable } from './options-table.js';
import { replaceSection } from './sections.js';
import { WRITTEN_FILES } from './written-files.js';

const code = (text) => `\`${text}\``;

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const features = (extractor) =>
  table(
    ['feature', 'unit', 'group', 'meaning'],
    extractor.schema.columns.map((c) => [code(c.name), c.unit, c.group, c.doc]),
  );

/** The whole page. */
export function reference() {
  return `# Reference

Written by \`npm run docs\` from the tables in the code; edit those, not this page.

[Options](#options) · [Exit codes](#exit-codes) · [Files](#files) · [Packet table](#packet-table) · [Scores](#scores) ·
[Kinds of incident](#kinds-of-incident) · [Counts](#counts) · [Features of a packet](#features-of-a-packet) ·
[Features of a connection](#features-of-a-connection)

## Options

${optionsTable()}

\`--version\` and \`--help\` are there as usual.

## Exit codes

${table(
  ['code', 'meaning'],
  exitCodes().map(({ exit, doc }) => [exit, doc]),
)}

## Files

All files are created with mode 0600.

${table(
  ['file', 'written by', 'content'],
  WRITTEN_FILES.map(({ name, command, doc }) => [code(name), command, doc]),
)}

\`detect --out\` tells the kind of a report by the extension:

${table(
  ['extension', 'content'],
  Object.entries(REPORT_KINDS).map(([extension, { doc }]) => [code(extension), doc]),
)}

## Packet table

Version ${TABLE_VERSION}. One row a packet, the header line first. An empty cell means that the packet does not have it. UTF-8, LF, quoting as
in RFC 4180. Names have tshark's meaning; where tshark has two fields (IPv4 and IPv6) there is one column. Names from the
wire are escaped (\`\\DDD\`), so that neither a terminal nor a spreadsheet can be attacked through them.

${table(
  ['column', 'unit', 'content'],
  COLUMNS.map(({ name, unit, doc }) => [code(name), unit, doc]),
)}

## Scores

\`detect --scores FILE\`: CSV, one row a record, in the order of the input.

${table(
  ['column', 'unit', 'content'],
  SCORE_COLUMNS.map(({ name, unit, doc }) => [code(name), unit, doc]),
)}

## Kinds of incident

The severity is the one that a kind begins with; [detection](detection.md) says when it rises. The number is \`alert.signature_id\` of
[EVE lines](outputs.md#lines-for-programs), with gid ${GENERATOR_ID}. The technique is one of MITRE ATT&CK.

${table(
  ['kind', 'number', 'severity', 'technique'],
  Object.entries(PATTERNS).map(([name, { severity, technique }]) => [
    name,
    String(signatureId(name)),
    severity,
    technique && `${technique.id} ${technique.name}`,
  ]),
)}

## Counts

What rules compare with the most that training had, in 60 s where nothing else is said. The names can stand as \`reason\` in an allow-list.

${table(
  ['count', 'unit', 'what is counted'],
  COUNTS.map(({ name, unit, doc }) => [code(name), unit, doc]),
)}

## Features of a packet

What the net sees. "ln x" is ln(1 + value in x); the group \`novelty\` is what \`--no-novelty\` leaves out.

${features(new PacketFeatures({ novelty: true }))}

## Features of a connection

${features(new ConnectionFeatures({ novelty: true }))}
`;
}

if (process.argv[1]?.endsWith('reference.js')) {
  const root = join(import.meta.dirname, '..');
  writeFileSync(join(root, 'docs/reference.md'), reference());
  writeFileSync(join(root, 'docs/library.md'), library());
  const page = join(root, 'ARCHITECTURE.md');
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'imports', graphTable()));
}
