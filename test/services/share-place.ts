/** Processes that share a pipeline on a real broker: each is a `tailrace run` of its own, with a data folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PipelineStatus } from '../../src/run/status/status.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export type RunProcess = {
  readonly data: string
  /** What it has printed. */
  said(): string
  kill(signal: NodeJS.Signals): void
  /** Resolves with its exit code once it has ended. */
  ended(): Promise<number | null>
  status(): Promise<PipelineStatus>
}

const started = new Set<ChildProcess>()

/** Ends what the tests have left. */
export function killAll(): void {
  for (const child of started) child.kill('SIGKILL')
}

/** Runs the pipeline file of a folder, with a data folder of this name; `more` are further options. */
export function startProcess(
  folder: string,
  host: string,
  data: string = host,
  more: readonly string[] = [],
): RunProcess {
  const file = join(folder, 'p.yaml')
  const path = join(folder, data)
  const child = spawn(process.execPath, [main, 'run', file, '--data', path, '--host', host, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAILRACE_LISTEN: 'none' },
  })
  started.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      said += String(bytes)
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    started.delete(child)
    return code as number | null
  })
  return {
    data: path,
    said: () => said,
    kill: (signal) => void child.kill(signal),
    ended: () => ended,
    async status() {
      const { stdout } = await promisify(execFile)(process.execPath, [main, 'status', file, '--data', path, '--json'])
      return JSON.parse(stdout) as PipelineStatus
    },
  }
}

/** Resolves once it is true. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  for (const from = performance.now(); performance.now() - from < limitMs; await sleep(50)) if (await isSo()) return
  throw new Error(`not within ${limitMs} ms: ${what}`)
}

export type NumberStore = AsyncDisposable & {
  readonly url: string
  /** How often each number came. */
  readonly numbers: ReadonlyMap<number, number>
}

/** A store that takes rows with a number `n` by HTTP; the number is its key, so a row that comes twice is there once. */
export async function numberStore(): Promise<NumberStore> {
  const numbers = new Map<number, number>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += String(part)
    for (const line of body.split('\n').filter(Boolean)) {
      const { n } = JSON.parse(line) as { readonly n: number }
      numbers.set(n, (numbers.get(n) ?? 0) + 1)
    }
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    numbers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
