/** How a pipeline stands, for commands: by the process that runs it, or by what it has left, and by its bus. */
import { existsSync, statSync } from 'node:fs'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { describeFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { BusReader } from '../../bus/bus.ts'
import type { BusLook, LookWish } from '../../bus/look.ts'
import { livingOwner } from '../../data/data-folder.ts'
import { openReportMemory } from '../../history/report-memory.ts'
import { allTopics, type CheckedPipeline, deadOf, ticksOf } from '../../pipeline/checked.ts'
import { checkpointFile, readCheckpoint } from '../../run/checkpoint-file.ts'
import { askRun } from '../../run/control/ask.ts'
import { localOrAsIs } from '../../run/flink/split.ts'
import type { StatusHead } from '../../run/status/of-run.ts'
import { type Left, statusOfStopped } from '../../run/status/of-stopped.ts'
import { pipelineStatus } from '../../run/status/schema.ts'
import type { PartTrouble, PipelineStatus } from '../../run/status/status.ts'
import { withTrouble } from '../../run/status/trouble.ts'
import { withBus } from '../../run/status/with-bus.ts'
import { NO_CHECKPOINT } from '../../topic/checkpoint.ts'
import { readBus } from './bus.ts'
import { type CheckedFile, checkedFile, type DataPlace, dataPlace, mistakeThatHides } from './data.ts'
import type { WhichOptions } from './pipeline.ts'

/** How long the process may take to answer. */
const WAIT_MS: Duration = 5000
/** How long the bus may take: brokers may have to be looked for first. */
const BUS_WAIT_MS: Duration = 15_000

export type Looked = {
  readonly status: PipelineStatus
  /** Why the bus could not be looked at, if that is so: it is in the status as well. */
  readonly busFailure: Failure | undefined
}

export type PipelineLook = AsyncDisposable & {
  /** The pipeline at this moment. Rejects with a Failure where its file or what it has left is of no use. */
  look(): Promise<Looked>
  /** Its bus. Rejects with a Failure where it cannot be reached. */
  bus(): Promise<BusReader>
}

export type Wanted = {
  /** Whether topics and groups of others on a shared bus are wanted, too. */
  readonly all: boolean | undefined
  /** Whether only topics and groups are wanted: a look rejects with the mistake in the file that hides them. */
  readonly needsBus: boolean
}

/**
 * Finds the pipeline that the options name. Rejects with a Failure where there is no pipeline, or no data folder that it
 * needs.
 */
export async function openLook(options: WhichOptions, { all = false, needsBus }: Wanted): Promise<PipelineLook> {
  const place = await dataPlace(options)
  const { dataFolder } = place
  const file = checkedFile(place)
  const pipeline = file.pipeline && localOrAsIs(file.pipeline)
  const mask = file.pipeline?.mask ?? String
  let opening: Promise<BusReader> | undefined
  const bus = () => {
    opening ??= readBus(dataFolder, place)
    // It is tried again at the next look.
    opening.catch(() => (opening = undefined))
    return opening
  }
  return {
    bus,
    async look() {
      // One after the other: what a bus has to load would keep this process from reading the answer.
      const asked = await ask(dataFolder)
      const mistake = needsBus && asked.status === undefined ? mistakeThatHides(place, file) : undefined
      if (mistake !== undefined) throw mistake
      const wish = all ? undefined : wishOf(asked.status, pipeline)
      const looked = await lookAt(bus, wish)
      const look = looked instanceof Failure ? nothingSeen(place) : looked
      const left = () => statusOfStopped(leftOf(dataFolder, pipeline, look), headOf(place, asked.isRunning, mask))
      const status = asked.status ?? left()
      const trouble = [...asked.trouble, ...(asked.status === undefined ? fileTrouble(file) : [])]
      const ofBus = (looked instanceof Failure ? [describeFailure(looked)] : look.trouble).map((text) => {
        return { part: 'bus', text: mask(text) }
      })
      return {
        status: withTrouble(looked instanceof Failure ? status : withBus(status, look, all), [...trouble, ...ofBus]),
        busFailure: looked instanceof Failure ? looked : undefined,
      }
    },
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

const headOf = ({ dataFolder, bus }: DataPlace, isRunning: boolean, mask: StatusHead['mask']) => ({
  state: isRunning ? ('running' as const) : ('stopped' as const),
  now: systemClock.now(),
  dataFolder,
  process: null,
  bus: bus.type.name,
  mask,
})

/** Mistakes in the file are trouble, but do not hide what there is. */
const fileTrouble = ({ mistake }: CheckedFile): readonly PartTrouble[] =>
  mistake === undefined ? [] : [{ part: 'pipeline file', text: describeFailure(mistake) }]

type Asked = {
  readonly isRunning: boolean
  readonly status: PipelineStatus | undefined
  readonly trouble: readonly PartTrouble[]
}

/** Asks the process that runs the pipeline, if there is one. */
async function ask(dataFolder: string): Promise<Asked> {
  const running = (text: string): Asked => ({
    isRunning: true,
    status: undefined,
    trouble: [{ part: 'process', text }],
  })
  // On a shared bus there may be no folder yet: no process has run the pipeline here.
  if (!existsSync(dataFolder)) return { isRunning: false, status: undefined, trouble: [] }
  try {
    const answered = await askRun(dataFolder, { command: 'status' }, WAIT_MS)
    if (answered === undefined) {
      const owner = livingOwner(nodeDisk, dataFolder)
      if (owner === undefined) return { isRunning: false, status: undefined, trouble: [] }
      return running(
        `${owner}, has the data folder and cannot be asked: an older tailrace, or a command such as backfill`,
      )
    }
    const { data, success } = pipelineStatus.safeParse(answered.answer)
    if (!success) return running('the process that runs it is another version of tailrace')
    return { isRunning: true, status: data, trouble: [] }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return running(error.hint === undefined ? error.message : `${error.message}. ${error.hint}`)
  }
}

/** The topics of the pipeline; undefined, that is all, where neither the process nor the file says which they are. */
function wishOf(status: PipelineStatus | undefined, pipeline: CheckedPipeline | undefined): LookWish | undefined {
  const running = status?.topics.map(({ name }) => name) ?? []
  const declared = pipeline === undefined ? [] : allTopics(pipeline)
  const names = declared.flatMap((checked) => [checked.topic, deadOf(checked), ticksOf(checked)])
  const topics = [...new Set([...running, ...names])]
  return topics.length === 0 ? undefined : { topics }
}

/** What the bus tells; the Failure where it cannot. */
async function lookAt(bus: () => Promise<BusReader>, wish: LookWish | undefined): Promise<BusLook | Failure> {
  const done = new AbortController()
  const late = systemClock.sleep(BUS_WAIT_MS, done.signal).then(
    () => new Failure('io', `the bus did not answer within ${BUS_WAIT_MS / 1000} s`, { retryable: true }),
    () => new Failure('io', 'the bus has answered'),
  )
  try {
    return await Promise.race([bus().then((reader) => reader.look(wish)), late])
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  } finally {
    done.abort('answered')
  }
}

const nothingSeen = ({ bus }: DataPlace): BusLook => ({
  bus: bus.type.name,
  cluster: undefined,
  brokers: [],
  topics: [],
  groups: [],
  trouble: [],
})

function leftOf(dataFolder: string, pipeline: CheckedPipeline | undefined, look: BusLook): Left {
  // A bus elsewhere can be looked at from a machine on which the pipeline has never run.
  if (!existsSync(dataFolder)) {
    return { pipeline, checkpoint: NO_CHECKPOINT, checkpointAt: undefined, lastReport: () => undefined, look }
  }
  const taken = statSync(checkpointFile(dataFolder), { throwIfNoEntry: false })
  const checkpoint = readCheckpoint(nodeDisk, dataFolder)
  // Places on another bus say nothing about this one.
  const isOfBus = checkpoint.bus?.cluster === look.cluster || look.topics.length === 0
  const memory = openReportMemory({ disk: nodeDisk, dataFolder })
  return {
    pipeline,
    checkpoint: isOfBus ? checkpoint : NO_CHECKPOINT,
    checkpointAt: taken?.mtimeMs,
    lastReport: memory.last,
    look,
  }
}
