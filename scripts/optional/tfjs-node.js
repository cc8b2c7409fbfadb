// danfojs-node, and tfjs-node beside it, built here: the library that tfjs-node would download is no longer given out. It is in
// TensorFlow's package for Python; a binding of two files is compiled for it, against headers that are an npm package.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, npmVersion, OPTIONAL, onPath, say, writable } from './machine.js';

const MODULES = join(OPTIONAL, 'node_modules');
const TFJS = join(MODULES, '@tensorflow/tfjs-node');
const STAMP = join(MODULES, '.built');
const COST = 'the engine simd does the same without them';
/** npm packages: downloaded, and on disk without source maps, in MB */
const PACKAGES = { download: 87, onDisk: 148 };
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** of the wheel, what the binding includes; the wheel has 150 MB of headers */
const HEADERS = String.raw`tensorflow/include/(tensorflow/c/(eager/)?|tensorflow/core/platform/|(xla/)?tsl/(c|platform)/)[^/]*\.h`;
const UNPACK = `
import re, sys, zipfile
wheel, target, libraries, headers = sys.argv[1], sys.argv[2], sys.argv[3].split(), sys.argv[4]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in ['tensorflow/' + library for library in libraries] or re.fullmatch(headers, name):
            archive.extract(name, target)
`;

class Failure extends Error {}

/** version -> its line of requirements, MB to download, MB of libraries */
function wheels() {
  const lines = fs.readFileSync(join(OPTIONAL, 'tensorflow.txt'), 'utf8').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, version, download, onDisk] = /^tensorflow-cpu==(\S+) .* (\d+) MB, (\d+) MB$/.exec(line) ?? [];
      return version ? [[version, { line, download: Number(download), onDisk: Number(onDisk) }]] : [];
    }),
  );
}

/** What it is built from, so that a second run has nothing to do. */
function stampOf(version) {
  const hash = createHash('sha256');
  for (const name of ['package-lock.json', 'signals.cc']) hash.update(fs.readFileSync(join(OPTIONAL, name)));
  return `${version} ${hash.digest('hex')}`;
}

/** The engine as it is used, in a process of its own: a library for another processor would end this one. */
function loads() {
  const engine = fileURLToPath(new URL('../../dist/model/tfjs/native.js', import.meta.url));
  const program = `await (await import(${JSON.stringify(engine)})).nativeEngine()`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }).status === 0;
}

export function checkTfjsNode() {
  if (loads()) say('tfjs-node, danfojs-node: work');
  else say(`tfjs-node, danfojs-node: not there; ${COST}; "anomaly-setup tfjs-node" builds them`);
}

/** @returns whether they work now */
export function installTfjsNode(wanted) {
  try {
    build(wanted);
    return true;
  } catch (error) {
    if (!(error instanceof Failure) && error.code === undefined) throw error;
    say(`tfjs-node: not built: ${error.message}; ${COST}`);
    return false;
  }
}

function build(wanted) {
  const versions = wheels();
  const version = wanted ?? [...versions.keys()][0];
  const wheel = versions.get(version);
  if (!wheel) throw new Failure(`TensorFlow ${version} was not tried; there is ${[...versions.keys()].join(', ')}`);
  const stamp = stampOf(version);
  if (fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === stamp && loads()) {
    say(`tfjs-node: works, with TensorFlow ${version}`);
    return;
  }
  checkMachine();
  const caches = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'anomaly');
  for (const place of [OPTIONAL, caches]) {
    if (!writable(place)) throw new Failure(`no right to write to ${place}: run it as root`);
  }
  const cache = join(caches, `tensorflow-${version}`);
  const cached = fs.existsSync(cache);
  say(`npm packages: ${PACKAGES.download} MB to download, ${PACKAGES.onDisk} MB on disk, in ${OPTIONAL}`);
  if (cached) say(`TensorFlow ${version}: from ${cache}`);
  else say(`TensorFlow ${version}: ${wheel.download} MB to download, ${wheel.onDisk} MB on disk, in ${cache}`);
  checkSpace(OPTIONAL, 3 * PACKAGES.onDisk);
  if (!cached) checkSpace(caches, wheel.download + wheel.onDisk + 50);
  // Ctrl+C ends the program that is running, and what it left is removed
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    installPackages();
    if (!cached) fetchLibrary(cache, wheel);
    compile(cache);
  } finally {
    process.off('SIGINT', ignore);
  }
  if (!loads()) throw new Failure('compiled, but it does not load');
  fs.writeFileSync(STAMP, stamp);
  say(`tfjs-node: built with TensorFlow ${version}, works`);
}

