/** Runs every test and ends with one plain line of totals: `N passed, N failed, N skipped`. Arguments go to vitest. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'

const totals = 'coverage/tests.json'
rmSync(totals, { force: true })
const { status } = spawnSync(
  'node_modules/.bin/vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${totals}`, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
if (!existsSync(totals)) {
  process.stdout.write('\n0 passed, 1 failed\n')
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
