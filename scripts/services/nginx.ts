/** nginx, from Debian: one process for each configuration of a folder, all of which have their files in that folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../src/base/failure.ts'
import { debianProgram } from './debian.ts'
import { openGuard } from './guard.ts'
import { freePorts } from './ports.ts'
import { type ServerProcess, startProcess } from './server-process.ts'
import type { ServiceCommand } from './service-command.ts'

/** nginx answers the requests that it has. */
const END_LIMIT_MS = 10_000
const EXAMPLE = fileURLToPath(new URL('../../examples/access-log/nginx', import.meta.url))

export type Nginx = AsyncDisposable & {
  /** `http://HOST:PORT` of each configuration, by its name without `.conf`. */
  readonly urls: Readonly<Record<string, string>>
  readonly pids: readonly number[]
  readonly folder: string
  /** Asks the processes to end, which empties the buffers of their logs. */
  stop(): Promise<void>
}

/**
 * Starts nginx for each `*.conf` of the folder, and resolves when each listens. Throws if nginx is not installed, or if it does not
 * like a configuration.
 */
export async function startNginx({ folder }: { readonly folder: string }): Promise<Nginx> {
  const command = debianProgram('nginx')
  const confs = confsOf(folder)
  const guard = await openGuard('nginx')
  try {
    const processes = await Promise.all(
      confs.map(({ file, name }) => {
        const args = ['-p', resolve(folder), '-c', file, '-g', 'daemon off;']
        return startProcess(guard, { name, command, args })
      }),
    )
    // Another nginx may listen on the port; this one writes its number once it does.
    const isReady = async ({ pid }: ServerProcess, pidFile: string) => numberIn(join(folder, pidFile)) === pid
    await Promise.all(
      confs.map(async ({ pidFile }, index) => {
        const process = processes[index]
        await process?.ready(() => isReady(process, pidFile))
      }),
    )
    const stop = async () => {
      await Promise.all(processes.map((process) => process.end(END_LIMIT_MS)))
      await guard[Symbol.asyncDispose]()
    }
    return {
      urls: Object.fromEntries(confs.map(({ name, port }) => [name, `http://127.0.0.1:${port}`])),
      pids: processes.map(({ pid }) => pid),
      folder: guard.folder,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

type Conf = { readonly file: string; readonly name: string; readonly port: number; readonly pidFile: string }

const LISTEN = /^\s*listen 127\.0\.0\.1:(\d+);/m
const PID = /^pid (\S+);/m

function confsOf(folder: string): readonly Conf[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.conf'))
  if (files.length === 0) throw new Failure('not-found', `there is no .conf in ${folder}`)
  return files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const [port, pidFile] = [LISTEN, PID].map((pattern) => pattern.exec(text)?.[1])
    if (port !== undefined && pidFile !== undefined)
      return { file, name: basename(file, '.conf'), port: Number(port), pidFile }
    throw new Failure(
      'usage',
      `${join(folder, file)} needs lines such as \`pid nginx.pid;\` and \`listen 127.0.0.1:8080;\``,
    )
  })
}

/** Copies the configurations of the example to a new folder, with free ports in place of theirs. */
export async function copyOfSite(to: string, from: string = EXAMPLE): Promise<void> {
  const confs = confsOf(from)
  const ports = await freePorts(confs.length)
  await mkdir(to, { recursive: true })
  for (const { file } of confs) {
    const text = readFileSync(join(from, file), 'utf8')
    const changed = confs.reduce((text, { port }, index) => text.replaceAll(`:${port};`, `:${ports[index]};`), text)
    await writeFile(join(to, file), changed)
  }
}

function numberIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

export const nginxOnCommand: ServiceCommand = {
  name: 'nginx',
  usage: 'nginx [FOLDER]',
  summary: 'nginx for each .conf of a folder, by default that of examples/access-log (from Debian)',
  async start([folder = EXAMPLE]) {
    const nginx = await startNginx({ folder })
    return {
      folder: nginx.folder,
      pids: nginx.pids,
      addresses: { ...nginx.urls, 'its files': resolve(folder) },
      [Symbol.asyncDispose]: nginx.stop,
    }
  },
}
