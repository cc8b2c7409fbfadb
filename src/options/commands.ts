/** The commands, what they read, and examples of their use. */

/** What a command can read, and the option that chooses it; `aside`: the command reads no records, and does something else. */
export const INPUTS = {
  live: { chosenBy: 'interface', noun: 'a live capture', aside: false },
  file: { chosenBy: 'read', noun: '-r', aside: false },
  // no records: what sensors told
  hub: { chosenBy: 'read', noun: '-r of a hub', aside: true },
  follow: { chosenBy: 'follow', noun: '--follow', aside: false },
  list: { chosenBy: 'listInterfaces', noun: '-D', aside: true },
  models: { chosenBy: 'listModels', noun: '--list-models', aside: true },
  use: { chosenBy: 'use', noun: '--use', aside: true },
  rollback: { chosenBy: 'rollback', noun: '--rollback', aside: true },
  share: { chosenBy: 'share', noun: '--share', aside: true },
} as const satisfies Record<string, { chosenBy: string; noun: string; aside: boolean }>;

export type Input = keyof typeof INPUTS;

interface CommandSpec {
  readonly doc: string;
  /** the first is taken when no option chooses another */
  readonly inputs: readonly Input[];
  /** what it is for, and lines to paste; one after the other they work in a clone of the project */
  readonly examples: readonly (readonly [purpose: string, line: string])[];
}

export const COMMANDS = {
  sniff: {
    doc: 'capture an interface, or read capture files, into a packet table (CSV)',
    inputs: ['live', 'file', 'list'],
    examples: [
      ["a day of the default route's interface, into a new table in data/", 'sudo anomaly sniff --hours 24'],
      [
        'a month without your own ssh, a table an hour, the newest 48 of which stay',
        "sudo anomaly sniff --hours 720 -f 'not port 22' --rotate-hours 1 --keep 48",
      ],
      ['a recording, into a new table in data/', 'anomaly sniff -r data/benign.pcap.gz'],
    ],
  },
  train: {
    doc: 'learn what is normal from packet tables, captures, Zeek conn.logs or flow tables',
    inputs: ['file', 'models', 'use', 'rollback', 'share'],
    examples: [
      ['from the newest run of sniff, into models/default', 'anomaly train'],
      [
        'from a recording, quickly, into a model of another name',
        'anomaly train data/benign.pcap.gz --epochs 5 --model models/office',
      ],
      ['a copy for giving away, which names nobody of the network', 'anomaly train --share default.shared'],
    ],
  },
  detect: {
    doc: 'score traffic with a model until Ctrl+C or the end of the file, and report incidents',
    inputs: ['live', 'file', 'hub', 'follow'],
    examples: [
      ["the default route's interface; Ctrl+C ends it and writes report.txt", 'sudo anomaly detect'],
      ['a recording, into two reports', 'anomaly detect -r data/mixed.pcap.gz --out report.txt report.html'],
      ['what another machine captures', "ssh host sudo tcpdump -U -w - 'not port 22' | anomaly detect -r -"],
    ],
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
