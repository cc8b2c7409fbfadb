/** Python's packages as peers: those of .ci/peers where it was run, else Debian's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** a package by what is imported: as people write it, and Debian's where there is one */
const PACKAGES = {
  torch: ['PyTorch', 'python3-torch'],
  sklearn: ['scikit-learn', 'python3-sklearn'],
  pyod: ['PyOD'],
  pandas: ['pandas', 'python3-pandas'],
  polars: ['polars'],
  nfstream: ['NFStream'],
  scapy: ['Scapy', 'python3-scapy'],
};

/** where .ci/peers makes its environment; it need not be there */
export const peersFolder = execFileSync('bash', [join(import.meta.dirname, '..', '..', '.ci', 'peers'), '--where'], {
  encoding: 'utf8',
}).trim();

// who set these for an older NumPy would slow the current one down, and a peer has to be fair
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;

/**
 * The Python that has a package, with the environment to start it in, and the package's name with its version, which belongs
 * into every table; undefined where none has it, with a line that says so.
 */
export function pythonWith(module) {
  const [name, debian] = PACKAGES[module];
  for (const program of [join(peersFolder, 'bin', 'python'), '/usr/bin/python3', 'python3']) {
    const ask = spawnSync(program, ['-c', `import ${module}; print(${module}.__version__)`], { env, encoding: 'utf8' });
    if (ask.status === 0) return { program, env, name: `${name} ${ask.stdout.trim()}` };
  }
  console.error(
    `skipped: ${name} is not installed; .ci/peers brings it${debian ? `, as does Debian's ${debian}` : ''}`,
  );
  return undefined;
}
