// npm-shrinkwrap.json for the package: what the lock file says of the packages that a user installs, so that everybody gets
// those that were tested. npm packs no package-lock.json, and the whole of it would name what only development needs.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
const { devDependencies: _, ...own } = lock.packages[''];
const packages = Object.entries(lock.packages).filter(
  ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
);
lock.packages = { '': own, ...Object.fromEntries(packages) };
writeFileSync(new URL('npm-shrinkwrap.json', root), `${JSON.stringify(lock, null, 2)}\n`);
