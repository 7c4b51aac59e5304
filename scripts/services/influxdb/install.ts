/**
 * InfluxDB, built from its source by Go, once: the program is kept in `node_modules/.cache/tailrace`. There is no package of it in a
 * registry or in Debian that knows `/api/v2/write`. On two idle cores it takes two minutes, of which one is the download.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../../src/base/failure.ts'
import { debianProgram } from '../debian.ts'

export const INFLUXDB_VERSION = '1.8.10'
const MODULE = `github.com/influxdata/influxdb/cmd/influxd@v${INFLUXDB_VERSION}`
const PROGRAM = fileURLToPath(
  new URL(`../../../node_modules/.cache/tailrace/influxd-${INFLUXDB_VERSION}`, import.meta.url),
)
/** On a busy machine it has taken five minutes. */
const BUILD_LIMIT_MS = 900_000

/** The path of the program, which is built if it is not there. Throws if it cannot be. */
export async function installedInfluxdb(): Promise<string> {
  try {
    accessSync(PROGRAM, constants.X_OK)
  } catch {
    await build(debianProgram('go'))
  }
  return PROGRAM
}

async function build(go: string): Promise<void> {
  await mkdir(dirname(PROGRAM), { recursive: true })
  // Built beside, and renamed when whole: another process may build the same.
  const beside = await mkdtemp(`${PROGRAM}.`)
  try {
    const env = { ...process.env, GOBIN: beside, GOFLAGS: '-trimpath -buildvcs=false', CGO_ENABLED: '0' }
    await promisify(execFile)('nice', [go, 'install', MODULE], { env, timeout: BUILD_LIMIT_MS, maxBuffer: 1 << 24 })
    await rename(join(beside, 'influxd'), PROGRAM)
  } catch (error) {
    const { killed, stderr = '' } = error as { killed?: boolean; stderr?: string }
    const said = stderr.trim().split('\n').slice(-3).join('; ')
    const why = killed === true ? `it took longer than ${BUILD_LIMIT_MS / 60_000} minutes` : said || String(error)
    const hint = 'It needs Go 1.19 or later, and a proxy for its modules (GOPROXY).'
    throw new Failure('not-found', `InfluxDB cannot be built: ${why}`, { hint, cause: error })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}
