import type { Readable } from 'node:stream';

/** A line longer than this is cut: nobody is made to hold what another process writes without end. */
const MAX_LINE = 64 * 1024;

/** Calls `each` with every line that `stream` writes, the last one too where it has no end. */
export function onLines(stream: Readable, each: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() as string).slice(0, MAX_LINE);
    for (const line of lines) each(line);
  });
  stream.on('end', () => {
    if (rest !== '') each(rest);
    rest = '';
  });
  // a broken pipe is the end of its writer, which is noticed as such
  stream.on('error', () => undefined);
}
