/** The same command line once more, as the user whom this process should have become and could not. */
import { spawn } from 'node:child_process';
import { EXIT_INTERRUPTED } from '../base/errors.js';
import { asUser, CannotBecome } from '../source/live/privileges.js';

/** What a user or a service manager sends; here it goes on to the process that does the work. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const;

/** @returns the exit code; throws `error` again where it is another one, or where there is no setpriv (util-linux) */
export async function runAsUser(error: unknown): Promise<number> {
  if (!(error instanceof CannotBecome)) throw error;
  const [setpriv, ...rights] = asUser(error.user);
  // the process that does the work gives the signs of life (sd_notify)
  const { WATCHDOG_PID: _this, ...env } = process.env;
  const child = spawn(
    setpriv,
    // asked to end when this process is killed
    [...rights, '--pdeathsig=TERM', process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    // a process group of its own: Ctrl+C comes to it from here, and once
    { stdio: 'inherit', detached: true, env },
  );
  const forwards = SIGNALS.map((signal) => [signal, () => child.kill(signal)] as const);
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
