/** `tailrace tap`: prints the records of a topic, and with --follow those that come later. It only reads. */
import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import { DURATION } from '../base/units.ts'
import type { BusReader, Fetched, TopicReader } from '../bus/bus.ts'
import { firstSince, readOffsets, sliceFetched } from '../bus/fetched.ts'
import { recordText } from '../record/records.ts'
import { harmlessOn } from '../terminal/text.ts'
import { nameEndingIn, openData, topicNamed } from './option/data.ts'
import { namedBefore, PIPELINE_ARGUMENT, type WhichOptions, whichOptions } from './option/pipeline.ts'
import { say } from './say.ts'

type TapOptions = WhichOptions & {
  readonly from?: string
  readonly since?: string
  readonly group?: string
  readonly limit?: string
  readonly partition?: string
  readonly follow?: boolean
  readonly output: 'raw' | 'json'
}

const READ_BYTES = 256 << 10
const POLL_MS = 200

/** The command `tap`. */
export function tapCommand(): Command {
  return whichOptions(new Command('tap'))
    .description('Prints the records of a topic: as they are, one a line, or as JSON with their place, time and key.')
    .argument('<TOPIC>', 'a topic; that of a query by the name of the query')
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .addOption(
      new Option('--from <place>', 'earliest, latest, or an offset (of every partition)').conflicts(['since', 'group']),
    )
    .option('--since <time>', 'from the first that arrived at or after a time, as 2026-05-15T20:00:00Z, or 10m ago')
    .addOption(
      new Option('--group <name>', 'from where this group goes on; nothing is committed for it').conflicts('since'),
    )
    .option('--limit <n>', 'at most this number of records')
    .option('--partition <n>', 'one partition only')
    .option('-f, --follow', 'wait for more at the end, until stopped')
    .addOption(new Option('-o, --output <form>', 'how records are written').choices(['raw', 'json']).default('raw'))
    .addHelpText(
      'after',
      `
Examples:
  tailrace tap apache_logs --limit 10
  tailrace tap methods --from latest --follow -o json
  tailrace tap apache_logs --group nasa.sink.archive --limit 10
  tailrace tap apache_logs.dead --since 1h --data /var/lib/tailrace/nasa

Partitions come one after the other; within one, records are in order of offset. The pipeline may run meanwhile.
`,
    )
    .action(namedBefore(tap))
}

async function tap(name: string, options: TapOptions): Promise<void> {
  const limit = wholeNumber('--limit', options.limit) ?? Number.POSITIVE_INFINITY
  const only = wholeNumber('--partition', options.partition)
  const places = startOf(options)
  await using data = await openData(options)
  const topic = await data.reader(await topicNamed(name, data))
  const start = options.group === undefined ? places : await startOfGroup(options.group, topic, data)
  const partitions = partitionsOf(topic, only)
  const next = new Map<number, Offset>()
  for (const partition of partitions) next.set(partition, await start(topic, partition))
  let left = limit
  do {
    for (const partition of partitions) left -= await printNew(topic, { partition, next, left, output: options.output })
    if (options.follow === true && left > 0) await systemClock.sleep(POLL_MS)
  } while (options.follow === true && left > 0)
}

/** All partitions, or the only one that is wanted. Throws a Failure where the topic does not have it. */
function partitionsOf({ name, partitions }: TopicReader, only: number | undefined): readonly number[] {
  if (only === undefined) return Array.from({ length: partitions }, (_, i) => i)
  if (only < partitions) return [only]
  const hint = partitions === 1 ? 'It has partition 0 only.' : `Its partitions are 0 to ${partitions - 1}.`
  throw new Failure('not-found', `topic ${name} has no partition ${only}`, { hint })
}

type Printing = {
  readonly partition: number
  readonly next: Map<number, Offset>
  readonly left: number
  readonly output: 'raw' | 'json'
}

/** Prints the records of a partition from its place on, at most `left`; resolves to their number. */
async function printNew(topic: TopicReader, { partition, next, left, output }: Printing): Promise<number> {
  let printed = 0
  for await (const fetched of readOffsets(topic, partition, { from: next.get(partition), maxBytes: READ_BYTES })) {
    const some = sliceFetched(fetched, 0, Math.min(fetched.values.count, left - printed))
    await write(output === 'raw' ? rawOf(some) : jsonOf(some, partition))
    printed += some.values.count
    next.set(partition, some.next)
    if (printed === left) break
  }
  return printed
}

async function write(bytes: Uint8Array | string): Promise<void> {
  if (!process.stdout.write(harmlessOn(process.stdout, bytes)))
    await new Promise((resolve) => process.stdout.once('drain', resolve))
}

const NEWLINE = Buffer.from('\n')

/** Of a NULL value, which deletes a row, the key is shown. */
function rawOf({ values: { bytes, start, end, count }, nulls, keys }: Fetched): Uint8Array {
  const parts: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const isNull = nulls?.[i] === 1
    parts.push(isNull ? Buffer.from(`NULL ${keys && recordText(keys, i)}`) : bytes.subarray(start[i], end[i]), NEWLINE)
  }
  return Buffer.concat(parts)
}

function jsonOf({ baseOffset, values, nulls, keys, timestamps }: Fetched, partition: number): string {
  return Array.from({ length: values.count }, (_, i) => {
    const timestamp = new Date(timestamps[i] as number).toISOString()
    const key = keys === undefined ? null : recordText(keys, i)
    const value = nulls?.[i] === 1 ? null : recordText(values, i)
    return `${JSON.stringify({ partition, offset: baseOffset + i, timestamp, key, value })}\n`
  }).join('')
}

type Start = (topic: TopicReader, partition: number) => Offset | Promise<Offset>

function startOf({ from = 'earliest', since }: TapOptions): Start {
  if (since !== undefined) {
    const time = timeOf(since)
    return (topic, partition) => firstSince(topic, partition, time)
  }
  if (from === 'earliest') return (topic, partition) => topic.bounds(partition).start
  if (from === 'latest') return (topic, partition) => topic.bounds(partition).end
  const offset = wholeNumber('--from', from, 'earliest, latest or an offset')
  return () => offset ?? 0
}

/** The places that a group has committed; a partition of which it has none is read from its first record. */
async function startOfGroup(name: string, topic: TopicReader, bus: BusReader): Promise<Start> {
  const names = await bus.groupNames()
  const found = nameEndingIn(name, names)
  if (found === undefined) {
    const hint = names.length === 0 ? 'The bus has no groups.' : `The groups are ${names.join(', ')}.`
    throw new Failure('not-found', `there is no group ${name}`, { hint })
  }
  const offsets = (await bus.groups([found])).get(found)
  const committed = offsets?.get(topic.name)
  if (committed === undefined) {
    const topics = [...(offsets?.keys() ?? [])].join(', ')
    throw new Failure('not-found', `group ${found} does not read topic ${topic.name}`, { hint: `It reads ${topics}.` })
  }
  say(`from where group ${found} goes on; nothing is committed for it`)
  return (_, partition) => committed[partition] ?? 0
}

function timeOf(text: string): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : systemClock.now() - (DURATION.read(text) ?? Number.NaN)
  if (Number.isFinite(time)) return time
  throw new Failure('usage', `--since ${text}: expected a time as 2026-05-15T20:00:00Z, or how long ago, as 10m`)
}

function wholeNumber(option: string, text: string | undefined, expected = 'a whole number'): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Failure('usage', `${option} ${text}: expected ${expected}`)
  return Number(text)
}
