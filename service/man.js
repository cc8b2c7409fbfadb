// The man page, in the man macros that both groff and mandoc know.
import { WRITTEN_FILES } from '../scripts/written-files.js';

/** Text for roff: backslashes and leading dots mean nothing, hyphens stay hyphens that can be copied. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

const bold = (text) => `\\fB${roff(text)}\\fR`;
const italic = (text) => `\\fI${roff(text)}\\fR`;

function optionEntry(option) {
  const names = [option.short, option.long].filter(Boolean).map(bold).join(', ');
  const value = option.value === '' ? '' : ` ${italic(option.value)}${option.variadic ? ' ...' : ''}`;
  const choices = option.choices.length > 0 ? ` One of ${option.choices.map(bold).join(', ')}.` : '';
  const fallback = option.fallback === '' ? '' : ` Default: ${roff(option.fallback)}.`;
  const doc = roff(option.doc.charAt(0).toUpperCase() + option.doc.slice(1));
  return `.TP\n${names}${value}\n${doc}.${choices}${fallback}\n`;
}

function commandEntry(command) {
  const given = command.arguments.map((a) => ` [${italic(a.name)}${a.variadic ? ' ...' : ''}]`).join('');
  const args = command.arguments.map((a) => `${italic(a.name)}: ${roff(a.doc)}.\n`).join('');
  const doc = command.description.charAt(0).toUpperCase() + command.description.slice(1);
  const groups = [...new Set(command.options.map((option) => option.group))];
  const options = groups.map((group) => {
    const heading = group === '' ? '' : `.PP\n${roff(group)}\n`;
    const members = command.options.filter((option) => option.group === group);
    return heading + members.map(optionEntry).join('');
  });
  return `.SS ${bold(`anomaly ${command.name}`)}${command.options.length > 0 ? ' [options]' : ''}${given}\n${roff(doc)}.\n${args}${options.join('')}`;
}

/** Purpose and line of each example, as the table of commands has them. */
function exampleEntry([purpose, line]) {
  const text = roff(purpose.charAt(0).toUpperCase() + purpose.slice(1));
  return `.PP\n${text}:\n.PP\n.nf\n.RS\n${roff(line)}\n.RE\n.fi\n`;
}

/** The whole page. `commands`: the table of commands; `exits`: the exit codes, lowest first; `date`: 2026-12-31. */
export function manPage(tree, { version, commands, exits, date }) {
  const examples = Object.values(commands).flatMap((command) => command.examples);
  return `.\\" Written by service/generate.js from the command tree.
.TH ANOMALY 1 "${date}" "anomaly ${roff(version)}" "User Commands"
.SH NAME
anomaly \\- learn what a host's network traffic normally looks like, and say when something else happens
.SH SYNOPSIS
${tree.commands.map((c) => `.B anomaly ${c.name}\n[options]${c.arguments.map((a) => ` [${italic(a.name)}${a.variadic ? ' ...' : ''}]`).join('')}`).join('\n.br\n')}
.SH DESCRIPTION
${roff(tree.description)}.
.PP
Each command works without options after the one before it: ${bold('sniff')} writes into data/, ${bold('train')} takes the
newest run in data/ and writes models/default, ${bold('detect')} takes models/default.
Data go to standard output, narration and progress to standard error.
The first Ctrl+C finishes cleanly; the second stops at once.
.SH COMMANDS
${tree.commands.map(commandEntry).join('')}.SH EXIT STATUS
${exits.map(({ exit, doc }) => `.TP\n.B ${exit}\n${roff(doc)}\n`).join('')}.SH SIGNALS
.TP
.B SIGINT, SIGTERM
finish: write what is buffered and the reports
.TP
.B SIGHUP
sniff begins with the files anew, as after log rotation; detect writes its reports at once
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colours when it is set and not empty
.TP
.B ANOMALY_LISTEN_TOKEN
the token that readers of \\-\\-listen must know, where \\-\\-listen\\-token names no file
.TP
.B SUDO_UID
the user that root becomes before it reads anything, where sudo started it
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
set by systemd, which is told through
.BR systemd-notify (1)
when the work has begun, how it goes, and that it goes on
.SH FILES
${WRITTEN_FILES.map(({ name, doc }) => `.TP\n.I ${roff(name)}\n${roff(doc)}\n`).join('')}.SH EXAMPLES
${examples
  .map(exampleEntry)
  .join('')
  .replace(/^\.PP\n/, '')}.SH SEE ALSO
.BR tcpdump (8),
.BR tshark (1),
.BR pcap\\-filter (7)
`;
}
