/** Watches the lines of RAWLOG, the rows of top_pages and the table RESULTS as they come, each with the time at which it was seen. */
import { setTimeout } from 'node:timers/promises'
import type { Cassandra } from '../../scripts/services/cassandra/cassandra.ts'
import type { BusReader } from '../../src/bus/bus.ts'
import { recordText } from '../../src/record/records.ts'
import { next, readerOf } from '../kafka/watch-rows.ts'

/** Between two looks at the table. */
const LOOK_MS = 10

/** All times are in milliseconds since 1970. */
export type Line = {
  readonly partition: number
  /** Its event time, which is of whole seconds. */
  readonly time: number
  /** When nginx has written it. */
  readonly written: number
  readonly at: number
}

type Session = Awaited<ReturnType<Cassandra['session']>>

const now = (): number => performance.timeOrigin + performance.now()

/** Calls `seen` for each line. */
export async function watchLines(bus: BusReader, signal: AbortSignal, seen: (line: Line) => void): Promise<void> {
  await watch(bus, 'RAWLOG', signal, (text, partition, at) => {
    const [, time = '', written = ''] = /\[([^\]]+)\].* ([\d.]+)$/.exec(text) ?? []
    seen({ partition, time: timeOf(time), written: 1000 * Number(written), at })
  })
}

/** Calls `seen` with the end of a window, as an ISO time, when its first row is there. */
export async function watchResults(bus: BusReader, signal: AbortSignal, seen: WindowSeen): Promise<void> {
  const windows = new Set<string>()
  await watch(bus, 'access-log.top_pages', signal, (text, _, at) => {
    const { window_end } = JSON.parse(text) as { window_end: string }
    firstTime(windows, new Date(`${window_end.replace(' ', 'T').replace('Z', '')}Z`).toISOString(), at, seen)
  })
}

/** The same, for the table. */
export async function watchStore(session: Session, signal: AbortSignal, seen: WindowSeen): Promise<void> {
  const windows = new Set<string>()
  while (!signal.aborted) {
    // Until the pipeline has made the table, there is none.
    const rows = await session.cql('SELECT timestamp FROM logspace.RESULTS').catch(() => [])
    const at = now()
    for (const row of rows) firstTime(windows, (row.get('timestamp') as Date).toISOString(), at, seen)
    await setTimeout(LOOK_MS)
  }
}

type WindowSeen = (window: string, at: number) => void

function firstTime(windows: Set<string>, window: string, at: number, seen: WindowSeen): void {
  if (windows.has(window)) return
  windows.add(window)
  seen(window, at)
}

/**
 * When the line was seen that closed a window, by the end of the window: of the first line in each partition that is behind it
 * by the delay, the last.
 */
export function closersOf(
  lines: readonly Line[],
  { window, delay }: { readonly window: number; readonly delay: number },
): ReadonlyMap<string, number> {
  const partitions = Map.groupBy(lines, ({ partition }) => partition)
  const ends = new Set(lines.map(({ time }) => Math.floor(time / window) * window))
  const closers = new Map<string, number>()
  for (const end of ends) {
    const first = [...partitions.values()].map((some) => some.find(({ time }) => time >= end + delay)?.at)
    if (!first.includes(undefined)) closers.set(new Date(end).toISOString(), Math.max(...first.map(Number)))
  }
  return closers
}

async function watch(
  bus: BusReader,
  topic: string,
  signal: AbortSignal,
  seen: (text: string, partition: number, at: number) => void,
): Promise<void> {
  const cursor = (await readerOf(bus, topic)).cursor({})
  while (!signal.aborted) {
    await cursor.waitForMore(signal)
    for (let partition = 0; partition < cursor.partitions; partition++) {
      const fetched = cursor.hasMore(partition) ? await next(cursor, partition) : undefined
      if (fetched === undefined) continue
      const at = now()
      const { values } = fetched
      for (let row = 0; row < values.count; row++) seen(recordText(values, row), partition, at)
      values.lease?.release()
    }
  }
  cursor.close()
}

/** Of `30/Nov/2026:11:02:48 +0000`. */
function timeOf(stamp: string): number {
  return Date.parse(stamp.replaceAll('/', ' ').replace(':', ' '))
}
