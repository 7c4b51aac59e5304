/**
 * Pages of a topic that keeps rows as JSON: the rows of a query, of an alert, of a report. A page is what lies between two
 * places, each an offset for every partition, so pages that follow each other have every row once, whatever is appended
 * meanwhile. Partitions are merged by arrival.
 */
import { setImmediate } from 'node:timers/promises'
import type { Offset } from '../base/quantity.ts'
import type { Fetched, Offsets, TopicReader } from '../bus/bus.ts'
import { offsetsOf, readOffsets } from '../bus/fetched.ts'
import { recordText } from '../record/records.ts'

/** A record of the topic of a result. */
export type PlacedRow = {
  readonly partition: number
  readonly offset: Offset
  /** When it was put out, ms since 1970. */
  readonly arrived: number
  /** The columns of its key as JSON; undefined where rows have no key. */
  readonly key: string | undefined
  /** Its columns as JSON; undefined where the row with this key is no more. */
  readonly row: string | undefined
}

/** Rows [from, to) of every partition that were wanted; partitions are merged by arrival. */
export type RowPage = {
  /** The newest first. */
  readonly rows: readonly PlacedRow[]
  readonly from: Offsets
  readonly to: Offsets
  /** Whether rows before `from`, or from `to` on, are kept. */
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

export type RowPageWish = {
  /** The page ends before this place, or begins at it; without either, it ends with the newest row. */
  readonly before?: Offsets
  readonly after?: Offsets
  /** Of a page with `after`: what is from this place on is not read yet. */
  readonly upTo?: Offsets
  readonly limit: number
  readonly isWanted?: (row: PlacedRow) => boolean
}

/** A page ends early at this many bytes of rows, or once this many rows were looked at. */
const MOST_BYTES = 4 << 20
const MOST_LOOKED_AT = 100_000
/** Rows of a partition that are read at a time, first; then more and more. */
const FIRST_PIECE = 64
const LARGEST_PIECE = 4096

/** A place as text: `0:12,1:7`, an offset for each partition. */
export const placeText = (place: Offsets): string =>
  Object.entries(place)
    .map(([partition, offset]) => `${partition}:${offset}`)
    .join()

/** Reads a place. A partition that is not named stands at 0. Undefined where the text is no place of a topic with `partitions`. */
export function readPlace(text: string, partitions: number): Offsets | undefined {
  const place: { [partition: number]: Offset } = { ...offsetsOf(partitions, () => 0) }
  for (const part of text === '' ? [] : text.split(',')) {
    const [, partition, offset] = /^(\d{1,5}):(\d{1,15})$/.exec(part) ?? []
    if (partition === undefined || Number(partition) >= partitions) return undefined
    place[Number(partition)] = Number(offset)
  }
  return place
}

/** The place behind the newest record that the bus knows of. */
export const newestPlace = (topic: TopicReader): Offsets =>
  offsetsOf(topic.partitions, (partition) => topic.bounds(partition).end)

/** A page of a topic. Rejects with the Failure of a read. */
export async function readRowPage(topic: TopicReader, wish: RowPageWish): Promise<RowPage> {
  const { before, after, upTo = {}, limit, isWanted } = wish
  const isBack = after === undefined
  const edge = clipped(topic, after ?? before ?? newestPlace(topic))
  const parts = Array.from({ length: topic.partitions }, (_, partition) => {
    const at = edge[partition] as Offset
    const { end } = topic.bounds(partition)
    const place = { topic, partition, at, end: Math.min(end, upTo[partition] ?? end) }
    return openPart(place, isBack)
  })
  const rows: PlacedRow[] = []
  let bytes = 0
  for (let looked = 0; rows.length < limit && looked < MOST_LOOKED_AT && bytes < MOST_BYTES; looked++) {
    const part = await nextPart(parts, isBack)
    const row = part?.head()
    if (part === undefined || row === undefined) break
    part.take()
    if (isWanted?.(row) === false) continue
    rows.push(row)
    bytes += (row.row?.length ?? 0) + (row.key?.length ?? 0)
  }
  const reached = offsetsOf(topic.partitions, (partition) => parts[partition]?.at() ?? 0)
  const [from, to] = isBack ? [reached, edge] : [edge, reached]
  if (!isBack) rows.reverse()
  const some = (test: (partition: number) => boolean) => parts.some((_, partition) => test(partition))
  return {
    rows,
    from,
    to,
    hasOlder: some((partition) => (from[partition] as Offset) > topic.bounds(partition).start),
    hasNewer: some((partition) => (to[partition] as Offset) < topic.bounds(partition).end),
  }
}

/** The place within what is kept. */
const clipped = (topic: TopicReader, place: Offsets): Offsets =>
  offsetsOf(topic.partitions, (partition) => {
    const { start, end } = topic.bounds(partition)
    return Math.min(end, Math.max(start, place[partition] ?? 0))
  })

type Piece = { readonly rows: readonly PlacedRow[]; readonly to: Offset }
type PartPlace = {
  readonly topic: TopicReader
  readonly partition: number
  readonly at: Offset
  /** Where reading forwards ends. */
  readonly end: Offset
}

/** The rows of one partition in one direction. */
type Part = {
  /** The next row; undefined at the end, and where `load` has to be called first. */
  head(): PlacedRow | undefined
  readonly load: (() => Promise<void>) | undefined
  take(): void
  /** The place behind the last row taken, in this direction. */
  at(): Offset
}

function openPart(place: PartPlace, isBack: boolean): Part {
  const all = isBack ? piecesBefore(place) : piecesAfter(place)
  let { at } = place
  let piece: Piece = { rows: [], to: at }
  let next = 0
  let hasEnded = false
  const load = async () => {
    while (next === piece.rows.length && !hasEnded) {
      at = piece.to
      const got = await all.next()
      hasEnded = got.done === true
      // What is left is a gap.
      if (hasEnded && !isBack) at = Math.max(at, place.end)
      piece = got.done === true ? { rows: [], to: at } : got.value
      next = 0
    }
  }
  return {
    head: () => piece.rows[next],
    get load() {
      return next === piece.rows.length && !hasEnded ? load : undefined
    },
    take() {
      const { offset } = piece.rows[next++] as PlacedRow
      at = isBack ? offset : offset + 1
    },
    at: () => at,
  }
}

/** The part whose row comes next: the newest backwards, else the oldest. */
async function nextPart(parts: readonly Part[], isBack: boolean): Promise<Part | undefined> {
  let found: Part | undefined
  let best = 0
  for (const part of parts) {
    if (part.load !== undefined) await part.load()
    const row = part.head()
    if (row === undefined) continue
    const rank = isBack ? row.arrived : -row.arrived
    if (found !== undefined && rank <= best) continue
    found = part
    best = rank
  }
  return found
}

async function* piecesBefore({ topic, partition, at }: PartPlace): AsyncGenerator<Piece> {
  const { start } = topic.bounds(partition)
  let most = FIRST_PIECE
  for (let to = at; to > start; most = Math.min(LARGEST_PIECE, most * 4)) {
    const from = Math.max(start, to - most)
    let rows: PlacedRow[] = []
    for await (const fetched of readOffsets(topic, partition, { from, to })) {
      rows.push(...placedRowsOf(fetched, partition))
      rows = lastOf(rows)
    }
    // Of rows that are very long, the first ones are read again.
    to = rows.length > 0 && bytesOf(rows) > MOST_BYTES ? (rows[0] as PlacedRow).offset : from
    yield { rows: rows.reverse(), to }
    await setImmediate()
  }
}

async function* piecesAfter({ topic, partition, at, end }: PartPlace): AsyncGenerator<Piece> {
  for await (const fetched of readOffsets(topic, partition, { from: at, to: end })) {
    yield { rows: placedRowsOf(fetched, partition), to: Math.min(end, fetched.next) }
    await setImmediate()
  }
}

/** The last rows, those that together have just more than the most bytes. */
function lastOf(rows: PlacedRow[]): PlacedRow[] {
  let bytes = 0
  for (let i = rows.length - 1; i > 0; i--) {
    bytes += bytesOf([rows[i] as PlacedRow])
    if (bytes > MOST_BYTES) return rows.slice(i)
  }
  return rows
}

const bytesOf = (rows: readonly PlacedRow[]): number => rows.reduce((sum, { row = '' }) => sum + row.length, 0)

/** The rows of records that were read. */
export function placedRowsOf({ baseOffset, values, nulls, keys, timestamps }: Fetched, partition: number): PlacedRow[] {
  return Array.from({ length: values.count }, (_, i) => ({
    partition,
    offset: baseOffset + i,
    arrived: timestamps[i] ?? Number.NaN,
    key: keys === undefined ? undefined : recordText(keys, i),
    row: nulls?.[i] === 1 ? undefined : recordText(values, i),
  }))
}
