/** What has happened in an alert, as its topic keeps it: each row says that a key fires, still fires or is resolved. */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { offsetsOf } from '../../bus/fetched.ts'
import { placeText, readPlace, readRowPage } from '../../topic/placed-rows.ts'
import { readTexts } from '../../topic/read-texts.ts'
import { type About, type AlertTopicRow, keyOfRow } from './keys.ts'
import type { Happened, HappenedPage } from './standing.ts'

/** Rows at the end of an alert's topic that are looked at: for what was resolved, and all that a stopped pipeline says. */
const LAST_ROWS = 5000

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
  const before = after === undefined ? undefined : readPlace(after, topic.partitions)
  if (after !== undefined && before === undefined) {
    throw new Failure('usage', `"${after}" is no place in this history`, { hint: 'Give `next` of the part before.' })
  }
  const { rows, from, hasOlder } = await readRowPage(topic, { limit, ...(before !== undefined && { before }) })
  const items = rows.flatMap(({ row }) =>
    row === undefined ? [] : [happened(JSON.parse(row) as AlertTopicRow, about)],
  )
  return { items, next: hasOlder ? placeText(from) : null }
}

function happened(row: AlertTopicRow, about: About): Happened {
  const { key, row: rest, since, told: known, at } = keyOfRow(row, about)
  // Of a firing that is resolved, how it was told is not kept: it says nothing that nobody knows.
  const told = known.filter(({ how }) => how !== 'waiting' && how !== 'new')
  const { id, severity, message } = row as AlertTopicRow & { readonly severity: string; readonly message: string }
  return { state: row.state as Happened['state'], id, severity, message, key, row: rest, since, at: at ?? since, told }
}
