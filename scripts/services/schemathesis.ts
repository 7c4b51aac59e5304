/**
 * Schemathesis, from PyPI into `node_modules/.cache/tailrace`: it makes requests of an OpenAPI document, such as fit it and such as do not,
 * and compares the answers with it. Some 90 MB.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../src/base/failure.ts'

const VERSION = '4.32.5'
const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/tailrace/schemathesis-${VERSION}`, import.meta.url))
const INSTALL_LIMIT_MS = 600_000
const START = 'from schemathesis.cli import schemathesis; schemathesis()'

/** Installs it where it is missing. Throws if that cannot be. */
export async function installedSchemathesis(): Promise<void> {
  if (existsSync(FOLDER)) return
  await mkdir(dirname(FOLDER), { recursive: true })
  // Installed beside, and renamed when whole: another process may install the same.
  const beside = await mkdtemp(`${FOLDER}.`)
  try {
    const args = ['-m', 'pip', 'install', '--quiet', '--target', beside, `schemathesis==${VERSION}`]
    await promisify(execFile)('python3', args, { timeout: INSTALL_LIMIT_MS, maxBuffer: 1 << 24 })
    await rename(beside, FOLDER)
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    const said = stderr.trim().split('\n').slice(-3).join('; ')
    throw new Failure('not-found', `Schemathesis cannot be installed: ${said || String(error)}`, {
      hint: 'It needs Python 3.10 or newer with pip, and PyPI.',
      cause: error,
    })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Runs it in a folder; resolves with its exit code and all that it has said. */
export function runSchemathesis(
  args: readonly string[],
  folder: string,
): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, PYTHONPATH: FOLDER, NO_COLOR: '1' }
  const child = spawn('python3', ['-c', START, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code, said })))
}
