/** The embedded bus with its data folder, which is owned as long as the bus is open; in this process or in another one. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { systemClock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import { seededRandom } from '../../base/random.ts'
import { hastyDisk } from '../../data/data-folder.test-tool.ts'
import { ownDataFolder } from '../../data/data-folder.ts'
import type { Bus } from '../bus.ts'
import { type EmbeddedOptions, openEmbedded } from './embedded.ts'

/** Owns the folder and opens the bus in it; by default on a disk that does not wait for the device. */
export async function ownEmbedded(
  path: string,
  { disk = hastyDisk, clock = systemClock, ...options }: Partial<EmbeddedOptions> & { disk?: Disk } = {},
): Promise<Bus> {
  const data = await ownDataFolder(disk, path, clock, seededRandom(1))
  try {
    const bus = await openEmbedded(data, { clock, ...options })
    return {
      ...bus,
      async [Symbol.asyncDispose]() {
        try {
          await bus[Symbol.asyncDispose]()
        } finally {
          data[Symbol.dispose]()
        }
      },
    }
  } catch (error) {
    data[Symbol.dispose]()
    throw error
  }
}

const TOOLS: readonly (readonly [names: string, file: string])[] = [
  ['ownEmbedded', 'embedded.test-tool.ts'],
  ['nodeDisk', '../../base/disk/node-disk.ts'],
  ['appendOf, linesOf', '../appends.test-tool.ts'],
]

/** Another process that runs a script, which may use the names of `TOOLS`. */
export function otherProcess(script: string): ChildProcess & { readonly stdout: Readable } {
  const imports = TOOLS.map(([names, file]) => `import { ${names} } from '${new URL(file, import.meta.url).href}'\n`)
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', imports.join('') + script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
