/** Programs that Go builds from a `main.go` of ours and modules of others, once: they are kept in `node_modules/.cache/tailrace`. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../src/base/failure.ts'
import { debianProgram } from './debian.ts'

const BUILD_LIMIT_MS = 600_000

export type GoProgram = {
  /** Of the file. */
  readonly name: string
  readonly version: string
  /** What it is, for messages. */
  readonly what: string
  /** Its source. */
  readonly main: URL
  /** What it needs, each as `MODULE@vVERSION`. */
  readonly modules: readonly string[]
}

/** The path of the program, which is built if it is not there. Throws if it cannot be. */
export async function builtByGo(program: GoProgram): Promise<string> {
  const cache = `../../node_modules/.cache/tailrace/${program.name}-${program.version}`
  const path = fileURLToPath(new URL(cache, import.meta.url))
  try {
    accessSync(path, constants.X_OK)
  } catch {
    await build(program, path, debianProgram('go'))
  }
  return path
}

async function build({ name, what, main, modules }: GoProgram, path: string, go: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // Built beside, and renamed when whole: another process may build the same.
  const beside = await mkdtemp(`${path}.`)
  const env = { ...process.env, GOFLAGS: '-trimpath -buildvcs=false', CGO_ENABLED: '0' }
  const run = async (...args: readonly string[]) =>
    await promisify(execFile)('nice', [go, ...args], { cwd: beside, env, timeout: BUILD_LIMIT_MS, maxBuffer: 1 << 24 })
  try {
    await copyFile(fileURLToPath(main), join(beside, 'main.go'))
    await run('mod', 'init', `tailrace/${name}`)
    await run('get', ...modules)
    await run('mod', 'tidy')
    await run('build', '-o', name, '.')
    await rename(join(beside, name), path)
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const said = stderr.trim().split('\n').slice(-3).join('; ') || String(error)
    const hint = 'It needs a Go of the last years, and a proxy for its modules (GOPROXY).'
    throw new Failure('not-found', `${what} cannot be built: ${said}`, { hint, cause: error })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}
