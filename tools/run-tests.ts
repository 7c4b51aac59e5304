/**
 * Builds, runs the tests of a tier, `unit` or `services` (the projects of `vitest.config.ts`), and ends with what was missing for
 * the tests that were skipped, and with one plain line of totals: `N passed, N failed, N skipped`. Further arguments go to vitest.
 *
 * Tests that start the command line start what was built here, which is never older than the source. Run by vitest alone they
 * start the source.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'

const [tier = 'unit', ...args] = process.argv.slice(2)
const totals = `coverage/${tier}.json`
/** `test/services/missing.ts` adds a line for each server that is missing. */
const missing = 'coverage/missing.txt'
const program = 'dist/cli/main.cjs'
mkdirSync('coverage', { recursive: true })
rmSync(totals, { force: true })
rmSync(missing, { force: true })
const built = spawnSync(process.execPath, ['tools/build.ts'], { stdio: 'inherit' })
if (built.status !== 0) process.exit(1)
const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${totals}`]
const { status } = spawnSync('node_modules/.bin/vitest', ['run', '--project', tier, ...reports, ...args], {
  stdio: 'inherit',
  env: { ...process.env, TAILRACE_MISSING: missing, TAILRACE_PROGRAM: program },
})
process.exitCode = status ?? 1
if (existsSync(missing)) {
  const lines = new Set(readFileSync(missing, 'utf8').trimEnd().split('\n'))
  process.stdout.write(`\n${[...lines].join('\n')}\n`)
}
if (!existsSync(totals)) {
  process.stdout.write('\n0 passed, 1 failed, 0 skipped\n')
} else {
  const report = JSON.parse(readFileSync(totals, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    testResults: { status: string; assertionResults: unknown[] }[]
  }
  // A file that does not load has no tests, and counts as one failure.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failed = report.numFailedTests + broken.length
  process.stdout.write(`\n${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped\n`)
}
