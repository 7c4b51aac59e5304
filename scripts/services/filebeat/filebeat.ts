/** Filebeat, which `build.ts` builds from its source: it is never installed by itself. */
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../src/base/failure.ts'
import { openGuard } from '../guard.ts'
import { startProcess } from '../server-process.ts'
import { readConf, type ServiceCommand } from '../service-command.ts'

export const FILEBEAT_VERSION = '7.17.28'
/** Where the program is, once it is built. */
export const FILEBEAT: string = fileURLToPath(
  new URL(`../../../node_modules/.cache/tailrace/filebeat-${FILEBEAT_VERSION}`, import.meta.url),
)
/** It sends what waits. */
const END_LIMIT_MS = 30_000

export type Filebeat = AsyncDisposable & {
  readonly folder: string
  readonly pid: number
  readonly log: string
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it again, with what it remembers of the files that it has read. It is killed first if it runs. */
  restart(): Promise<void>
  /** Asks it to end, and removes its folder. */
  stop(): Promise<void>
}

/** The path of the program. Throws if it was not built. */
export function filebeatPath(): string {
  try {
    accessSync(FILEBEAT, constants.X_OK)
    return FILEBEAT
  } catch {
    throw new Failure('not-found', 'Filebeat was not built', {
      hint: 'With Go: node scripts/services/filebeat/build.ts, which takes some minutes.',
    })
  }
}

/** Starts Filebeat with the content of a `filebeat.yml`. Throws if it was not built. */
export async function startFilebeat({ conf }: { readonly conf: string }): Promise<Filebeat> {
  const command = filebeatPath()
  const guard = await openGuard('filebeat')
  try {
    const file = join(guard.folder, 'filebeat.yml')
    // It refuses a configuration that others can write.
    await writeFile(file, conf, { mode: 0o600 })
    const args = ['-e', '-c', file, '--path.home', guard.folder]
    const start = async () => await startProcess(guard, { name: 'filebeat', command, args })
    let process = await start()
    const stop = async () => {
      await process.end(END_LIMIT_MS)
      await guard[Symbol.asyncDispose]()
    }
    return {
      folder: guard.folder,
      get pid() {
        return process.pid
      },
      log: process.log,
      kill: () => process.kill(),
      async restart() {
        await process.kill()
        process = await start()
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

export const filebeatOnCommand: ServiceCommand = {
  name: 'filebeat',
  usage: 'filebeat FILE.yml',
  summary: `Filebeat ${FILEBEAT_VERSION}, once it was built`,
  async start([file]) {
    if (file === undefined) throw new Failure('usage', 'filebeat needs its configuration: filebeat FILE.yml')
    const filebeat = await startFilebeat({ conf: await readConf(file) })
    const addresses = { configuration: file, log: filebeat.log }
    return { folder: filebeat.folder, pids: [filebeat.pid], addresses, [Symbol.asyncDispose]: filebeat.stop }
  },
}
