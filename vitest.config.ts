import { defineConfig } from 'vitest/config'
import LongestFirst from './tools/sequencer.ts'

/** Suites by what they need: `unit` nothing, `system` a nats-server, `lab` user-mode Linux and root. */
export default defineConfig({
  test: {
    reporters: ['default', './tools/reporter.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'infra/**/*.unit.test.ts', 'tools/**/*.test.ts'],
          isolate: false,
          pool: 'threads',
          // Laws run hundreds of cases, and the machine may be busy: bounded, but not tight.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: [
            'test/system/**/*.test.ts',
            'test/stories/**/*.test.ts',
            'test/guide/**/*.test.ts',
            'test/clients/**/*.test.ts',
            'test/conformance/simulated.test.ts',
          ],
          // Mostly waiting: for leases, retries and what was killed; each file has servers of its own.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts', 'test/conformance/lab*.test.ts'],
          globalSetup: ['test/lab/global-setup.ts'],
          // A lab keeps about one core busy, and every lab has its own namespace.
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
