import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // npm run test:hosts
    exclude: [...configDefaults.exclude, 'test/hosts/**'],
    globalSetup: ['test/support/trained.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // of two cores vitest would leave one idle
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary'] },
  },
});
