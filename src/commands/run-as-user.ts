/** The same command line once more, as the user whom this process should have become and could not. */
import { spawn } from 'node:child_process';
import { EXIT_INTERRUPTED } from '../base/errors.js';
import { inheritance } from '../base/opened-first.js';
import { asUser, CannotBecome } from '../base/privileges.js';
import { FORWARDED_STOP } from './signals.js';

/**
 * What a user or a service manager sends goes on to the process that does the work. That it is to end is said in another way:
 * where every process of a service gets the signal, it would count twice, and twice means at once.
 */
const FORWARDS = [
  ['SIGINT', FORWARDED_STOP],
  ['SIGTERM', FORWARDED_STOP],
  ['SIGHUP', 'SIGHUP'],
  ['SIGUSR1', 'SIGUSR1'],
] as const;

/** @returns the exit code; throws `error` again where it is another one, or where there is no setpriv (util-linux) */
export async function runAsUser(error: unknown): Promise<number> {
  if (!(error instanceof CannotBecome)) throw error;
  const [setpriv, ...rights] = asUser(error.user, error.rights) as [string, ...string[]];
  const { env: inherited, list, fds } = inheritance();
  // the process that does the work gives the signs of life (sd_notify)
  const { WATCHDOG_PID: _this, ...env } = process.env;
  const child = spawn(
    setpriv,
    // asked to end when this process is killed
    [...rights, '--pdeathsig=TERM', process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      stdio: ['inherit', 'inherit', 'inherit', list === '' ? 'ignore' : 'pipe', ...fds],
      // a process group of its own: Ctrl+C comes to it from here, and once
      detached: true,
      env: { ...env, ...inherited },
    },
  );
  const listed = child.stdio[3];
  if (listed && 'end' in listed) listed.on('error', () => undefined).end(list);
  const forwards = FORWARDS.map(([signal, forwarded]) => [signal, () => child.kill(forwarded)] as const);
  for (const [signal, forward] of forwards) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', () => reject(error));
      child.on('close', (code) => resolve(code ?? EXIT_INTERRUPTED));
    });
  } finally {
    for (const [signal, forward] of forwards) process.off(signal, forward);
  }
}
