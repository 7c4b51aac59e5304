/**
 * Tries what a pipeline needs besides this machine: its bus, the stores of its sinks, the tables that its reports read. Each is
 * asked, and nothing there is changed.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import { Failure, failuresIn } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import { counted } from '../../base/units.ts'
import type { CheckedPipeline, CheckedTopic } from '../../pipeline/checked.ts'
import type { PipelineText } from '../../pipeline/file/pipeline-text.ts'
import type { StoreLook } from '../../sink/sink.ts'

export type Connection = {
  /** As the pipeline file calls it: `sink results`. */
  readonly part: string
  /** Its kind there: `cassandra`. */
  readonly kind: string
  /** What was found, in words; undefined where it is out of reach, or not there. */
  readonly found: string | undefined
  /** What would keep the pipeline from working with it, each at its place in the file. */
  readonly failures: readonly Failure[]
  readonly warnings: readonly Failure[]
}

export type Connecting = {
  readonly pipeline: CheckedPipeline
  readonly text: PipelineText
  readonly dataFolder: string
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
}

/** A part to try; `at`: its place in the file. */
type Trial = Pick<Connection, 'part' | 'kind'> & {
  readonly at: readonly string[]
  look(): Promise<StoreLook>
}

/** Tries all parts that are somewhere else, one after another. A part that cannot be reached does not keep it from the others. */
export async function tryConnections(connecting: Connecting): Promise<readonly Connection[]> {
  const tried: Connection[] = []
  for (const trial of trialsOf(connecting)) tried.push(await attempt(trial, connecting.text))
  return tried
}

function trialsOf(connecting: Connecting): readonly Trial[] {
  const { pipeline, clock } = connecting
  const { bus, topics, sinks, tables, folder } = pipeline
  return [
    ...(bus.type.isShared
      ? [{ part: 'bus', kind: bus.type.name, at: ['bus'], look: () => lookAtBus(connecting) }]
      : []),
    ...topics.flatMap((topic) => topicTrials(topic, pipeline)),
    ...sinks.flatMap(({ name, type, options, rows }): readonly Trial[] => {
      const { connect } = type
      if (connect === undefined) return []
      const look = () => connect(options, { ...rows, folder, clock })
      return [{ part: `sink ${name}`, kind: type.name, at: ['sinks', name, type.name], look }]
    }),
    ...[...tables.values()].map((table): Trial => {
      const { name, type } = table
      const look = () => lookAtTable(table, pipeline)
      return { part: `table ${name}`, kind: type.name, at: ['tables', name, type.name], look }
    }),
  ]
}

/** Of a topic whose format gets from somewhere what it needs. */
function topicTrials({ name, chosen }: CheckedTopic, { sources }: CheckedPipeline): readonly Trial[] {
  const look = chosen?.format.look
  if (chosen === undefined || look === undefined) return []
  const { format, options } = chosen
  const writes = sources.find(({ to, writer }) => to === name && writer !== undefined)
  return [
    {
      part: `topic ${name}`,
      kind: format.name,
      at: ['topics', name, 'format'],
      async look() {
        const found = await format.look?.(options, writes?.type.rows?.(writes.options))
        return { found: found?.found, failures: found?.failures ?? [], warnings: [] }
      },
    },
  ]
}

type Table = CheckedPipeline['tables'] extends ReadonlyMap<string, infer One> ? One : never

async function lookAtTable(table: Table, { sinks, folder }: CheckedPipeline): Promise<StoreLook> {
  const { name, type, options, columns, rowtime } = table
  const time = columns[rowtime]
  try {
    if (time !== undefined) {
      await using _ = await type.open(options, { name, folder, columns, time, since: 0, until: 0 })
    }
  } catch (error) {
    const isAbsent = error instanceof Failure && error.code === 'not-found'
    if (!isAbsent || !sinks.some((sink) => mayMake(sink, table))) throw error
    return { found: undefined, failures: [], warnings: [`${error.message}: the sink makes it`] }
  }
  return { found: type.shown(options), failures: [], warnings: [] }
}

/** Whether the sink, which is at work before any report, writes to a table of this name in such a store. */
const mayMake = (sink: Pick<Table, 'options'> & { readonly type: { readonly name: string } }, table: Table): boolean =>
  sink.type.name === table.type.name && storedTable(sink.options) === storedTable(table.options)

const storedTable = (options: unknown): unknown => (options as { readonly table?: unknown }).table

async function lookAtBus({ pipeline, dataFolder, clock, disk, random }: Connecting): Promise<StoreLook> {
  const { bus, folder, topics } = pipeline
  const warnings: string[] = []
  const warn = (message: string) => warnings.push(message)
  await using reader = await bus.type.read(bus.options, { folder, clock, random, warn, disk, dataFolder })
  const look = await reader.look({ topics: topics.map(({ topic }) => topic) })
  const there = counted(look.topics.length, 'topic')
  const found = `${counted(look.brokers.length, 'broker')}, ${there} of ${topics.length} of this pipeline`
  return { found, failures: [], warnings: [...warnings, ...look.trouble] }
}

async function attempt({ part, kind, at, look }: Trial, text: PipelineText): Promise<Connection> {
  const placed = ({ message, hint }: Failure) => text.failure(at, message, { hint })
  try {
    const { found, failures, warnings } = await look()
    return {
      part,
      kind,
      found,
      failures: failures.flatMap(failuresIn).map(placed),
      warnings: warnings.map((message) => text.failure(at, message)),
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { part, kind, found: undefined, failures: failuresIn(error).map(placed), warnings: [] }
  }
}
