/** rsyslog with its output to Kafka, from Debian. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../src/base/failure.ts'
import { debianProgram } from './debian.ts'
import { openGuard } from './guard.ts'
import { startProcess } from './server-process.ts'
import { readConf, type ServiceCommand } from './service-command.ts'

/** rsyslog sends what waits in its queues. */
const END_LIMIT_MS = 30_000

export type Rsyslog = AsyncDisposable & {
  readonly folder: string
  readonly pid: number
  readonly log: string
  /** Asks it to end, which sends what waits, and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts rsyslog, and resolves when it has loaded its configuration. Relative paths in that are below the folder of the
 * service. Throws if it is not installed, or does not like the configuration.
 */
export async function startRsyslog({ conf }: { readonly conf: string }): Promise<Rsyslog> {
  const command = debianProgram('rsyslog')
  const guard = await openGuard('rsyslog')
  try {
    const file = join(guard.folder, 'rsyslog.conf')
    const pidFile = join(guard.folder, 'rsyslog.pid')
    // A mistake in the configuration ends it.
    const own = `global(workDirectory="${guard.folder}" abortOnUncleanConfig="on")`
    await writeFile(file, `${own}\n${conf}`)
    // In the foreground, and without moving to the root folder.
    const args = ['-n', '-C', '-f', file, '-i', pidFile]
    const process = await startProcess(guard, { name: 'rsyslog', command, args })
    await process.ready(async () => existsSync(pidFile))
    const stop = async () => {
      await process.end(END_LIMIT_MS)
      await guard[Symbol.asyncDispose]()
    }
    return { folder: guard.folder, pid: process.pid, log: process.log, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

export const rsyslogOnCommand: ServiceCommand = {
  name: 'rsyslog',
  usage: 'rsyslog FILE.conf',
  summary: 'rsyslog with its output to Kafka (from Debian)',
  async start([file]) {
    if (file === undefined) throw new Failure('usage', 'rsyslog needs its configuration: rsyslog FILE.conf')
    const rsyslog = await startRsyslog({ conf: await readConf(file) })
    const addresses = { configuration: file, log: rsyslog.log }
    return { folder: rsyslog.folder, pids: [rsyslog.pid], addresses, [Symbol.asyncDispose]: rsyslog.stop }
  },
}
