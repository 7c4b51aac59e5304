/**
 * A process that runs a pipeline on Kafka, and kills itself at one of its appends: as soon as it is on its way, or once it is
 * acknowledged.
 *
 *   node test/services/kafka-life.ts FOLDER APPENDS MOMENT       the pipeline is FOLDER/p.yaml; APPENDS 0: it lives
 */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import type { Bus, Topic } from '../../src/bus/bus.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { runInProcess } from '../run/in-process.ts'

/** Turns of the event loop after which the process is killed; `acknowledged` waits for the broker's answer. */
export type Moment = '0' | '1' | '4' | 'acknowledged'

const [folder = '.', appends = '0', moment = '0'] = process.argv.slice(2)
let left = appends === '0' ? Number.POSITIVE_INFINITY : Number(appends)

const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}

const mortal = (topic: Topic): Topic => ({
  ...topic,
  append(partition, append) {
    const appended = topic.append(partition, append)
    if (--left > 0) return appended
    if (moment === 'acknowledged') return appended.then(die)
    const turns = async () => {
      for (let turn = 0; turn < Number(moment); turn++) await setImmediate()
      die()
    }
    void turns()
    return appended
  },
})

try {
  const { pipeline } = checkPipeline(await loadPipeline(join(folder, 'p.yaml'), { environment: {}, overrides: [] }), 0)
  const { type, options } = pipeline.bus
  await runInProcess(pipeline, {
    dataFolder: join(folder, 'data'),
    async openBus(context): Promise<Bus> {
      const bus = await type.open(options, context)
      return { ...bus, topic: async (...asked) => mortal(await bus.topic(...asked)) }
    },
    warn: (message) => console.error(`warning: ${message}`),
  })
} catch (error) {
  console.error(error instanceof Failure ? describeFailure(error) : String((error as Error).stack))
  process.exitCode = 1
}
