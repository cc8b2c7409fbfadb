// Shell completions. Words from the command tree are ours, but are quoted as if they were not.

const names = (option) => [option.short, option.long].filter(Boolean);
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What a value is completed with: 'interface', a list of words, 'file' or nothing. */
function valueKind(option) {
  if (option.long === '--interface') return 'interface';
  if (option.choices.length > 0) return 'choices';
  return option.files ? 'file' : 'none';
}

/** The help takes a command, all others take files. */
const takesCommand = (command) => command.arguments.some((argument) => argument.name === 'command');
const commandNames = (tree) => tree.commands.map((command) => command.name);

export function bashCompletion(tree) {
  const cases = tree.commands.map((command) => {
    const words = command.options.flatMap(names).join(' ');
    const values = command.options
      .filter((option) => option.value !== '')
      .map((option) => {
        const reply = {
          interface: 'mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")',
          choices: `mapfile -t COMPREPLY < <(compgen -W ${quote(option.choices.join(' '))} -- "$cur")`,
          file: 'mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
          none: 'COMPREPLY=()',
        }[valueKind(option)];
        return `        ${names(option).join('|')}) ${reply}; return ;;`;
      });
    return `    ${command.name})
      case "$prev" in
${values.join('\n')}
      esac
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W ${quote(words)} -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen ${takesCommand(command) ? `-W ${quote(commandNames(tree).join(' '))}` : '-f'} -- "$cur")
      fi
      ;;`;
  });
  const top = [...commandNames(tree), ...tree.options.flatMap(names)].join(' ');
  return `# bash completion for anomaly; written by service/generate.js
_anomaly() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) mapfile -t COMPREPLY < <(compgen -W ${quote(top)} -- "$cur") ;;
  esac
}
complete -o filenames -F _anomaly anomaly
`;
}

/** In _arguments' specifications, brackets and colons have meanings. */
const zshDoc = (text) => text.replace(/[[\]:\\]/g, '\\$&');

function zshOption(option) {
  const action = {
    interface: ':interface:_net_interfaces',
    choices: `:${option.value}:(${option.choices.join(' ')})`,
    file: `:${option.value}:_files`,
    none: `:${option.value}:`,
  }[valueKind(option)];
  const value = option.value === '' ? '' : action;
  const both = names(option);
  const spec = `[${zshDoc(option.doc)}]${value}`;
  const repeat = option.variadic ? '*' : '';
  if (both.length === 1) return `        ${quote(`${repeat}${both[0]}${spec}`)}`;
  return `        ${option.variadic ? '' : quote(`(${both.join(' ')})`)}{${both.map((name) => quote(repeat + name)).join(',')}}${quote(spec)}`;
}

export function zshCompletion(tree) {
  const cases = tree.commands.map((command) => {
    const action = takesCommand(command) ? `(${commandNames(tree).join(' ')})` : '_files';
    const files = command.arguments.map((a) => `        ${quote(`*:${zshDoc(a.doc || a.name)}:${action}`)}`);
    return `    ${command.name})
      _arguments -s -S \\
${[...command.options.map(zshOption), ...files].join(' \\\n')}
      ;;`;
  });
  const commands = tree.commands.map((c) => `    ${quote(`${c.name}:${zshDoc(c.description)}`)}`).join('\n');
  return `#compdef anomaly
# zsh completion for anomaly; written by service/generate.js
_anomaly() {
  local -a commands
  commands=(
${commands}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    _arguments ${tree.options.map((o) => quote(`${o.long}[${zshDoc(o.doc)}]`)).join(' ')}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
_anomaly "$@"
`;
}

export function fishCompletion(tree) {
  const lines = ['# fish completion for anomaly; written by service/generate.js', 'complete -c anomaly -f'];
  for (const command of tree.commands) {
    lines.push(`complete -c anomaly -n __fish_use_subcommand -a ${command.name} -d ${quote(command.description)}`);
    const when = quote(`__fish_seen_subcommand_from ${command.name}`);
    if (takesCommand(command)) lines.push(`complete -c anomaly -n ${when} -a ${quote(commandNames(tree).join(' '))}`);
    else if (command.arguments.length > 0) lines.push(`complete -c anomaly -n ${when} -F`);
    for (const option of command.options) {
      const value = {
        interface: "-x -a '(command ls /sys/class/net 2>/dev/null)'",
        choices: `-x -a ${quote(option.choices.join(' '))}`,
        file: '-r -F',
        none: '-x',
      }[valueKind(option)];
      const parts = ['complete -c anomaly', `-n ${when}`];
      if (option.short) parts.push(`-s ${option.short.slice(1)}`);
      if (option.long) parts.push(`-l ${option.long.slice(2)}`);
      if (option.value !== '') parts.push(value);
      parts.push(`-d ${quote(option.doc.replaceAll('\\', '\\\\'))}`);
      lines.push(parts.join(' '));
    }
  }
  return `${lines.join('\n')}\n`;
}
