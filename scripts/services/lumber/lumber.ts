/**
 * A sender of Lumberjack made of Elastic's own library, which Filebeat has its protocol from. Go builds it in seconds, once; Filebeat
 * itself takes minutes.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../../src/base/failure.ts'
import { debianProgram } from '../debian.ts'

const VERSION = '0.1.0'
const PROGRAM = fileURLToPath(new URL(`../../../node_modules/.cache/tailrace/lumber-${VERSION}`, import.meta.url))
const BUILD_LIMIT_MS = 300_000

/** The path of the program, which is built if it is not there. Throws if it cannot be. */
export async function installedLumber(): Promise<string> {
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
  const env = { ...process.env, GOFLAGS: '-trimpath -buildvcs=false', CGO_ENABLED: '0' }
  const run = async (...args: readonly string[]) =>
    await promisify(execFile)('nice', [go, ...args], { cwd: beside, env, timeout: BUILD_LIMIT_MS, maxBuffer: 1 << 24 })
  try {
    await copyFile(fileURLToPath(new URL('main.go', import.meta.url)), join(beside, 'main.go'))
    await run('mod', 'init', 'tailrace/lumber')
    await run('get', `github.com/elastic/go-lumber@v${VERSION}`)
    await run('mod', 'tidy')
    await run('build', '-o', 'lumber', '.')
    await rename(join(beside, 'lumber'), PROGRAM)
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const said = stderr.trim().split('\n').slice(-3).join('; ') || String(error)
    const hint = 'It needs Go 1.19 or later, and a proxy for its modules (GOPROXY).'
    throw new Failure('not-found', `the sender of Lumberjack cannot be built: ${said}`, { hint, cause: error })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}
