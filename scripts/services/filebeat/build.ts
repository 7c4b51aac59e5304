/**
 * Builds Filebeat from its source, which takes minutes and a gigabyte, so only by hand:
 *
 *   node scripts/services/filebeat/build.ts
 *
 * Needs Go and a proxy for its modules. A module cannot be built as a program of its own while it replaces others, which Filebeat
 * does: so a module of ours, with the same replacements, holds its main program.
 */
import { execFile } from 'node:child_process'
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FILEBEAT, FILEBEAT_VERSION } from './filebeat.ts'

const MODULE = 'github.com/elastic/beats/v7'
const say = (text: string): void => void process.stderr.write(`${text}\n`)

await mkdir(dirname(FILEBEAT), { recursive: true })
const folder = await mkdtemp(`${FILEBEAT}.`)

/** What a command of Go writes. */
async function go(...args: readonly string[]): Promise<string> {
  say(`go ${args.join(' ')}`)
  const run = await promisify(execFile)('nice', ['go', ...args], { cwd: folder, maxBuffer: 64 << 20 })
  return run.stdout.trim()
}

try {
  await writeFile(join(folder, 'go.mod'), 'module tailrace/filebeat\n\ngo 1.22\n')
  await copyFile(fileURLToPath(new URL('main.go', import.meta.url)), join(folder, 'main.go'))
  await go('get', `${MODULE}@v${FILEBEAT_VERSION}`)
  const source = await readFile(join(await go('list', '-m', '-f', '{{.Dir}}', MODULE), 'go.mod'), 'utf8')
  await appendFile(join(folder, 'go.mod'), `\n${/^replace \([\s\S]*?^\)/m.exec(source)?.[0] ?? ''}\n`)
  await go('mod', 'tidy', '-e')
  await go('build', '-o', 'filebeat', '.')
  await rename(join(folder, 'filebeat'), FILEBEAT)
  say(`Filebeat ${FILEBEAT_VERSION} is ${FILEBEAT}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
