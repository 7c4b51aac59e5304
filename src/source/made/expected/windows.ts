/** Puts events into tumbling windows by the rules of time, in the plainest way: to compare the engine with. */
import type { Duration, EventTime } from '../../../base/quantity.ts'

/** How a topic is read: its partitions, and its watermark delay in ms. */
export type TopicReading = { readonly partitions: number; readonly delay: Duration }

export type Windowed<Event> = {
  /** The events of each window, by its start, in order of windows. */
  readonly windows: ReadonlyMap<EventTime, readonly Event[]>
  /** Those that came after their own partition had closed their window. */
  readonly late: readonly Event[]
}

/** Events in windows of `size` ms, aligned to 1970 in UTC. Event n is in partition n modulo the number of partitions. */
export function inWindows<Event extends { readonly n: number; readonly time: EventTime }>(
  events: Iterable<Event>,
  size: Duration,
  { partitions, delay }: TopicReading,
): Windowed<Event> {
  const windows = new Map<EventTime, Event[]>()
  const late: Event[] = []
  const watermarks = new Array<number>(partitions).fill(Number.NEGATIVE_INFINITY)
  for (const event of events) {
    const partition = event.n % partitions
    const watermark = watermarks[partition] as number
    const start = Math.floor(event.time / size) * size
    if (start + size - 1 <= watermark) late.push(event)
    else {
      const inWindow = windows.get(start) ?? []
      inWindow.push(event)
      windows.set(start, inWindow)
    }
    watermarks[partition] = Math.max(watermark, event.time - delay)
  }
  return { windows: new Map([...windows].sort(([a], [b]) => a - b)), late }
}

/** The events of each group, by the values of these names, in order of the values. */
export function inGroups<Event extends { readonly values: { readonly [name: string]: unknown } }>(
  events: readonly Event[],
  names: readonly string[],
): readonly { readonly key: { readonly [name: string]: unknown }; readonly events: readonly Event[] }[] {
  const groups = Map.groupBy(events, ({ values }) => JSON.stringify(names.map((name) => values[name] ?? null)))
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([texts, inGroup]) => {
      const values = JSON.parse(texts) as unknown[]
      return { key: Object.fromEntries(names.map((name, i) => [name, values[i]])), events: inGroup }
    })
}
