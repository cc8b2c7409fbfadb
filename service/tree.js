// The command tree as plain data: {description, options, commands: [{name, description, arguments, options}]}, where an
// option is {short, long, value, variadic, choices, files, fallback, doc, group}; most have no group of their own.

/** @param {import('commander').Option} option */
function optionOf(option) {
  const value = /<([^>.]+)(\.{3})?>/.exec(option.flags);
  return {
    short: option.short,
    long: option.long,
    value: value?.[1] ?? '',
    variadic: value?.[2] !== undefined,
    choices: option.argChoices ?? [],
    files: ['file', 'dir', 'pcap'].includes(value?.[1] ?? ''),
    fallback: option.defaultValueDescription ?? '',
    doc: option.description,
    group: option.helpGroupHeading ?? '',
  };
}

/** @param {import('commander').Command} command */
function commandOf(command) {
  const help = command.createHelp();
  return {
    name: command.name(),
    description: command.description(),
    arguments: command.registeredArguments.map((a) => ({ name: a.name(), doc: a.description, variadic: a.variadic })),
    options: help.visibleOptions(command).map(optionOf),
    commands: help.visibleCommands(command).map(commandOf),
  };
}

/** @param {import('commander').Command} program */
export function treeOf(program) {
  return commandOf(program);
}
