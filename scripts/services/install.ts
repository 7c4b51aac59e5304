/**
 * Installs the Debian packages and Schemathesis that tests in test/services use, if they are missing, and builds InfluxDB, if it was not built. Where
 * that cannot be, it says what is missing.
 */
import { spawnSync } from 'node:child_process'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { isInstalled, PROGRAMS, type ProgramName } from './debian.ts'
import { installedInfluxdb } from './influxdb/install.ts'
import { installedSchemathesis } from './schemathesis.ts'

const missing = (): readonly string[] =>
  (Object.keys(PROGRAMS) as ProgramName[])
    .filter((name) => !isInstalled(name))
    .flatMap((name) => PROGRAMS[name].packages)

const apt = (...args: readonly string[]): boolean =>
  spawnSync('apt-get', ['-q', '-y', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0

const packages = missing()
if (packages.length > 0 && process.getuid?.() === 0) {
  apt('update')
  apt('install', '--no-install-recommends', ...packages)
}
const left = missing()
if (left.length > 0) {
  process.stderr.write(
    `MISSING, AND NOT INSTALLED: ${left.join(', ')}\n  As root on Debian: apt-get install ${left.join(' ')}\n`,
  )
}
for (const install of [installedInfluxdb, installedSchemathesis]) {
  try {
    await install()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    process.stderr.write(`MISSING, AND NOT BUILT: ${describeFailure(error)}\n`)
  }
}
