/** What an engine has written to a topic of Kafka: when its first record could be read, and all of them, committed ones alone. */
import { setTimeout } from 'node:timers/promises'
import type { BusReader, Fetched } from '../../src/bus/bus.ts'
import { recordText } from '../../src/record/records.ts'
import { readBenchBus } from '../kafka/open-bus.ts'
import { next } from '../kafka/watch-rows.ts'
import type { Watch } from './first-row.ts'
import { type Columns, comparable, type JsonRow } from './rows.ts'

const LOOK_MS = 20
const READ_BYTES = 4 << 20

/** Waits for the first record of a topic, which need not be there yet. */
export function watchTopic(brokers: string, topic: string): Watch {
  const ended = new AbortController()
  const seen = firstRecord(brokers, topic, ended.signal)
  // `stop` gives the failure to the caller.
  seen.catch(() => {})
  return {
    stop() {
      ended.abort()
      return seen
    },
  }
}

async function firstRecord(brokers: string, topic: string, signal: AbortSignal): Promise<number> {
  const bus = await readBenchBus(brokers)
  try {
    while (!(await isThere(bus, topic))) {
      if (signal.aborted) return Number.NaN
      await setTimeout(LOOK_MS)
    }
    const reader = await bus.reader(topic)
    const cursor = reader.cursor({})
    try {
      while (!signal.aborted) {
        await cursor.waitForMore(signal)
        for (let partition = 0; partition < cursor.partitions; partition++) {
          const fetched = cursor.hasMore(partition) ? await next(cursor, partition) : undefined
          fetched?.values.lease?.release()
          if (fetched !== undefined && fetched.values.count > 0) return performance.now()
        }
      }
      return Number.NaN
    } finally {
      cursor.close()
    }
  } finally {
    await bus[Symbol.asyncDispose]()
  }
}

const isThere = async (bus: BusReader, topic: string): Promise<boolean> =>
  (await bus.topics()).some(({ name }) => name === topic)

/**
 * The rows of a topic in the form of `comparable`. Where rows change, `isFolded`, the last one of each key counts, and a NULL value
 * says that its row is gone.
 */
export async function rowsOfTopic(
  brokers: string,
  topic: string,
  { columns, isFolded }: { readonly columns: Columns; readonly isFolded: boolean },
): Promise<readonly string[]> {
  const bus = await readBenchBus(brokers)
  try {
    const reader = await bus.reader(topic)
    await reader.refresh()
    const rows: string[] = []
    const byKey = new Map<string, string>()
    for (let partition = 0; partition < reader.partitions; partition++) {
      const { start, end } = reader.bounds(partition)
      for (let offset = start; offset < end; ) {
        const fetched = await reader.read(partition, offset, READ_BYTES)
        if (fetched === undefined) break
        if (isFolded) fold(fetched, columns, byKey)
        else for (let i = 0; i < fetched.values.count; i++) rows.push(rowOf(fetched, i, columns))
        fetched.values.lease?.release()
        offset = fetched.next
      }
    }
    return isFolded ? [...byKey.values()] : rows
  } finally {
    await bus[Symbol.asyncDispose]()
  }
}

/** What a topic takes up in its broker. */
export async function bytesOfTopic(brokers: string, topic: string): Promise<number> {
  const bus = await readBenchBus(brokers)
  try {
    const reader = await bus.reader(topic)
    const bytes = await Promise.all(
      Array.from({ length: reader.partitions }, (_, partition) => reader.bytes(partition)),
    )
    return bytes.reduce((sum, some) => sum + some, 0)
  } finally {
    await bus[Symbol.asyncDispose]()
  }
}

function fold(fetched: Fetched, columns: Columns, byKey: Map<string, string>): void {
  const { keys, nulls, values } = fetched
  if (keys === undefined) throw new Error('rows that change have no keys')
  for (let i = 0; i < values.count; i++) {
    const key = recordText(keys, i)
    if (nulls?.[i] === 1) byKey.delete(key)
    else byKey.set(key, rowOf(fetched, i, columns))
  }
}

const rowOf = ({ values }: Fetched, i: number, columns: Columns): string =>
  comparable(JSON.parse(recordText(values, i)) as JsonRow, columns)
