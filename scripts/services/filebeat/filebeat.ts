/** Filebeat, which `build.ts` builds from its source: it is never installed by itself. */
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../src/base/failure.ts'
import { openGuard } from '../guard.ts'
import { startProcess } from '../server-process.ts'
import { readConf, type ServiceCommand } from '../service-command.ts'
import { type Shipper, startShipper } from '../shipper.ts'

export const FILEBEAT_VERSION = '7.17.28'
/** Where the program is, once it is built. */
export const FILEBEAT: string = fileURLToPath(
  new URL(`../../../node_modules/.cache/tailrace/filebeat-${FILEBEAT_VERSION}`, import.meta.url),
)

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
export async function startFilebeat({ conf }: { readonly conf: string }): Promise<Shipper> {
  const command = filebeatPath()
  const guard = await openGuard('filebeat')
  try {
    const file = join(guard.folder, 'filebeat.yml')
    // It refuses a configuration that others can write.
    await writeFile(file, conf, { mode: 0o600 })
    const args = ['-e', '-c', file, '--path.home', guard.folder]
    return await startShipper(guard, () => startProcess(guard, { name: 'filebeat', command, args }))
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
