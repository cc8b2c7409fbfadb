/** Commands as processes of their own, with time and memory measured from outside. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Peak resident bytes of the process that the shell `pid` waits for, or 0. */
function peakBelow(pid) {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has not begun, or has ended
  }
}

/** Runs a command with its output thrown away. @returns s it took, s of processor time, and peak resident bytes */
async function run(command, args, env) {
  const timed = ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null', 'bash', command, ...args];
  const child = spawn('bash', timed, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...env, LC_ALL: 'C' } });
  let said = '';
  let peak = 0;
  child.stderr.on('data', (text) => {
    said += text;
  });
  const watch = setInterval(() => {
    peak = Math.max(peak, peakBelow(child.pid));
  }, 20);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.trim()}`);
  const [seconds, user, system] = said.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpu: user + system, peak };
}

/** The quickest of several runs. */
export async function best(command, args, rounds, env = process.env) {
  let found;
  for (let i = 0; i < rounds; i++) {
    const result = await run(command, args, env);
    if (!found || result.seconds < found.seconds) found = result;
  }
  return found;
}
