/** What has happened in an alert, as its topic keeps it: each row says that a key fires, still fires or is resolved. */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { offsetsOf } from '../../bus/fetched.ts'
import { readTexts, type TextRecord } from '../../topic/read-texts.ts'
import { type About, type AlertTopicRow, keyOfRow } from './keys.ts'
import type { AlertKey } from './standing.ts'

/** Rows at the end of an alert's topic that are looked at: for what was resolved, and all that a stopped pipeline says. */
const LAST_ROWS = 5000

/** One row of the topic. */
export type Happened = Pick<AlertKey, 'key' | 'row' | 'since' | 'told'> & {
  readonly state: 'firing' | 'reminder' | 'resolved'
  /** Rows of one firing have the same id. */
  readonly id: string
  readonly severity: string
  readonly message: string
  readonly at: string
}

/** A part of the history, the newest first; `next` is where the part behind it ends, null where there is none. */
export type HappenedPage = { readonly items: readonly Happened[]; readonly next: string | null }

/** The last rows of a topic, oldest first. */
export async function lastRows(topic: TopicReader): Promise<readonly AlertTopicRow[]> {
  await topic.refresh()
  const from = offsetsOf(topic.partitions, (partition) => {
    const { start, end } = topic.bounds(partition)
    return Math.max(start, end - LAST_ROWS)
  })
  const rows: AlertTopicRow[] = []
  for await (const { text } of readTexts(topic, from)) rows.push(JSON.parse(text) as AlertTopicRow)
  return rows
}

/** By topic: its rows of the end that it had. A look each second reads nothing where nothing has happened. */
const looked = new WeakMap<TopicReader, { readonly ends: string; readonly rows: readonly AlertTopicRow[] }>()

/** Its last rows about what was resolved, oldest first. */
export async function lastResolved(topic: TopicReader, most: number): Promise<readonly AlertTopicRow[]> {
  await topic.refresh()
  const ends = endsOf(topic).join('.')
  const known = looked.get(topic)
  if (known?.ends === ends) return known.rows
  const rows = (await lastRows(topic)).filter(({ state }) => state === 'resolved').slice(-most)
  looked.set(topic, { ends, rows })
  return rows
}

/** The ends of its partitions. */
const endsOf = (topic: TopicReader): readonly Offset[] =>
  Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end)

/** A part of what has happened. Throws a Failure 'usage' where `after` is no place in the topic. */
export async function happenedIn(
  topic: TopicReader,
  about: About,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<HappenedPage> {
  await topic.refresh()
  const ends = after === undefined ? [...endsOf(topic)] : placeIn(topic, after)
  const starts = ends.map((_, partition) => topic.bounds(partition).start)
  const parts: TextRecord[][] = ends.map(() => [])
  for await (const record of readTexts(topic, {
    ...ends.map((end, partition) => Math.max(starts[partition] ?? 0, end - limit)),
  })) {
    if (record.offset < (ends[record.partition] ?? 0)) parts[record.partition]?.push(record)
  }
  const items: Happened[] = []
  while (items.length < limit) {
    const newest = parts
      .filter(({ length }) => length > 0)
      .sort((one, other) => (other.at(-1)?.arrived ?? 0) - (one.at(-1)?.arrived ?? 0))[0]
      ?.pop()
    if (newest === undefined) break
    ends[newest.partition] = newest.offset
    items.push(happened(JSON.parse(newest.text) as AlertTopicRow, about))
  }
  const isAll =
    parts.every(({ length }) => length === 0) && ends.every((end, partition) => end <= (starts[partition] ?? 0))
  return { items, next: isAll || items.length === 0 ? null : ends.join('.') }
}

function placeIn(topic: TopicReader, after: string): Offset[] {
  const offsets = after.split('.').map(Number)
  const fits = offsets.length === topic.partitions && offsets.every((one) => Number.isSafeInteger(one) && one >= 0)
  if (fits) return offsets
  throw new Failure('usage', `"${after}" is no place in this history`, { hint: 'Give `next` of the part before.' })
}

function happened(row: AlertTopicRow, about: About): Happened {
  const { key, row: rest, since, told: known, at } = keyOfRow(row, about)
  // Of a firing that is resolved, how it was told is not kept: it says nothing that nobody knows.
  const told = known.filter(({ how }) => how !== 'waiting' && how !== 'new')
  const { id, severity, message } = row as AlertTopicRow & { readonly severity: string; readonly message: string }
  return { state: row.state as Happened['state'], id, severity, message, key, row: rest, since, at: at ?? since, told }
}
