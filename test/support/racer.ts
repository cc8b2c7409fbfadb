/** Somebody else (uid nobody) who changes what names in a folder mean, in a loop, for as long as the test lets him. */
import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

export const NOBODY = 65_534;

/** Whether this process may become somebody else. */
export const canBeNobody = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;

/** Runs JavaScript as nobody, which says `ready` when it has begun; it ends with the test. */
export async function asNobody(script: string): Promise<{ end(): Promise<string> }> {
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const child = spawn('setpriv', [...user, process.execPath, '-e', script], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready')) resolve();
    });
    child.once('exit', () => reject(new Error('nobody could not begin')));
  });
  return {
    async end() {
      child.stdin.end();
      await ended;
      return said.replace('ready\n', '');
    },
  };
}

/** Makes each of `names` a link to each of `targets`, a file of his own and nothing, in turns; ends when its input does. */
export function racing(names: readonly string[], targets: readonly string[]): string {
  return `
    const fs = require('fs');
    const names = ${JSON.stringify(names)}, targets = ${JSON.stringify(targets)};
    const quietly = (work) => { try { work(); } catch {} };
    let over = false, turns = 0;
    process.stdin.on('end', () => { over = true; }).resume();
    const go = () => {
      for (let k = 0; k < 200; k++) {
        const name = names[turns % names.length], target = targets[(turns >> 2) % targets.length];
        const link = name + '.racer';
        quietly(() => fs.symlinkSync(target, link));
        quietly(() => fs.renameSync(link, name));
        if (turns % 3 === 0) quietly(() => fs.unlinkSync(name));
        if (turns % 11 === 0) quietly(() => fs.writeFileSync(name, '', { flag: 'wx' }));
        if (turns % 7 === 0) quietly(() => fs.rmSync(name));
        turns++;
      }
      if (over) { console.log(turns); process.exit(0); }
      setImmediate(go);
    };
    console.log('ready');
    go();`;
}

/** Waits until root's file appears as `name`, and puts a link to one of `targets` there, a little later each time. */
export function lurking(name: string, targets: readonly string[]): string {
  return `
    const fs = require('fs');
    const name = ${JSON.stringify(name)}, link = name + '.racer', targets = ${JSON.stringify(targets)};
    const quietly = (work) => { try { return work(); } catch {} };
    let over = false, turns = 0;
    process.stdin.on('end', () => { over = true; }).resume();
    const go = () => {
      const until = performance.now() + 20;
      while (performance.now() < until) {
        const stats = quietly(() => fs.lstatSync(name, { throwIfNoEntry: false }));
        if (!stats || stats.uid !== 0) continue;
        const target = targets[(turns >> 5) % targets.length];
        quietly(() => fs.symlinkSync(target, link));
        // from at once to a millisecond
        const at = performance.now() + ((turns % 32) / 32) ** 3;
        while (performance.now() < at);
        quietly(() => fs.renameSync(link, name));
        turns++;
        const stay = performance.now() + 1;
        while (performance.now() < stay);
        quietly(() => fs.unlinkSync(name));
      }
      if (over) { console.log(turns); process.exit(0); }
      setImmediate(go);
    };
    console.log('ready');
    go();`;
}
