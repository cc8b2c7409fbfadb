// What this machine has for compiling a package of Node: its headers, a compiler, npm.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The packages are installed in folders below this one. */
export const OPTIONAL = fileURLToPath(new URL('../../optional/', import.meta.url));

export function say(line) {
  process.stderr.write(`anomaly-setup: ${line}\n`);
}

/** The folder to give to node-gyp as `nodedir`: the one with `include/node/node.h` of the Node that runs; else undefined. */
export function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  // beside the running Node: in its own archive, and in the npm package `node`; else where Debian has those of its Node
  const places = [prefix, join(prefix, `node_modules/node-${process.platform}-${process.arch}`), '/usr'];
  return places.find((folder) => {
    const header = join(folder, 'include/node/node_version.h');
    // those of another Node would compile, and then not load
    return (
      existsSync(header) &&
      readFileSync(header, 'utf8').includes(`#define NODE_MODULE_VERSION ${process.versions.modules}`)
    );
  });
}

export function onPath(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** @returns what is missing to compile with node-gyp */
export function missingForCompiling() {
  const missing = ['g++', 'make', 'python3'].filter((program) => !onPath(program));
  if (nodeHeaders() === undefined) missing.push("this Node's headers (libnode-dev has those of Debian's)");
  return missing;
}

export function writable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `npm` of the PATH may belong to another Node. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm'];
}

export function npmVersion() {
  const [command, ...first] = npmCommand();
  return spawnSync(command, [...first, '--version'], { encoding: 'utf8' }).stdout ?? '';
}

/**
 * npm in `folder`, which has a package.json and a lock file of its own, with what it prints on our standard error.
 * What an npm around us was told (`--global`, its prefix) must not reach it.
 */
export function npm(folder, ...args) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_(global|prefix|local_prefix|location)|lifecycle|package)/i.test(name),
    ),
  );
  const headers = nodeHeaders();
  const [command, ...first] = npmCommand();
  const { status } = spawnSync(
    command,
    [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error', ...(headers ? [`--nodedir=${headers}`] : [])],
    { cwd: folder, env, stdio: ['ignore', 2, 2] },
  );
  return status === 0;
}
