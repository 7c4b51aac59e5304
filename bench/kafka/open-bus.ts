/** The bus of `make bench-kafka`, as a pipeline opens it. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { buses } from '../../src/bus/all.ts'
import type { Bus, BusReader } from '../../src/bus/bus.ts'
import type { BusType } from '../../src/bus/bus-type.ts'
import { ownDataFolder } from '../../src/data/data-folder.ts'

const context = {
  folder: '.',
  clock: systemClock,
  random: seededRandom(1),
  warn: (message: string) => console.error(message),
}

function kafka(brokers: string): { readonly type: BusType; readonly options: unknown } {
  const type = buses.find(({ name }) => name === 'kafka')
  if (type === undefined) throw new Error('there is no bus for Kafka')
  return { type, options: type.options.parse({ brokers }) }
}

/** For writing, with a data folder of its own in the folder for temporary files. */
export async function openBenchBus(brokers: string): Promise<Bus> {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-bench-'))
  const { type, options } = kafka(brokers)
  return type.open(options, { ...context, data: await ownDataFolder(nodeDisk, folder, systemClock, context.random) })
}

/** For reading alone. */
export function readBenchBus(brokers: string): Promise<BusReader> {
  const { type, options } = kafka(brokers)
  return type.read(options, { ...context, disk: nodeDisk, dataFolder: '.' })
}
