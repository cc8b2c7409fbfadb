/** Compressed files and archives by their first bytes, and what reads them. */

export interface Packer {
  readonly name: string;
  readonly magics: readonly (readonly number[])[];
  /** it unpacks standard input to standard output within bounded memory; undefined: Node does */
  readonly program?: readonly [file: string, ...args: string[]];
  /** prints an unpacked file that is named behind it */
  readonly show: string;
}

/** One whose program has to be there. */
export type ProgramPacker = Packer & Required<Pick<Packer, 'program'>>;

export function hasProgram(packer: Packer | undefined): packer is ProgramPacker {
  return packer?.program !== undefined;
}

/**
 * Node has no xz, lz4 and bzip2, and zstd only from 22.15 on, without a bound on the window. The programs are everywhere, keep
 * to their formats as these grow, and work in a process of their own.
 */
const PACKERS: readonly Packer[] = [
  { name: 'gzip', magics: [[0x1f, 0x8b]], show: 'zcat' },
  {
    name: 'zstd',
    // a frame; one to be skipped, with which pzstd begins
    magics: [
      [0x28, 0xb5, 0x2f, 0xfd],
      [0x50, 0x2a, 0x4d, 0x18],
    ],
    // it refuses windows above 128 MiB by itself
    program: ['zstd', '-dcq'],
    show: 'zstdcat',
  },
  {
    name: 'xz',
    magics: [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    // its strongest usual setting, -9e, needs 65 MiB to unpack
    program: ['xz', '-dcq', '-T1', '--memlimit-decompress=256MiB'],
    show: 'xzcat',
  },
  {
    name: 'lz4',
    // a frame; one of the old format
    magics: [
      [0x04, 0x22, 0x4d, 0x18],
      [0x02, 0x21, 0x4c, 0x18],
    ],
    program: ['lz4', '-dcq'],
    show: 'lz4cat',
  },
  { name: 'bzip2', magics: [[0x42, 0x5a, 0x68]], program: ['bzip2', '-dc'], show: 'bzcat' },
];

function starts(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

/** What packed the stream that begins with `bytes`. */
export function packerOf(bytes: Uint8Array): Packer | undefined {
  return PACKERS.find(({ magics }) => magics.some((magic) => starts(bytes, magic)));
}

const TAR_MARK_AT = 257;
const TAR_MARK = [0x75, 0x73, 0x74, 0x61, 0x72];

/** What to do about an archive, which holds files by their names; undefined: it is none. */
export function archiveAdvice(bytes: Uint8Array): string | undefined {
  if (starts(bytes, [0x50, 0x4b, 0x03, 0x04])) return 'is a zip archive; give what is in it: unzip -p FILE | … -r -';
  if (starts(bytes, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])) {
    return 'is a 7-Zip archive; give what is in it: 7z x -so FILE | … -r -';
  }
  if (starts(bytes.subarray(TAR_MARK_AT), TAR_MARK)) {
    return 'is a tar archive; give what is in it: tar -xOf FILE | … -r -';
  }
  return undefined;
}