function checkMachine() {
  const { platform, arch } = process;
  // the wheel is made for glibc
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  if (platform !== 'linux' || arch !== 'x64' || !glibc) {
    throw new Failure(`it is for Linux on x86-64 with glibc, and was not tried on ${platform} ${arch}`);
  }
  const missing = ['g++', 'python3'].filter((program) => !onPath(program));
  if (!missing.includes('python3') && spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) {
    missing.push('python3-pip');
  }
  if (missing.length > 0) throw new Failure(`${missing.join(', ')} missing: apt-get install ${missing.join(' ')}`);
}

function checkSpace(place, megabytes) {
  const { bavail, bsize } = fs.statfsSync(place);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < megabytes) throw new Failure(`${megabytes} MB are needed in ${place}, ${free} MB are free`);
}

function run(what, program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Failure(`${what} failed${error ? `, ${error.message}` : ''}`);
}

function installPackages() {
  const old = Number(npmVersion().split('.')[0]) < 10;
  if (old) say('this npm cannot read a lock file with overrides: npm 10 is fetched for it');
  // an old npm could not even look at danfojs-node
  fs.rmSync(MODULES, { recursive: true, force: true });
  const ci = old ? ['exec', '--yes', '--package=npm@10', '--', 'npm', 'ci'] : ['ci'];
  if (!npm(OPTIONAL, ...ci, '--ignore-scripts', '--include=dev'))
    throw new Failure('npm could not install the packages');
  for (const name of fs.readdirSync(MODULES, { recursive: true })) {
    if (name.endsWith('.map')) fs.rmSync(join(MODULES, name));
  }
  // it calls a function that Node 23 took away, and of which Node 22 warns
  for (const name of ['nodejs_kernel_backend.js', 'kernels/TopK.js']) {
    const file = join(TFJS, 'dist', name);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replaceAll('(0, util_1.isNullOrUndefined)(', '((value) => value == null)('));
  }
}

/** Puts include/ and lib/ of the wheel into `cache`. */
function fetchLibrary(cache, { line }) {
  const work = `${cache}.${process.pid}`;
  fs.mkdirSync(work);
  try {
    const requirements = join(work, 'requirements.txt');
    fs.writeFileSync(requirements, `${line}\n`);
    // the same wheel, whichever Python runs this
    const wheel = '--implementation cp --python-version 3.11 --abi cp311 --only-binary=:all: --no-deps'.split(' ');
    const platforms = ['manylinux_2_17_x86_64', 'manylinux_2_27_x86_64'].flatMap((name) => ['--platform', name]);
    const quiet = ['--no-cache-dir', '--disable-pip-version-check', '--dest', work];
    const pip = ['-m', 'pip', 'download', '--require-hashes', '-r', requirements, ...wheel, ...platforms, ...quiet];
    run('the download', 'python3', pip);
    const file = fs.readdirSync(work).find((name) => name.endsWith('.whl'));
    run('unpacking', 'python3', ['-c', UNPACK, join(work, file), work, LIBRARIES.join(' '), HEADERS]);
    const unpacked = join(work, 'unpacked');
    fs.mkdirSync(join(unpacked, 'lib'), { recursive: true });
    for (const library of LIBRARIES) {
      fs.renameSync(join(work, 'tensorflow', library), join(unpacked, 'lib', library));
      fs.chmodSync(join(unpacked, 'lib', library), 0o644);
    }
    fs.renameSync(join(work, 'tensorflow/include'), join(unpacked, 'include'));
    // all or nothing; another run may have been faster
    if (!fs.existsSync(cache)) fs.renameSync(unpacked, cache);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Another name of the same file, so that the cache may go; a copy on another file system. */
function link(from, to) {
  fs.rmSync(to, { force: true });
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

function compile(cache) {
  const libraries = join(TFJS, 'deps/lib');
  const target = join(TFJS, 'lib/napi-v8');
  for (const place of [libraries, target]) fs.mkdirSync(place, { recursive: true });
  for (const library of LIBRARIES) link(join(cache, 'lib', library), join(libraries, library));
  run('the compiler', 'g++', [
    ...['-shared', '-fPIC', '-O2', '-std=c++17', '-w', '-DNAPI_VERSION=8'],
    ...[join(MODULES, 'node-api-headers/include'), join(cache, 'include')].map((place) => `-I${place}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(TFJS, 'binding', name)),
    ...[join(OPTIONAL, 'signals.cc'), '-Wl,--wrap=TFE_Execute,--wrap=TFE_NewContext'],
    ...[`-L${libraries}`, ...LIBRARIES.map((library) => `-l:${library}`), '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ...['-o', join(target, 'tfjs_binding.node')],
  ]);
}
