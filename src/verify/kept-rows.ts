/**
 * The rows of what a topic keeps, as one partition: both engines get the same rows in the same order, so that both find the same ones
 * late. (Of a topic with several partitions, which rows Flink finds late depends on the partition that it happens to read first.)
 *
 * The next row always comes from the partition whose event time has come least far. So the rows are about as much in order as each
 * partition is, and the same records always give the same rows. Rows without event time are left out:
 * Flink fails a job at the first of them.
 */
import { setImmediate } from 'node:timers/promises'
import type { Offset } from '../base/quantity.ts'
import { refuseStopped } from '../base/turns.ts'
import type { TopicReader } from '../bus/bus.ts'
import { readOffsets, withoutNulls } from '../bus/fetched.ts'
import { openPick } from '../history/pick.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { type Batch, type Column, columnOf, type DoubleColumn, type Value, valueAt } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { Session } from '../sql/function/function.ts'

/** Offsets [from, to) of a partition. */
export type KeptRange = { readonly from: Offset; readonly to: Offset }

export type WholeTopic = {
  readonly checked: CheckedTopic
  readonly topic: TopicReader
  /** What is read of each partition. */
  readonly ranges: readonly KeptRange[]
}

export type KeptInput = {
  readonly span: Span
  /** The most rows of the topic. */
  readonly most: number
  readonly session: Session
  readonly stop?: AbortSignal | undefined
  /** Called with the number of records that were read of a topic, and those of them that are left out. */
  counted?(topic: string, records: number, left: LeftOut): void
}

/** Records that are no rows, and rows without event time. */
export type LeftOut = { readonly undecodable: number; readonly untimed: number }

const CHUNK_ROWS = 8192
/** Partitions are read by turns, each this far. */
const READ_BYTES = 1 << 18

/** The topic, with what it keeps now. */
export async function wholeTopic(checked: CheckedTopic, topic: TopicReader): Promise<WholeTopic> {
  await topic.refresh()
  const bounds = Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition))
  return { checked, topic, ranges: bounds.map(({ start, end }) => ({ from: start, to: end })) }
}

/** The rows with these columns, in batches of one partition. A batch is valid until the next is asked for. */
export async function* keptRows(kept: WholeTopic, columns: readonly number[], input: KeptInput): AsyncGenerator<Batch> {
  const { fields } = kept.checked
  const types = columns.map((column) => (fields[column] as Field).type)
  const partitions = kept.ranges.map((range, partition) => openPartition(kept, partition, { ...input, columns, range }))
  for (const one of partitions) await one.fill()
  let values: Value[][] = types.map(() => [])
  let chunk = 0
  const batch = (): Batch => ({
    count: chunk,
    columns: types.map((type, column) => columnOf(type, values[column] as Value[])),
    partition: 0,
    origin: undefined,
    watermark: undefined,
  })
  for (let rows = 0; rows < input.most; rows++) {
    const next = leastFar(partitions)
    if (next === undefined) break
    next.take(types, values)
    if (next.isEmpty()) await next.fill()
    if (++chunk < CHUNK_ROWS) continue
    yield batch()
    values = types.map(() => [])
    chunk = 0
    // Reading may never wait for anything: without a turn of the event loop a Ctrl-C would not be seen.
    await setImmediate()
  }
  if (chunk > 0) yield batch()
}

type Partition = {
  /** The greatest event time that it has given. */
  readonly reached: number
  isEmpty(): boolean
  /** Reads on until it has a row, or is at its end. */
  fill(): Promise<void>
  /** Adds the values of its next row. */
  take(types: readonly Field['type'][], values: readonly Value[][]): void
}

function leastFar(partitions: readonly Partition[]): Partition | undefined {
  let least: Partition | undefined
  for (const one of partitions) {
    if (!one.isEmpty() && (least === undefined || one.reached < least.reached)) least = one
  }
  return least
}

type Reading = KeptInput & { readonly columns: readonly number[]; readonly range: KeptRange }

function openPartition({ checked, topic }: WholeTopic, partition: number, reading: Reading): Partition {
  const { columns, range, session, span, stop } = reading
  const { rowtime, format } = checked
  const wanted = rowtime === undefined ? columns : [...columns, rowtime]
  const pick = openPick(checked, wanted, { span, session })
  const runs = (async function* () {
    if (range.to <= range.from) return
    for await (const fetched of readOffsets(topic, partition, { ...range, maxBytes: READ_BYTES })) {
      refuseStopped(stop)
      for (const run of withoutNulls(fetched)) {
        await format.ready?.(run.values, stop)
        yield run
      }
    }
  })()
  let rows: Batch | undefined
  let row = 0
  let reached = Number.NEGATIVE_INFINITY
  /** Goes on to the next row that has event time. */
  const skip = () => {
    const time = rowtime === undefined ? undefined : (rows?.columns[columns.length] as DoubleColumn | undefined)
    while (rows !== undefined && row < rows.count && time?.nulls?.[row] === 1) row++
    if (row === rows?.count) rows = undefined
  }
  return {
    get reached() {
      return reached
    },
    isEmpty: () => rows === undefined,
    async fill() {
      rows = undefined
      row = 0
      while (rows === undefined) {
        const { value: run, done } = await runs.next()
        if (done === true) return
        const picked = pick.rows(run, partition)
        const { batch, undecodable } = picked
        const untimed = rowtime === undefined ? 0 : nullsIn(batch.columns[columns.length] as Column, batch.count)
        reading.counted?.(checked.name, run.values.count, { undecodable, untimed })
        if (batch.count > untimed) rows = batch
        skip()
      }
    },
    take(types, values) {
      if (rows === undefined) return
      const all = rows.columns
      for (const [column, type] of types.entries()) values[column]?.push(valueAt(all[column] as Column, row, type))
      if (rowtime !== undefined)
        reached = Math.max(reached, (all[columns.length] as DoubleColumn).values[row] as number)
      row++
      skip()
    },
  }
}

const nullsIn = ({ nulls }: Column, count: number): number =>
  nulls === undefined ? 0 : nulls.subarray(0, count).reduce((sum, one) => sum + one, 0)
