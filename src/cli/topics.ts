/** `tailrace topics`: the topics of a data folder, whether its pipeline runs or not. */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { nodeDisk } from '../base/node-disk.ts'
import type { Offset } from '../base/quantity.ts'
import { roundBytes } from '../base/units.ts'
import type { BusReader, Offsets, TopicReader } from '../bus/bus.ts'
import { arrivalFrom } from '../bus/fetched.ts'
import { type GroupKind, isGroupOf } from '../pipeline/group.ts'
import { readCheckpoint } from '../run/checkpoint-file.ts'
import { TextTable } from '../terminal/table.ts'
import { NO_CHECKPOINT } from '../topic/checkpoint.ts'
import { type DataPlace, openData } from './option/data.ts'
import { type WhichOptions, whichOptions } from './option/pipeline.ts'

/** The command `topics`. */
export function topicsCommand(): Command {
  return whichOptions(new Command('topics'))
    .description('Lists the topics of a data folder: records, bytes, arrival times, and how far their readers are.')
    .argument('[PIPELINE]', 'the pipeline whose data folder it is')
    .option('--json', 'print it as JSON, one object for each topic and partition')
    .addHelpText(
      'after',
      `
Examples:
  tailrace topics pipeline.yaml
  tailrace topics --data /var/lib/tailrace/nasa --json

It only reads, so the pipeline may run meanwhile. Readers are as of the last checkpoint: PIPELINE.query.NAME,
PIPELINE.sink.NAME or the group that the file names, and by how many records each is behind.
`,
    )
    .action(listTopics)
}

type Reader = { readonly group: string; readonly offset: Offset; readonly lag: number }

type Listed = {
  readonly topic: string
  readonly partition: number
  readonly start: Offset
  readonly end: Offset
  readonly records: number
  readonly bytes: number
  /** Arrival of the first and the last record, ISO 8601. */
  readonly first: string | null
  readonly last: string | null
  readonly readers: readonly Reader[]
}

async function listTopics(pipeline: string | undefined, options: WhichOptions & { readonly json?: boolean }) {
  await using data = await openData(pipeline === undefined ? options : { ...options, pipeline })
  const places = readersOf(data, await data.groups())
  const listed: Listed[] = []
  for (const { name } of await data.topics()) listed.push(...(await partitionsOf(await data.reader(name), places)))
  if (options.json === true) {
    for (const one of listed) process.stdout.write(`${JSON.stringify(one)}\n`)
    return
  }
  const names = ['topic', 'partition', 'offsets', 'records', 'size', 'first', 'last', 'behind']
  const rows = listed.map(({ topic, partition, start, end, records, bytes, first, last, readers }) => [
    topic,
    String(partition),
    start < end ? `${start} to ${end - 1}` : 'none',
    String(records),
    roundBytes(bytes),
    first ?? '',
    last ?? '',
    readers.map(({ group, lag }) => `${group} ${lag}`).join(', '),
  ])
  const table = new TextTable(names.map((name) => ({ name })))
  table.widen(rows)
  const line = table.writer()
  for (const row of [names, ...rows]) process.stdout.write(`${line(row)}\n`)
}

type GroupPlace = {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

type Groups = Awaited<ReturnType<BusReader['groups']>>

/** The committed offsets of every group, and for queries and sinks without any the places of the last checkpoint. */
function readersOf({ dataFolder, loaded }: DataPlace, groups: Groups): readonly GroupPlace[] {
  // A bus elsewhere can be looked at from a machine on which the pipeline has never run.
  const { queries, sinks } = existsSync(dataFolder) ? readCheckpoint(nodeDisk, dataFolder) : NO_CHECKPOINT
  const places: GroupPlace[] = []
  const add = (group: string, topic: string, offsets: Offsets) => {
    for (const [partition, offset] of Object.entries(offsets))
      places.push({ group, topic, partition: Number(partition), offset })
  }
  for (const [name, topics] of groups) for (const [topic, offsets] of topics) add(name, topic, offsets)
  const isCommitted = (kind: GroupKind, name: string) => {
    const { group } = loaded?.definition[kind === 'query' ? 'queries' : 'sinks'][name] ?? {}
    return group === undefined ? [...groups.keys()].some((one) => isGroupOf(one, kind, name)) : groups.has(group)
  }
  for (const [name, { offsets }] of Object.entries(queries)) {
    if (isCommitted('query', name)) continue
    for (const [topic, read] of Object.entries(offsets)) add(`query ${name}`, topic, read)
  }
  for (const [name, { from, offsets }] of Object.entries(sinks)) {
    if (!isCommitted('sink', name)) add(`sink ${name}`, from, offsets)
  }
  return places
}

async function partitionsOf(topic: TopicReader, places: readonly GroupPlace[]): Promise<readonly Listed[]> {
  const listed = Array.from({ length: topic.partitions }, async (_, partition) => {
    const { start, end } = topic.bounds(partition)
    return {
      topic: topic.name,
      partition,
      start,
      end,
      records: end - start,
      bytes: await topic.bytes(partition),
      first: start < end ? await arrivalOf(topic, partition, start) : null,
      last: start < end ? await arrivalOf(topic, partition, end - 1) : null,
      readers: places
        .filter((place) => place.partition === partition && isNamed(topic.name, place.topic))
        .map(({ group, offset }) => ({ group, offset, lag: Math.max(0, end - offset) })),
    }
  })
  return Promise.all(listed)
}

/** Queries and sinks call topic `nasa.methods` `methods`. */
const isNamed = (topic: string, name: string): boolean => topic === name || topic.endsWith(`.${name}`)

async function arrivalOf(topic: TopicReader, partition: number, offset: Offset): Promise<string | null> {
  const time = await arrivalFrom(topic, partition, offset)
  return time === undefined ? null : new Date(time).toISOString()
}
