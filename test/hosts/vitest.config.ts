/** Tests on Debian hosts of their own: `npm run test:hosts`. Minutes when the hosts have to be made, so `npm test` leaves them out. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/hosts/**/*.test.ts'],
    testTimeout: 120_000,
    // they wait most of the time: for watchdogs, for traffic, for starts that must not come
    maxWorkers: 4,
    // hosts are made once, from Debian's packages
    hookTimeout: 900_000,
  },
});
