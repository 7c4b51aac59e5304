import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Runs of tests neither fight for the usual port of the dashboard, nor say where it is: those that are about it say --listen. */
const env = { TAILRACE_LISTEN: 'none' }

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['test/services/**'],
          // Against tests that hang. The longest that says nothing else takes 5 s by itself, and ten times that on a busy machine.
          testTimeout: 120_000,
          // By itself vitest leaves a core free, which of two is half.
          maxWorkers: 2,
          env,
        },
      },
      {
        // Real servers, which share two cores with what they serve: one file after another, when all else is done.
        test: {
          name: 'services',
          include: ['test/services/**/*.test.ts'],
          testTimeout: 300_000,
          env,
          hookTimeout: 120_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
export default config
